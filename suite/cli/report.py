"""The verb report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import (
    DEFAULT_OUTPUT,
    DEFAULT_STORE,
    OutputPath,
    RecordsFolder,
    StorePath,
)
from suite.cli.stores import open_records
from suite.errors import SuiteError
from suite.reports.files import write
from suite.reports.terminal import show_findings
from suite.reports.whole import (
    FOLDER,
    NOTHING,
    differences,
    excerpt,
    excerpt_difference,
    findings,
    page_text,
    report_files,
)
from suite.reports.wording import answer, plain
from suite.store.records import read_records


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


def write_report(store: Path, output: Path, folder: Path | None = None) -> None:
    """Writes the page, its figures and the records behind them, and prints the answers."""
    with open_records(store, folder) as records:
        summaries, files = report_files(records, output.name)
    for name, text in files.items():
        write(output.parent / name, text)
    for summary in summaries:
        print(f"{summary.study.task.name}: {plain(answer(summary))}")
    print(f"wrote {output}")


def _write_page(store: Path, page: Path, folder: Path | None) -> None:
    with open_records(store, folder) as records:
        text = page_text(records, findings(records))
    write(page, text)
    print(f"wrote {page}: {len(text.encode()) / 1e6:.1f} MB, one file; open it in a browser")


def _print_tables(store: Path, folder: Path | None) -> None:
    with open_records(store, folder) as records:
        summaries = findings(records)
    if not summaries:
        raise SuiteError(NOTHING)
    for summary in summaries:
        show_findings(summary)


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
    summaries, files = report_files(read_records(folder), output.name)
    lines = list(differences(files, output.parent))
    quoted = excerpt_difference(excerpt(summaries), output.parent / "README.md")
    return len(files), lines if quoted is None else [*lines, quoted]
