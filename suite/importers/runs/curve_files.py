"""Runs that have a file each: Keras' CSVLogger, TensorBoard's CSV.

And one file of many runs: W&B's chart as CSV, TensorBoard's frame as CSV.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from suite.errors import SuiteError
from suite.importers.reading_progress import counted
from suite.importers.role_names import ROLE_NAMES, name_rank
from suite.importers.runs.logged import LoggedRun, RunLog, make_curve
from suite.importers.runs.run_table_files import read_curve_table
from suite.importers.table_files import read_file

TENSORBOARD_COLUMNS = ("Wall time", "Step", "Value")
TENSORBOARD_NAME = re.compile(r"^run-(?P<run>.+)-tag-(?P<tag>.+)$")
TENSORBOARD_FRAME = {"run", "tag", "step", "value"}
CHART_PART = " - "
CHART_BOUNDS = ("__MIN", "__MAX")
HEAD_BYTES = 64 * 1024


@dataclass(frozen=True)
class _Kind:
    """A kind of file by its first line, and what reads it."""

    kind: str
    recognises: Callable[[Path, str], bool]
    read: Callable[[Path], list[LoggedRun]]


def is_curve_files(path: Path) -> bool:
    """Whether a file, or every table in a folder, is of one of these kinds."""
    files = _tables(path)
    return bool(files) and all(_kind_of(file) is not None for file in files)


def read_curve_files(path: Path) -> RunLog:
    """The runs in a file or folder. Raises SuiteError for a damaged file, and mixed kinds."""
    files = _tables(path)
    kinds = {file: _kind_of(file) for file in files}
    names = list(dict.fromkeys(kind.kind for kind in kinds.values() if kind is not None))
    if len(names) > 1:
        raise SuiteError(f"{path}: expected logs of one kind, got {' and '.join(names)}")
    runs = [
        replace(run, files=(file,))
        for file, kind in counted(list(kinds.items()))
        if kind is not None
        for run in kind.read(file)
    ]
    return RunLog(str(path), names[0], tuple(_joined(runs)))


def _tables(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix in (".csv", ".tsv") else []
    if not path.is_dir():
        return []
    return sorted(path.glob("*.csv"))


def _kind_of(file: Path) -> _Kind | None:
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as opened:
            head = opened.readline(HEAD_BYTES).strip()
    except OSError:
        return None
    return next((kind for kind in KINDS if kind.recognises(file, head)), None)


def _joined(runs: Sequence[LoggedRun]) -> list[LoggedRun]:
    """One run of each name, for TensorBoard writes a file a metric."""
    joined: dict[str, LoggedRun] = {}
    for run in runs:
        known = joined.get(run.name)
        if known is not None and known.metrics.keys() & run.metrics.keys():
            raise SuiteError(f"{run.location}: expected one run {run.name}, got two")
        metrics = {**(known.metrics if known else {}), **run.metrics}
        files = (*(known.files if known else ()), *run.files)
        joined[run.name] = replace(run, metrics=metrics, files=files)
    return list(joined.values())


def _cells(head: str) -> list[str]:
    return [cell.strip().strip('"') for cell in re.split(r"[,;\t]", head)]


def _is_tensorboard(_file: Path, head: str) -> bool:
    return tuple(_cells(head)) == TENSORBOARD_COLUMNS


def _read_tensorboard(file: Path) -> list[LoggedRun]:
    """A CSV of TensorBoard's scalars page: run-NAME-tag-TAG.csv."""
    frame = read_file(file)[0].frame
    found = TENSORBOARD_NAME.match(file.stem)
    run, tag = (found["run"], found["tag"]) if found else (file.stem, "value")
    curve = make_curve(frame["Value"], steps=frame["Step"], times=frame["Wall time"])
    return [LoggedRun(run, str(file), {}, {tag: curve})]


def _is_tensorboard_frame(_file: Path, head: str) -> bool:
    return set(_cells(head)) - {"wall_time", ""} == TENSORBOARD_FRAME


def _read_tensorboard_frame(file: Path) -> list[LoggedRun]:
    """The frame of `tensorboard.data.experimental`, saved as CSV."""
    frame = read_file(file)[0].frame
    runs: dict[str, dict[str, pd.DataFrame]] = {}
    for (run, tag), rows in frame.groupby(["run", "tag"], sort=False):
        runs.setdefault(str(run), {})[str(tag)] = rows
    return [
        LoggedRun(
            run,
            f"{file}: run {run}",
            {},
            {
                tag: make_curve(rows["value"], steps=rows["step"], times=rows.get("wall_time"))
                for tag, rows in tags.items()
            },
        )
        for run, tags in runs.items()
    ]


def _is_chart(_file: Path, head: str) -> bool:
    cells = [cell.strip('"') for cell in re.split(r'","|,', head)]
    return any(cell.endswith(CHART_BOUNDS) and CHART_PART in cell for cell in cells)


def _read_chart(file: Path) -> list[LoggedRun]:
    """A chart of W&B as CSV: a column "NAME - METRIC" a run, with its __MIN and __MAX."""
    frame = read_file(file)[0].frame
    axis = str(frame.columns[0])
    runs: dict[str, dict[str, pd.Series]] = {}
    for name in map(str, frame.columns[1:]):
        if name.endswith(CHART_BOUNDS):
            continue
        run, parted, metric = name.rpartition(CHART_PART)
        if parted:
            runs.setdefault(run, {})[metric] = frame[name]
    is_epoch = axis.casefold().endswith("epoch")
    return [
        LoggedRun(
            run,
            f"{file}: run {run}",
            {},
            {
                metric: make_curve(
                    column.dropna(),
                    **{"epochs" if is_epoch else "steps": frame.loc[column.notna(), axis]},
                )
                for metric, column in metrics.items()
            },
        )
        for run, metrics in runs.items()
    ]


def _is_keras(_file: Path, head: str) -> bool:
    """Whether a table begins with epochs, and no column says whose they are."""
    first, *others = _cells(head)
    has_role = any(name_rank(name, role) is not None for name in others for role in ROLE_NAMES)
    return first == "epoch" and bool(others) and not has_role


def _read_keras(file: Path) -> list[LoggedRun]:
    return [LoggedRun(file.stem, str(file), {}, read_curve_table(file))]


KINDS = (
    _Kind("TensorBoard (CSV)", _is_tensorboard, _read_tensorboard),
    _Kind("TensorBoard (CSV)", _is_tensorboard_frame, _read_tensorboard_frame),
    _Kind("a W&B chart (CSV)", _is_chart, _read_chart),
    _Kind("Keras' CSVLogger", _is_keras, _read_keras),
)
