"""Tables: CSV, JSON and JSON lines, long or wide.

Long: columns `arm`, `seed` and `value`; `arm` may be absent where a file holds one arm. Wide: a
column `seed` and a column for every arm. For `seed` also `id`, `item`, `replicate` or `doc_id` are
read: whatever two arms were both measured on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm, add_value, read_item, read_number

PAIRING_COLUMNS = ("seed", "id", "item", "replicate", "doc_id")
ITEM_COLUMNS = ("id", "item", "doc_id")


def arms_of_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, MeasuredArm]:
    """The values of every arm; one arm without a name has the file's.

    Raises SuiteError naming file, row and field for what is missing, doubled, or not a finite
    number.
    """
    columns = list(rows[0])
    pairing = _pairing_column(path, columns)
    values: dict[str, dict[str, float]] = {}
    for count, row in enumerate(rows, start=1):
        location = f"{path}: row {count}"
        item = read_item(row.get(pairing), f"{location}: {pairing}")
        for arm, value in _cells(row, columns, pairing, unnamed=path.stem):
            number = read_number(value, f"{location}: {arm}")
            twice = f"{location}: {pairing} {item} of {arm}"
            add_value(values.setdefault(arm, {}), item, number, twice)
    unit: Literal["seed", "item"] = "item" if pairing in ITEM_COLUMNS else "seed"
    return {arm: MeasuredArm(arm, "value", by_item, unit=unit) for arm, by_item in values.items()}


def _pairing_column(path: Path, columns: Sequence[str]) -> str:
    """The column whose cells two arms have in common."""
    pairing = next((name for name in PAIRING_COLUMNS if name in columns), None)
    if pairing is None:
        raise SuiteError(
            f"{path}: expected a column {' or '.join(PAIRING_COLUMNS)}, found"
            f" {', '.join(map(str, columns))}"
        )
    return pairing


def _cells(
    row: Mapping[str, Any], columns: Sequence[str], pairing: str, *, unnamed: str
) -> Iterator[tuple[str, object]]:
    """The arms of a row with their values: one in a long table, all in a wide one."""
    if "value" in columns:
        yield str(row.get("arm") or unnamed), row.get("value")
    else:
        yield from ((arm, row.get(arm)) for arm in columns if arm != pairing)
