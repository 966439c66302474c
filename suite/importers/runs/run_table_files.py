"""Curves in the tables that trainers write beside a run: a row a step, a column a metric.

Lightning's CSVLogger leaves a cell blank where a row has no value; Keras' CSVLogger, SB3 and
dvclive write every cell, or a file a metric.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from suite.errors import SuiteError
from suite.importers.role_names import plain
from suite.importers.runs.flat import flat_text
from suite.importers.runs.logged import Curve, make_curve, single_value
from suite.importers.table_files import read_file

STEPS = (
    *("step", "globalstep", "iteration", "iter", "totaltimesteps", "trainingiteration"),
    *("timestep", "timetotaltimesteps", "timestepstotal", "numtimesteps"),
)
EPOCHS = ("epoch", "epochs")
TIMES = ("timestamp", "walltime", "timetotals", "timetimeelapsed", "relativetime")
MAX_JSON_BYTES = 64 * 2**20


def read_curve_table(file: Path) -> dict[str, Curve]:
    """The curves in a CSV or TSV file. Raises SuiteError where it is no table."""
    frame = read_file(file)[0].frame
    return curves_of_frame(frame)


def curves_of_frame(frame: pd.DataFrame) -> dict[str, Curve]:
    """The curve of every column of numbers that is no axis; blank cells are no points."""
    numbers = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    steps, epochs, times = (_axis(numbers, known) for known in (STEPS, EPOCHS, TIMES))
    axes = {name for name in (steps, epochs, times) if name is not None}
    curves = {}
    for name in numbers:
        has_value = frame[name].notna().to_numpy()
        if name in axes or not has_value.any():
            continue
        own = frame[has_value]
        curves[str(name)] = make_curve(
            own[name], *(None if axis is None else own[axis] for axis in (steps, epochs, times))
        )
    return curves


def _axis(names: Sequence[Any], known: Sequence[str]) -> Any:
    """The column of an axis: the first known name that is there."""
    by_name = {plain(str(name)): name for name in names}
    return next((by_name[word] for word in known if word in by_name), None)


def read_curve_json(file: Path) -> tuple[dict[str, Curve], dict[str, str]]:
    """The numbers of a JSON file: one of each name, a list of them, or a line a step; and words.

    Raises SuiteError where it is no JSON.
    """
    try:
        if file.stat().st_size > MAX_JSON_BYTES:
            raise SuiteError(f"{file}: expected at most {MAX_JSON_BYTES} bytes")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(f"{file}: cannot read it: {error}") from None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return curves_of_frame(_frame_of_lines(file, text)), {}
    if isinstance(document, list):
        return curves_of_frame(_frame([row for row in document if isinstance(row, dict)])), {}
    words = {n: v for n, v in flat_text(document).items() if _is_word(document, n)}
    return _curves_within(document), words


def _frame_of_lines(file: Path, text: str) -> pd.DataFrame:
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SuiteError(f"{file}:{number}: expected JSON: {error}") from None
        rows += [row] if isinstance(row, dict) else []
    return _frame(rows)


def _frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The numbers of the rows, nested names joined by "/"."""
    frame: pd.DataFrame = pd.DataFrame([dict(_numbers(row)) for row in rows], dtype="float64")
    return frame


def _numbers(value: Any, path: str = "") -> list[tuple[str, float]]:
    if isinstance(value, dict):
        return [
            pair
            for key, inner in value.items()
            for pair in _numbers(inner, f"{path}/{key}" if path else str(key))
        ]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    return [(path, _as_float(value))]


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _curves_within(document: Any) -> dict[str, Curve]:
    """A value for each number, and a curve for each list of numbers (a Keras history)."""
    curves = {name: single_value(value) for name, value in _numbers(document)}
    for name, column in document.items() if isinstance(document, dict) else ():
        if isinstance(column, list) and column and all(_is_number(value) for value in column):
            curves[str(name)] = make_curve(
                [_as_float(value) for value in column], epochs=np.arange(len(column))
            )
    return curves


def _is_word(document: Any, name: str) -> bool:
    return isinstance(document, dict) and isinstance(document.get(name), str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
