"""Results that others measured: values by arm and seed (or item), from CSV, JSON and JSON lines, long or wide.

Long: columns `arm`, `seed` and `value`; `arm` may be absent where a file holds one arm. Wide: a column `seed` and a column
for every arm. For `seed` also `id`, `item`, `replicate` or `doc_id` are read: whatever two arms were both measured on.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suite.errors import SuiteError

PAIRING_COLUMNS = ("seed", "id", "item", "replicate", "doc_id")
MAX_FILE_BYTES = 256 * 1024 * 1024  # read whole; larger ones are refused before that

Values = dict[str, float]  # by seed or item, as text


def read_arms(path: Path) -> dict[str, Values]:
    """The values of every arm in the file `path`; one arm without a name has the file's.

    Raises SuiteError naming file, row and field for what is missing, doubled, or not a finite number.
    """
    rows = _rows(path)
    if not rows:
        raise SuiteError(f"{path}: expected rows of results, found none")
    columns = list(rows[0])
    pairing = next((name for name in PAIRING_COLUMNS if name in columns), None)
    if pairing is None:
        raise SuiteError(
            f"{path}: expected a column {' or '.join(PAIRING_COLUMNS)}, found {', '.join(map(str, columns))}"
        )
    long = "value" in columns
    arms = [] if long else [name for name in columns if name != pairing]
    found: dict[str, Values] = {}
    for number, row in enumerate(rows, start=1):
        place = f"{path}: row {number}"
        seed = _text(row.get(pairing), f"{place}: {pairing}")
        cells = (
            [(str(row.get("arm") or path.stem), row.get("value"))] if long else [(arm, row.get(arm)) for arm in arms]
        )
        for arm, value in cells:
            values = found.setdefault(arm, {})
            if seed in values:
                raise SuiteError(f"{place}: {pairing} {seed} of {arm} stands twice")
            values[seed] = _number(value, f"{place}: {arm}")
    return found


def _rows(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SuiteError(f"{path}: expected at most {MAX_FILE_BYTES} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(f"{path}: cannot read results: {getattr(error, 'strerror', None) or error}") from None
    try:
        if path.suffix == ".csv":
            return list(csv.DictReader(text.splitlines()))
        lines = path.suffix in (".jsonl", ".ndjson")
        rows = [json.loads(line) for line in text.splitlines() if line.strip()] if lines else json.loads(text)
    except (csv.Error, ValueError, RecursionError) as error:
        raise SuiteError(
            f"{path}: not valid {path.suffix.removeprefix('.') or 'JSON'}: {error}".replace("\n", " ")
        ) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SuiteError(f"{path}: expected a list of objects")
    return rows


def _text(value: object, place: str) -> str:
    if value is None or isinstance(value, float | dict | list | bool) or not str(value).strip():
        raise SuiteError(f"{place}: expected a seed or the id of an item, got {value!r}")
    return str(value).strip()


def _number(value: object, place: str) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise SuiteError(f"{place}: expected a number, got {value!r}") from None
    if not math.isfinite(number):
        raise SuiteError(f"{place}: expected a finite number, got {value!r}")
    return number
