"""The arms in a file, whichever program wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.benchopt import read_benchopt
from suite.importers.documents import read_csv, read_json, read_json_lines
from suite.importers.logs import read_log
from suite.importers.measured import UNNAMED, MeasuredArm, choose_metric
from suite.importers.tables import arms_of_table

READERS: Mapping[str, Callable[[Path], Any]] = {
    ".csv": read_csv,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
}
SUFFIXES = (*READERS, ".eval", ".parquet")


def read_arms(
    path: Path,
    metric: str | None = None,
    *,
    average: bool = False,
    cluster: str | None = None,
    at: float | None = None,
) -> dict[str, MeasuredArm]:
    """The values of every arm in the file `path`, which is a table or a log of another program.

    The logs are those of `suite.importers.logs.read_log`, which says what the options are; they are
    for logs only. `metric` chooses among the metrics of a log; without it the first is taken.
    Raises SuiteError naming file, row and field.
    """
    if path.suffix not in SUFFIXES:
        raise SuiteError(f"{path}: expected a file that ends with {', '.join(SUFFIXES)}")
    arms = read_log(path, metric, average=average, cluster=cluster, at=at)
    if isinstance(arms, dict):
        return arms
    if arms is not None or path.suffix == ".parquet":
        return read_benchopt(path, metric, average=average, at=at)
    return _arms_of_plain_table(path, metric)


def _arms_of_plain_table(path: Path, metric: str | None) -> dict[str, MeasuredArm]:
    document = READERS[path.suffix](path)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise SuiteError(f"{path}: expected a list of objects, or a log of inspect_ai")
    if not document:
        raise SuiteError(f"{path}: expected rows of results, found none")
    choose_metric(metric, [UNNAMED], str(path))
    return arms_of_table(path, document)
