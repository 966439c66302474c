"""The verbs that read what is stored: status, report, export, and record-timings, which adds to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import (
    DEFAULT_OUTPUT,
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    From,
    Names,
    OutputPath,
    Seeds,
    StorePath,
    TasksFolder,
    TasksFrom,
    app,
)
from suite.cli.resolve import device_kind, evidence, load_tasks, plan_task
from suite.errors import SuiteError


@app.command()
def status(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """Says how many of the runs that the tasks ask for are stored."""
    from suite.execution.autotune import settled
    from suite.execution.runner import progress
    from suite.reports.terminal import plain_table, print_table
    from suite.store.store import open_store

    loaded, table = (
        load_tasks(names, tasks, tasks_from),
        plain_table("task", "arm", "asked", "ok", "diverged", "failed", "to do"),
    )
    with open_store(store) as opened:
        for task in loaded:
            plan = plan_task(settled(task, device_kind(device), opened), seeds, device_kind(device))
            for arm, counts in progress(plan, opened).items():
                table.add_row(
                    plan.task.name,
                    arm,
                    *(str(counts[key]) for key in ("asked", "ok", "diverged", "failed", "to do")),
                )
    print_table(table)


@app.command()
def report(
    store: StorePath = DEFAULT_STORE,
    output: OutputPath = DEFAULT_OUTPUT,
    folder: From = None,
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
    """Writes RESULTS.md, its figures and the records behind them from what is stored."""
    if check + html + terminal > 1:
        raise SuiteError("report: expected one of --check, --html and --terminal, got more")
    if check:
        _check_report(output, folder)
    elif html:
        _write_page(
            store, output if output.suffix == ".html" else output.with_name("report.html"), folder
        )
    elif terminal:
        _print_tables(store, folder)
    else:
        write_report(store, output, folder)


def write_report(store: Path, output: Path, folder: Path | None = None) -> None:
    from suite.reports.prose import plain_text
    from suite.reports.report_files import make_report
    from suite.reports.wording import answer
    from suite.reports.writing import write_file

    with evidence(store, folder) as opened:
        report = make_report(opened, output.name)
    for name, text in report.files.items():
        write_file(output.parent / name, text)
    for analysis in report.analyses:
        print(f"{analysis.study.task.name}: {plain_text(answer(analysis))}")
    print(f"wrote {output}")


def _write_page(store: Path, output: Path, folder: Path | None) -> None:
    from suite.reports.report_files import make_html, require_analyses
    from suite.reports.writing import write_file

    with evidence(store, folder) as opened:
        text = make_html(opened, require_analyses(opened))
    write_file(output, text)
    print(f"wrote {output}: {len(text.encode()) / 1e6:.1f} MB, one file; open it in a browser")


def _print_tables(store: Path, folder: Path | None) -> None:
    from suite.reports.report_files import require_analyses
    from suite.reports.terminal_report import print_analysis

    with evidence(store, folder) as opened:
        analyses = require_analyses(opened)
    for analysis in analyses:
        print_analysis(analysis)


def _check_report(output: Path, folder: Path | None) -> None:
    """Compares with what the records say that lie beside the page, and never with the store."""
    from suite.reports.report_check import excerpt_difference, find_differences
    from suite.reports.report_files import FOLDER, excerpt, make_report
    from suite.store.records import read_records

    try:
        records = read_records(folder or output.parent / FOLDER)
        report = make_report(records, output.name)
    except SuiteError as error:
        print(error)
        raise typer.Exit(1) from None
    differences = list(find_differences(report, output.parent))
    quoted = excerpt_difference(excerpt(report.analyses), output.parent / "README.md")
    differences += [quoted] if quoted else []
    for line in differences:
        print(line)
    if differences:
        raise typer.Exit(1)
    print(f"{output}: {len(report.files)} files are what the records say")


@app.command()
def export(
    store: StorePath = DEFAULT_STORE,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            envvar="SUITE_FORMAT",
            help=(
                "jsonl (one object a line), csv, parquet, certificates (one a line), or mlflow"
                " (into --to)."
            ),
        ),
    ] = "jsonl",
    folder: From = None,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            envvar="SUITE_TO",
            help="With mlflow: the tracking server, such as http://host:5000.",
        ),
    ] = "sqlite:///mlflow.db",
) -> None:
    """Writes every record to standard output, by task, arm, seed and device; or into MLflow."""
    from suite.reports.export.mlflow import export as into_mlflow
    from suite.reports.export.tables import as_csv, as_json_lines, as_parquet
    from suite.verification.certificate import as_json, certificates

    forms = ("jsonl", "csv", "parquet", "certificates", "mlflow")
    if form not in forms:
        raise SuiteError(f"--format: expected {', '.join(forms[:-1])} or {forms[-1]}, got {form!r}")
    with evidence(store, folder) as opened:
        results = opened.results()
        certified = certificates(results, opened) if form == "certificates" else []
        questions = opened.documents("question")
    if form == "mlflow":
        new, there = into_mlflow(results, questions, to)
        print(f"wrote {new} runs to {to}, {there} were there already")
        return
    if form == "parquet":
        if sys.stdout.isatty():
            raise SuiteError(
                "--format parquet: expected a file behind it: suite export --format parquet >"
                " runs.parquet"
            )
        sys.stdout.buffer.write(as_parquet(results))
        return
    writers = {
        "jsonl": as_json_lines(results),
        "csv": as_csv(results),
        "certificates": as_json(certified),
    }
    for line in writers[form]:
        sys.stdout.write(line)


@app.command("record-timings")
def record_timings(
    samples: Annotated[Path, typer.Argument(help="The JSON file that pytest-benchmark wrote.")],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Keeps the raw samples of `make timings` in the store."""
    from suite.execution.runner import note_timings
    from suite.reports.timings import read_samples
    from suite.store.store import open_store

    benchmarks = read_samples(samples)
    with open_store(store, create=True) as opened:
        note_timings(benchmarks, opened)
    print(f"recorded {len(benchmarks)} timings")
