"""What a run of a command says of every test item: `predictions.csv` in its folder {out}.

A column names the item (`id`, `item` and the like, or a first column without a name, as pandas
writes it), and one says how it went: `correct` (1 or 0; true or false), `score` (a number), or
`prediction` and `target`, which are classes: right where they are equal.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.execution.commands.outcome import PREDICTIONS
from suite.execution.outcomes import without_folders
from suite.store.items import Document, pack

MAX_FILE_BYTES = 64 * 2**20  # it is read whole, while other commands wait to be read
LARGEST = float(np.finfo(np.float32).max)  # a score is kept as one
MAX_SHOWN = 60  # characters of a value, in a note
ID_COLUMNS = (
    "id", "item", "item_id", "index", "idx", "", "example", "example_id", "sample", "sample_id",
    "doc_id", "question_id",
)  # fmt: skip
WORDS = {"true": True, "false": False}


class MalformedError(Exception):
    """What is wrong with the file, on one line."""


@dataclass(frozen=True)
class Predictions:
    """The document of a run's items by its name; or why the file gives none."""

    items: str | None = None
    document: Document | None = None
    fault: str | None = None


def read_predictions(out: Path) -> Predictions:
    """The items in the folder of a run; without a fault where there is no such file."""
    path = out / PREDICTIONS
    if not path.is_file():
        return Predictions()
    try:
        ids, values = _read(path)
        name, document = pack(ids, values)
    except (OSError, ValueError, csv.Error, MalformedError) as error:
        return Predictions(
            fault=f"{PREDICTIONS}: {without_folders(str(error))}; the items are not kept"
        )
    return Predictions(name, document)


def _read(path: Path) -> tuple[list[str] | None, np.ndarray]:
    """The ids of the items, in their order, and their values; without ids for 0, 1, ... n - 1."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise MalformedError(f"expected at most {MAX_FILE_BYTES} bytes, got {size}")
    columns = _columns(path)
    ids = _ids(columns)
    values = _values(columns)
    row_of = {text: row for row, text in enumerate(ids)}
    counted = [row_of.get(str(number), -1) for number in range(len(ids))]
    if -1 not in counted:
        return None, values[counted]
    return sorted(ids), values[[row_of[text] for text in sorted(ids)]]


def _columns(path: Path) -> dict[str, list[str]]:
    """The columns by their names in small letters, every row as long as the first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, skipinitialspace=True) if row]
    if len(rows) < 2:
        raise MalformedError("expected a line of names and a line for each item, got fewer lines")
    names = [name.strip().lower() for name in rows[0]]
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(names):
            raise MalformedError(f"item {number}: expected {len(names)} cells, got {len(row)}")
    if len(set(names)) < len(names):
        raise MalformedError(f"expected columns of different names, got {', '.join(names)}")
    return {
        name: [cell.strip() for cell in column]
        for name, column in zip(names, zip(*rows[1:], strict=True), strict=True)
    }


def _ids(columns: Mapping[str, list[str]]) -> list[str]:
    name = next((name for name in ID_COLUMNS if name in columns), None)
    if name is None:
        raise MalformedError(f"expected a column id, got {', '.join(columns)}")
    ids, seen = columns[name], set[str]()
    for text in ids:
        if not text or text in seen:
            what = f"{_shown(text)} twice" if text else "an item without one"
            raise MalformedError(f"expected an id of its own for each item, got {what}")
        seen.add(text)
    return ids


def _values(columns: Mapping[str, list[str]]) -> np.ndarray:
    """Booleans for items right or wrong, else scores (n,)."""
    if "correct" in columns:
        numbers = [_truth(text) for text in columns["correct"]]
        if {*numbers} <= {0.0, 1.0}:
            return np.array([number == 1 for number in numbers])
        outside = next((number for number in numbers if not 0 <= number <= 1), None)
        if outside is not None:
            raise MalformedError(f"correct: expected numbers from 0 to 1, got {outside:g}")
        return np.array(numbers)
    if "score" in columns:
        return np.array([_number(text, "score") for text in columns["score"]])
    if "prediction" in columns and "target" in columns:
        return _are_equal(columns["prediction"], columns["target"])
    raise MalformedError(
        "expected a column correct or score, or prediction and target, got"
        f" {', '.join(filter(None, columns))}"
    )


def _are_equal(predictions: Sequence[str], targets: Sequence[str]) -> np.ndarray:
    """Whether each prediction is its target: as text, or as whole numbers (1 and 1.0)."""
    for name, column in (("prediction", predictions), ("target", targets)):
        if not all(column):
            raise MalformedError(f"{name}: expected a class for each item, got an empty cell")
    classes = [_as_float(target) for target in targets]
    fraction = next((c for c in classes if c is not None and not c.is_integer()), None)
    if fraction is not None:
        raise MalformedError(
            f"target: expected classes, got the number {fraction:g}: write a column score"
        )
    return np.array(
        [
            prediction == target or (number is not None and _as_float(prediction) == number)
            for prediction, target, number in zip(predictions, targets, classes, strict=True)
        ]
    )


def _truth(text: str) -> float:
    word = WORDS.get(text.lower())
    return _number(text, "correct") if word is None else float(word)


def _number(text: str, column: str) -> float:
    number = _as_float(text)
    if number is None or abs(number) > LARGEST:
        raise MalformedError(
            f"{column}: expected a finite number for each item, got {_shown(text)}"
        )
    return number


def _as_float(text: str) -> float | None:
    """The number that a text is; None for a word, and nan and infinities are words."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _shown(text: str) -> str:
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}...")
