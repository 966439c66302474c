"""The verb export."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from suite.cli.options import DEFAULT_STORE, RecordsFolder, StorePath
from suite.cli.stores import open_records
from suite.errors import SuiteError
from suite.reports.export import mlflow
from suite.reports.export.tables import as_csv, as_json_lines, as_parquet
from suite.result import Result
from suite.store.record_writing import journal_lines
from suite.verification.certificate import as_json, certificates

Format = Literal["jsonl", "csv", "parquet", "certificates", "journal", "mlflow"]


def export(
    store: StorePath = DEFAULT_STORE,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            envvar="SUITE_FORMAT",
            help=(
                "Write jsonl, certificates or the journal (one object a line), csv, parquet, or"
                " mlflow's runs."
            ),
        ),
    ] = "jsonl",
    folder: RecordsFolder = None,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            envvar="SUITE_TO",
            help="With mlflow: write to this tracking server, such as http://host:5000.",
        ),
    ] = "sqlite:///mlflow.db",
) -> None:
    """Write every record to standard output, or into MLflow.

    Records are in order of task, arm, seed and device.
    """
    with open_records(store, folder) as records:
        results, questions = records.results(), records.documents("question")
        certified = certificates(results, records) if form == "certificates" else []
        journal = journal_lines(records) if form == "journal" else []
    if form == "mlflow":
        new, old = mlflow.export(results, questions, to)
        print(f"wrote {new} runs to {to}, {old} were there already")
    elif form == "parquet":
        _write_parquet(results)
    elif form == "journal":
        sys.stdout.writelines(journal)
    elif form == "certificates":
        sys.stdout.writelines(as_json(certified))
    else:
        sys.stdout.writelines(as_csv(results) if form == "csv" else as_json_lines(results))


def _write_parquet(results: Sequence[Result]) -> None:
    if sys.stdout.isatty():
        raise SuiteError(
            "--format parquet: expected a file behind it: suite export --format parquet >"
            " runs.parquet"
        )
    sys.stdout.buffer.write(as_parquet(results))
