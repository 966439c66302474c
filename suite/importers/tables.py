"""Tables: CSV, JSON and JSON lines, long or wide.

Long: columns `arm`, `seed` and `value`; `arm` may be absent where a file holds one arm. Wide: a
column `seed` and a column for every arm. For `seed` also `id`, `item`, `replicate` or `doc_id` are
read: whatever two arms were both measured on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.measured import Observed, add, number, pairing_text

PAIRING_COLUMNS = ("seed", "id", "item", "replicate", "doc_id")


def arms_of_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, Observed]:
    """The values of every arm; one arm without a name has the file's.

    Raises SuiteError naming file, row and field for what is missing, doubled, or not a finite
    number.
    """
    columns = list(rows[0])
    pairing = next((name for name in PAIRING_COLUMNS if name in columns), None)
    if pairing is None:
        raise SuiteError(
            f"{path}: expected a column {' or '.join(PAIRING_COLUMNS)}, found"
            f" {', '.join(map(str, columns))}"
        )
    long = "value" in columns
    arms = [] if long else [name for name in columns if name != pairing]
    found: dict[str, dict[str, float]] = {}
    for count, row in enumerate(rows, start=1):
        place = f"{path}: row {count}"
        seed = pairing_text(row.get(pairing), f"{place}: {pairing}")
        cells = (
            [(str(row.get("arm") or path.stem), row.get("value"))]
            if long
            else [(arm, row.get(arm)) for arm in arms]
        )
        for arm, value in cells:
            values = found.setdefault(arm, {})
            add(
                values,
                seed,
                number(value, f"{place}: {arm}"),
                f"{place}: {pairing} {seed} of {arm}",
            )
    return {arm: Observed(arm, "value", values) for arm, values in found.items()}
