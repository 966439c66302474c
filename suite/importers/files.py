"""The arms in a file, whichever program wrote it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.benchopt import read_benchopt
from suite.importers.inspect_ai import arms_of_inspect_log, is_inspect_log, read_archive
from suite.importers.lm_eval import arms_of_harness_log, is_harness_log
from suite.importers.measured import Observed, chosen_metric, read_bytes
from suite.importers.tables import arms_of_table

SUFFIXES = (".csv", ".json", ".jsonl", ".ndjson", ".eval", ".parquet")


def read_arms(path: Path, metric: str | None = None) -> dict[str, Observed]:
    """The values of every arm in the file `path`: a table, or a log of lm-evaluation-harness,
    inspect_ai or benchopt.

    `metric` chooses among those of a log; without it the first is taken. Raises SuiteError naming
    file, place and field.
    """
    if path.suffix == ".parquet":
        return read_benchopt(path, metric)
    document = read_archive(path) if path.suffix == ".eval" else _document(path)
    if is_inspect_log(document):
        return arms_of_inspect_log(path, document, metric)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise SuiteError(f"{path}: expected a list of objects, or a log of inspect_ai")
    if not document:
        raise SuiteError(f"{path}: expected rows of results, found none")
    if is_harness_log(document[0]):
        return arms_of_harness_log(path, document, metric)
    chosen_metric(metric, ["value"], str(path))
    return arms_of_table(path, document)


def _document(path: Path) -> Any:
    kind = path.suffix.removeprefix(".")
    try:
        text = read_bytes(path).decode("utf-8-sig")
        if kind == "csv":
            reader = csv.DictReader(text.splitlines())
            if len(set(reader.fieldnames or ())) < len(reader.fieldnames or ()):
                raise SuiteError(
                    f"{path}: expected different columns, got {', '.join(reader.fieldnames or ())}"
                )
            return list(reader)
        if kind == "json":
            return json.loads(text)
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except (csv.Error, ValueError, RecursionError) as error:
        raise SuiteError(f"{path}: not valid {kind}: {error}".replace("\n", " ")) from None
