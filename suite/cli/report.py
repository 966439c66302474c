"""The verb report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.analysis.analyse import Analysis
from suite.analysis.seen import record_seen
from suite.cli.options import (
    DEFAULT_OUTPUT,
    DEFAULT_STORE,
    OutputPath,
    RecordsFolder,
    StorePath,
)
from suite.cli.stores import open_records
from suite.errors import SuiteError, visible
from suite.reports.headlines import answer
from suite.reports.history_words import history_words
from suite.reports.prose import plain_text
from suite.reports.report_check import excerpt_difference, find_differences
from suite.reports.report_files import (
    FOLDER,
    excerpt,
    make_html,
    make_report,
    require_analyses,
)
from suite.reports.terminal.analysis import print_analysis
from suite.reports.wording import looks_words
from suite.reports.writing import write_file, write_within
from suite.store.record_reading import read_records


def report(
    store: StorePath = DEFAULT_STORE,
    output: OutputPath = DEFAULT_OUTPUT,
    folder: RecordsFolder = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            envvar="SUITE_CHECK",
            help=(
                "Write nothing; exit 1 where the page, a figure or the README's excerpt is not what"
                " the records say."
            ),
        ),
    ] = False,
    html: Annotated[
        bool,
        typer.Option(
            "--html",
            envvar="SUITE_HTML",
            help="Write one self-contained page instead, report.html beside RESULTS.md.",
        ),
    ] = False,
    terminal: Annotated[
        bool,
        typer.Option(
            "--terminal", envvar="SUITE_TERMINAL", help="Print the tables; write nothing."
        ),
    ] = False,
) -> None:
    """Write RESULTS.md, its figures and the records behind them."""
    if check + html + terminal > 1:
        raise SuiteError("report: expected one of --check, --html and --terminal, got more")
    if check:
        _check_report(output, folder)
    elif html:
        page = output if output.suffix == ".html" else output.with_name("report.html")
        _write_page(store, page, folder)
    elif terminal:
        _print_tables(store, folder)
    else:
        write_report(store, output, folder)


def write_report(
    store: Path, output: Path, folder: Path | None = None, *, command: str = "report"
) -> None:
    """Writes the page, its figures and the records behind them, and prints the answers."""
    analyses = _analyse(store, folder, command)
    with open_records(store, folder) as records:
        report = make_report(records, output.name, analyses)
    write_within(output.parent, report.parts)
    for analysis in report.analyses:
        print_answer(analysis)
    print(f"wrote {output}")


def print_answer(analysis: Analysis) -> None:
    """Prints what a study says to its task's question, and what happened to it."""
    study = analysis.study
    print(f"{study.task.name}: {plain_text(answer(analysis))}")
    if looks := looks_words(study):
        print(f"{study.task.name}: {looks}")
    if happened := history_words(study):
        print(f"{study.task.name}: {visible(happened)}")


def _analyse(store: Path, folder: Path | None, command: str) -> list[Analysis]:
    """The analyses, about to be shown: that they were seen is recorded first, in the store."""
    with open_records(store, folder) as records:
        analyses = require_analyses(records)
    if folder is None:
        record_seen(store, analyses, command)
    return analyses


def _write_page(store: Path, page: Path, folder: Path | None) -> None:
    analyses = _analyse(store, folder, "report --html")
    with open_records(store, folder) as records:
        text = make_html(records, analyses)
    write_file(page, text)
    print(f"wrote {page}: {len(text.encode()) / 1e6:.1f} MB, one file; open it in a browser")


def _print_tables(store: Path, folder: Path | None) -> None:
    for analysis in _analyse(store, folder, "report --terminal"):
        print_analysis(analysis)


def _check_report(output: Path, folder: Path | None) -> None:
    """Compares with the records that lie beside the page, and never with the store."""
    try:
        count, lines = _compare(output, folder or output.parent / FOLDER)
    except SuiteError as error:
        count, lines = 0, [str(error)]
    for line in lines:
        print(line)
    if lines:
        raise typer.Exit(1)
    print(f"{output}: {count} files are what the records say")


def _compare(output: Path, folder: Path) -> tuple[int, list[str]]:
    """How many files the records make, and a line for each that is another."""
    report = make_report(read_records(folder), output.name)
    lines = list(find_differences(report, output.parent))
    quoted = excerpt_difference(excerpt(report.analyses), output.parent / "README.md")
    return len(report.files), lines if quoted is None else [*lines, quoted]
