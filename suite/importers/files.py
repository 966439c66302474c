"""The arms in a file, whichever program wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.benchopt import read_benchopt
from suite.importers.documents import read_csv, read_json, read_json_lines
from suite.importers.inspect_ai import arms_of_inspect_log, is_inspect_log, read_archive
from suite.importers.lm_eval import arms_of_harness_log, is_harness_log
from suite.importers.measured import MeasuredArm, choose_metric
from suite.importers.tables import arms_of_table

READERS: Mapping[str, Callable[[Path], Any]] = {
    ".csv": read_csv,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".eval": read_archive,
}
SUFFIXES = (*READERS, ".parquet")


def read_arms(path: Path, metric: str | None = None) -> dict[str, MeasuredArm]:
    """The values of every arm in the file `path`, which is a table or a log of another program.

    The logs are those of lm-evaluation-harness, inspect_ai and benchopt. `metric` chooses among the
    metrics of a log; without it the first is taken. Raises SuiteError naming file, row and field.
    """
    if path.suffix == ".parquet":
        return read_benchopt(path, metric)
    if path.suffix not in READERS:
        raise SuiteError(f"{path}: expected a file that ends with {', '.join(SUFFIXES)}")
    document = READERS[path.suffix](path)
    if is_inspect_log(document):
        return arms_of_inspect_log(path, document, metric)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise SuiteError(f"{path}: expected a list of objects, or a log of inspect_ai")
    if not document:
        raise SuiteError(f"{path}: expected rows of results, found none")
    if is_harness_log(document[0]):
        return arms_of_harness_log(path, document, metric)
    choose_metric(metric, ["value"], str(path))
    return arms_of_table(path, document)
