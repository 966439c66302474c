"""The verb show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from suite.analysis.analyse import Analysis, analyse_all
from suite.analysis.seen import record_seen
from suite.cli.ids import is_id, runs_behind
from suite.cli.options import DEFAULT_STORE, RecordsFolder, StorePath
from suite.cli.stores import open_records
from suite.errors import SuiteError
from suite.reports.details import is_behind, row_lines, run_lines
from suite.reports.terminal.analysis import print_analysis
from suite.verification.certificate import certificates


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID|TASK",
            help=(
                "Name a run or a row of the report by 7 digits of its id or more; or a task, for"
                " its tables."
            ),
        ),
    ],
    certificate: Annotated[
        bool,
        typer.Option(
            "--certificate",
            envvar="SUITE_CERTIFICATE",
            help="Print the certificates of its runs, as JSON.",
        ),
    ] = False,
    store: StorePath = DEFAULT_STORE,
    folder: RecordsFolder = None,
) -> None:
    """Show everything about one number, and how to run it again.

    Shows what a row says and the runs behind it, or all that is known of a run.
    """
    if not is_id(name):
        _show_task(name, store, folder)
    elif certificate:
        _show_certificates(name, store, folder)
    else:
        _show_number(name, store, folder)


def _show_number(name: str, store: Path, folder: Path | None) -> None:
    with open_records(store, folder) as records:
        kind, runs = runs_behind(name, records)
        analyses = analyse_all(records) if kind == "row" else []
        lines = run_lines(runs[0], records) if kind == "run" else row_lines(name, analyses)
    shown = [seen for seen in analyses if is_behind(name, seen)]
    _record(shown, store, folder)
    print("\n".join(lines))
    source = "" if folder is None else f" --from {folder}"
    print(f"run again and compare: suite verify {name}{source}")


def _show_certificates(name: str, store: Path, folder: Path | None) -> None:
    """Prints the certificate of a run over several lines, or one a line for the runs of a row."""
    with open_records(store, folder) as records:
        kind, runs = runs_behind(name, records)
        for certificate in certificates(runs, records):
            print(certificate.model_dump_json(indent=2 if kind == "run" else None))


def _show_task(name: str, store: Path, folder: Path | None) -> None:
    with open_records(store, folder) as records:
        analyses = [found for found in analyse_all(records) if found.study.task.name == name]
    if not analyses:
        raise SuiteError(
            f"{name}: expected an id of 7 hexadecimal digits or more, or a task that was run"
        )
    _record(analyses, store, folder)
    for analysis in analyses:
        print_analysis(analysis)


def _record(analyses: Sequence[Analysis], store: Path, folder: Path | None) -> None:
    """Records that these verdicts are seen, where they are of a store."""
    if folder is None and analyses:
        record_seen(store, analyses, "show")
