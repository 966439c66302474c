"""Reads a metric from the file that a command writes: JSON, lines of JSON, CSV or TSV.

What a trainer logs is taken as it is: Keras' CSVLogger (a row an epoch), Lightning's CSVLogger
(blank where a row has no value), a dictionary of lists (a Keras history).
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from suite.errors import suggestion
from suite.execution.commands.lines import Number, Reading, as_number, numbers_within
from suite.task.choices import Direction
from suite.task.commands import MetricSource, known_direction

MAX_FILE_BYTES = 256 * 2**20  # read whole; larger ones are refused before that
MAX_NAMES = 12  # in a message
SEPARATORS = {".csv": ",", ".tsv": "\t"}
TIMES = ("step", "global_step", "epoch", "iteration")  # columns that say when a row was written
Row = Mapping[str, Number]


class UnreadableError(Exception):
    """Why a file gives no number for a metric, on one line."""


def read_metric_file(
    path: Path, name: str, source: MetricSource, direction: Direction | None
) -> Reading:
    """The metric in the file. Raises UnreadableError where it gives no number for it.

    `direction`: the better values of the metric, for `at = "best"`. A value that is written as nan
    is a number here; one left blank, or null, is none.
    """
    key = source.key or name
    rows = _read_rows(path)
    if not any(key in row for row in rows):
        raise UnreadableError(f"{path.name}: no {key}; {_names_of(rows, key)}")
    number, where = _choose(rows, key, source.at, direction, path.name)
    return Reading(number.value, f"{path.name}: {key}{where}", number.form, number.note)


def _read_rows(path: Path) -> list[dict[str, Number]]:
    """The numbers in the file by their names, a row for each time of writing."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableError(
                f"{path.name}: expected at most {MAX_FILE_BYTES} bytes, got {path.stat().st_size}"
            )
        if path.suffix in SEPARATORS:
            return _rows_of_table(path)
        return _rows_of_json(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableError(f"{path.name}: cannot read it: {error}") from None


def _rows_of_table(path: Path) -> list[dict[str, Number]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first, *rows = csv.reader(file, delimiter=SEPARATORS[path.suffix], skipinitialspace=True)
    header = [name.strip() for name in first]
    return [_numbers_of(zip(header, row, strict=False)) for row in rows]


def _rows_of_json(text: str) -> list[dict[str, Number]]:
    """Those of one document, or of a document a line."""
    try:
        document = json.loads(text)
    except ValueError:
        document = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(document, list):
        return [dict(numbers_within(row)) for row in document]
    lists = dict(_lists_within(document))
    rows: list[dict[str, Number]] = [dict(numbers_within(document))]
    for number in range(max(map(len, lists.values()), default=0)):
        values = ((name, column[number]) for name, column in lists.items() if number < len(column))
        rows.append(_numbers_of(values))
    return rows


def _lists_within(document: object, path: str = "") -> Iterable[tuple[str, list[object]]]:
    """The lists of numbers in a document by their paths: a value an epoch."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _lists_within(value, f"{path}.{key}" if path else str(key))
    elif isinstance(document, list) and any(as_number(value) is not None for value in document):
        yield path, document


def _numbers_of(values: Iterable[tuple[object, object]]) -> dict[str, Number]:
    pairs = ((str(name), as_number(value)) for name, value in values)
    return {name: number for name, number in pairs if number is not None}


def _choose(
    rows: Sequence[Row], key: str, at: str, direction: Direction | None, file: str
) -> tuple[Number, str]:
    """The number that `at` means, and words on which one it is."""
    having = [row for row in rows if key in row]
    if at == "last":
        return having[-1][key], f", the last of {len(having)}" if len(having) > 1 else ""
    if at == "best":
        return _best(having, key, _known(direction, key))[key], f", the best of {len(having)}"
    if at.startswith("best:"):
        other, direction = _other_metric(at)
        candidates = [row for row in rows if other in row]
        if not candidates:
            raise UnreadableError(f"{file}: no {other}; {_names_of(rows, other)}")
        row = _best(candidates, other, _known(direction, other))
        return _beside(rows, row, key, file), f" where {other} is best"
    column, _, text = at.partition("=")
    chosen = [row for row in having if column in row and row[column].value == _value(text)]
    if not chosen:
        raise UnreadableError(f"{file}: no row has {at} and a value of {key}")
    return chosen[-1][key], f" at {at}"


def _value(text: str) -> float | None:
    number = as_number(text)
    return None if number is None else number.value


def _known(direction: Direction | None, key: str) -> Direction:
    if direction is None:
        raise UnreadableError(f'best of {key}: say "higher" or "lower"')
    return direction


def _other_metric(at: str) -> tuple[str, Direction | None]:
    """The metric of "best:NAME" or "best:NAME:lower", and its better values."""
    rest = at.partition(":")[2]
    if match := re.fullmatch(r"(.+):(higher|lower)", rest):
        return match[1], "higher" if match[2] == "higher" else "lower"
    return rest, known_direction(rest)


def _best(rows: Sequence[Row], key: str, direction: Direction) -> Row:
    """The first row with the best value; nan is never best, unless there is nothing else."""
    numbers = [row for row in rows if not math.isnan(row[key].value)] or rows
    best: Callable[..., Row] = max if direction == "higher" else min
    return best(numbers, key=lambda row: row[key].value)


def _beside(rows: Sequence[Row], row: Row, key: str, file: str) -> Number:
    """The value in the row, or in another one of the same time: loggers write one a line."""
    if key in row:
        return row[key]
    for time in TIMES:
        if time not in row:
            continue
        at_time = [other for other in rows if time in other and key in other]
        numbers = [other[key] for other in at_time if other[time].value == row[time].value]
        if numbers:
            return numbers[-1]
    raise UnreadableError(f"{file}: no value of {key} in that row, or in another of its time")


def _names_of(rows: Sequence[Row], key: str) -> str:
    """The names of the numbers in the rows, for a message."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        return "it holds no numbers"
    near = suggestion(key, names)
    more = ", ..." if len(names) > MAX_NAMES else ""
    question = f"; {near}" if near.startswith("did you mean") else ""
    return f"it has {', '.join(names[:MAX_NAMES])}{more}{question}"


Stamp = tuple[int, int, int]


def stamp_of(path: Path) -> Stamp | None:
    """What changes when a file is written anew; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def find_metric_file(file: str, out: Path, elsewhere: Path | None, before: Stamp | None) -> Path:
    """The file in {out}, else where it is `elsewhere`, if this run has written it.

    `elsewhere`: in the folder of the command; None where several runs share that at a time.
    `before`: its stamp at the start of the run. Raises UnreadableError where the run did not write
    the file.
    """
    own = out / file.removeprefix("{out}/")
    if own.is_file():
        return own
    if elsewhere is not None and elsewhere.is_file():
        if stamp_of(elsewhere) == before:
            raise UnreadableError(f"{file}: it was there before this run, which did not write it")
        return elsewhere
    paths = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    listed = ", ".join(paths[:MAX_NAMES]) + (", ..." if len(paths) > MAX_NAMES else "")
    hint = "" if elsewhere else "; runs at the same time share their folder: write it to {out}"
    raise UnreadableError(
        f"{file}: the run did not write it; its folder {{out}} holds {listed or 'no files'}{hint}"
    )
