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
    Names,
    OutputPath,
    Seeds,
    StorePath,
    TasksFolder,
    app,
)
from suite.cli.resolve import device_kind, load_tasks, plan_task
from suite.errors import SuiteError


@app.command()
def status(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
) -> None:
    """Says how many of the runs that the tasks ask for are stored."""
    from suite.runner import progress
    from suite.store import open_store
    from suite.terminal import plain_table, show

    plans = [plan_task(task, seeds, device_kind(device)) for task in load_tasks(names, tasks)]
    table = plain_table("task", "arm", "asked", "ok", "diverged", "failed", "to do")
    with open_store(store) as opened:
        for plan in plans:
            for arm, counts in progress(plan, opened).items():
                table.add_row(
                    plan.task.name, arm, *(str(counts[key]) for key in ("asked", "ok", "diverged", "failed", "to do"))
                )
    show(table)


@app.command()
def report(
    store: StorePath = DEFAULT_STORE,
    output: OutputPath = DEFAULT_OUTPUT,
) -> None:
    """Writes RESULTS.md and its figures from what is stored."""
    write_report(store, output)


def write_report(store: Path, output: Path) -> None:
    from suite.findings import examine
    from suite.report.figures import learning_curves
    from suite.report.files import write
    from suite.report.gather import studies
    from suite.report.markdown import figure_path, render
    from suite.report.words import answer, plain
    from suite.store import open_store

    with open_store(store) as opened:
        found = [examine(study) for study in studies(opened)]
        environments, timings = opened.documents("environment"), opened.documents("timings")
    if not found:
        raise SuiteError(f"{store}: nothing was run yet; `suite run` does")
    for one in found:
        write(output.parent / figure_path(one.study), learning_curves(one.study))
    write(output, render(found, environments, timings))
    for one in found:
        print(f"{one.study.task.name}: {plain(answer(one))}")
    print(f"wrote {output}")


@app.command()
def export(
    store: StorePath = DEFAULT_STORE,
    form: Annotated[
        str, typer.Option("--format", envvar="SUITE_FORMAT", help="jsonl (one object a line) or csv.")
    ] = "jsonl",
) -> None:
    """Writes every record to standard output, by task, arm, seed and device."""
    from suite.report.export import as_csv, as_json_lines
    from suite.store import open_store

    writers = {"jsonl": as_json_lines, "csv": as_csv}
    if form not in writers:
        raise SuiteError(f"--format: expected jsonl or csv, got {form!r}")
    with open_store(store) as opened:
        results = opened.results()
    for line in writers[form](results):
        sys.stdout.write(line)


@app.command("record-timings")
def record_timings(
    samples: Annotated[Path, typer.Argument(help="The JSON file that pytest-benchmark wrote.")],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Keeps the raw samples of `make timings` in the store."""
    from suite.report.timings import read_samples
    from suite.runner import note_timings
    from suite.store import open_store

    benchmarks = read_samples(samples)
    with open_store(store, create=True) as opened:
        note_timings(benchmarks, opened)
    print(f"recorded {len(benchmarks)} timings")
