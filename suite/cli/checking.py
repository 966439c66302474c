"""The verbs by which anyone checks a number: verify, show, why-stale; and merge, which brings
records together."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    From,
    Names,
    Processes,
    StorePath,
    TasksFolder,
    TasksFrom,
    app,
)
from suite.cli.resolve import cores, device_kind, evidence, load_tasks, plan_task, require_files
from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from suite.result import Result
    from suite.store.records import Evidence
    from suite.task.schema import Task
    from suite.verification.certificate import Certificate, Check

ID = "[0-9a-f]{7,64}"


@app.command()
def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TASK|ID|FILE]...",
            help=(
                "Tasks, ids of runs or of rows of the report, or files of certificates. All tasks,"
                " if none is named."
            ),
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample", envvar="SUITE_SAMPLE", min=1, help="Only so many runs.", show_default="all"
        ),
    ] = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    folder: From = None,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """Runs again what is stored, published or certified, and says which bits are the same. Nothing
    is stored."""
    from suite.cli.executing import signals
    from suite.task.catalogue import folder_of_package
    from suite.verification import certificate as certificates
    from suite.verification.rerun import verify as run_again

    if tasks_from is not None:
        tasks = folder_of_package(tasks_from)
    named = {
        task.name: task
        for word in names or ()
        if _is_task(word, tasks)
        for task in load_tasks([word], tasks)
    }
    given = _certificates(names, named, device_kind(device), store, folder)
    chosen = certificates.sample(given, sample) if sample else given
    others = {one.task: str(tasks / f"{one.task}.toml") for one in chosen if one.task not in named}
    by_name = named | {
        task.name: task for task in (load_tasks(list(others.values()), tasks) if others else ())
    }
    require_files(by_name[one.task] for one in chosen)
    for kind in {one.device for one in chosen}:
        device_kind(kind)
    checks: list[Check] = []
    with signals() as received:
        for one in run_again(
            chosen, by_name, processes=processes or cores(), stopped=lambda: bool(received)
        ):
            checks.append(one)
            _print_check(one)
    if received:
        raise SystemExit(128 + received[0])
    counts = {tier: sum(one.tier == tier for one in checks) for tier in certificates.TIERS}
    worst = [tier for tier, count in counts.items() if count][-1]
    said = ", ".join(f"{count} {tier}" for tier, count in counts.items() if count)
    print(f"{len(checks)} runs verified: {said}. {worst}: {certificates.MEANINGS[worst]}")
    if not all(one.is_good for one in checks):
        raise typer.Exit(1)


def _print_check(one: Check) -> None:
    name = f"{one.certificate.task} {one.certificate.arm} seed {one.certificate.seed}"
    print(f"{one.tier}: {name}" + "".join(f"\n  {reason}" for reason in one.reasons))
    if one.tier != one.expected and one.tier != "FAIL":
        print(f"  {one.expected} can be expected here")


def _is_file(word: str) -> bool:
    return Path(word).suffix in (".json", ".jsonl")


def _is_task(word: str, tasks: Path) -> bool:
    return not _is_file(word) and ((tasks / f"{word}.toml").is_file() or not re.fullmatch(ID, word))


def _certificates(
    words: Sequence[str] | None,
    named: Mapping[str, Task],
    device: str,
    store: Path,
    folder: Path | None,
) -> list[Certificate]:
    """What the words name: files, ids, and the tasks in `named`; of every task where there are no
    words. Each run once."""
    from suite.verification.certificate import certificates, read_certificates

    files = [word for word in words or () if _is_file(word)]
    ids = [
        word
        for word in words or ()
        if not _is_file(word) and re.fullmatch(ID, word) and word not in named
    ]
    found = [one for name in files for one in read_certificates(Path(name))]
    if ids or named or not words:
        with evidence(store, folder) as opened:
            runs = [run for word in ids for run in _behind(word, opened)[1]]
            runs += _of_tasks(named if words else None, device, opened)
            found += certificates(
                {(run.key, run.environment): run for run in runs}.values(), opened
            )
    if not found:
        raise SuiteError(f"{', '.join(words or ['tasks'])}: there is no run on {device} to verify")
    return found


def _of_tasks(named: Collection[str] | None, device: str, opened: Evidence) -> list[Result]:
    """The runs behind the report on the tasks of these names; on all of them for None."""
    from suite.analysis.studies import read_studies

    mine = [
        study
        for study in read_studies(opened)
        if study.device == device and (named is None or study.task.name in named)
    ]
    return [run for study in mine for results in study.results.values() for run in results]


def _behind(name: str, opened: Evidence) -> tuple[str, list[Result]]:
    """What an id stands for ("run" or "row"), and the runs behind it. Raises SuiteError where it is
    none, or of several."""
    from suite.analysis.analyse import analyse_all
    from suite.reports.row_ids import arms_behind

    runs = [("run", [run]) for run in opened.results() if run.key.startswith(name)]
    rows = [
        ("row", [run for arm in arms for run in found.study.results[arm]])
        for found in analyse_all(opened)
        for row, arms in arms_behind(found).items()
        if row.startswith(name)
    ]
    if len(runs + rows) != 1:
        raise SuiteError(
            f"{name}: expected the id of a run or of a row of the report, found {len(runs + rows)}"
            " such"
        )
    return (runs + rows)[0]


@app.command()
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID|TASK",
            help=(
                "Of a run, or of a row of the report: 7 digits or more; or a task, for its tables."
            ),
        ),
    ],
    certificate: Annotated[
        bool,
        typer.Option(
            "--certificate", envvar="SUITE_CERTIFICATE", help="The run's certificate, as JSON."
        ),
    ] = False,
    store: StorePath = DEFAULT_STORE,
    folder: From = None,
) -> None:
    """Says everything about a number: what the row says, the runs behind it, and the command that
    runs them again."""
    from suite.reports.details import row_lines, run_lines
    from suite.verification.certificate import certificates

    if not re.fullmatch(ID, name):
        _show_task(name, store, folder)
        return
    with evidence(store, folder) as opened:
        kind, runs = _behind(name, opened)
        if certificate:
            print(
                "\n".join(
                    one.model_dump_json(indent=2 if kind == "run" else None)
                    for one in certificates(runs, opened)
                )
            )
            return
        lines = run_lines(runs[0], opened) if kind == "run" else row_lines(name, opened)
    print("\n".join(lines))
    print(
        f"run again and compare: suite verify {name}{'' if folder is None else f' --from {folder}'}"
    )


def _show_task(name: str, store: Path, folder: Path | None) -> None:
    from suite.analysis.analyse import analyse_all
    from suite.reports.terminal_report import print_analysis

    with evidence(store, folder) as opened:
        found = [one for one in analyse_all(opened) if one.study.task.name == name]
    if not found:
        raise SuiteError(
            f"{name}: expected an id of 7 hexadecimal digits or more, or a task that was run"
        )
    for one in found:
        print_analysis(one)


@app.command("why-stale")
def why_stale(
    names: Names = None,
    device: Device = "cpu",
    store: StorePath = DEFAULT_STORE,
    folder: From = None,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """Says which stored runs no longer answer today's question, and what moved. `suite run` runs
    them again."""
    from suite.execution.autotune import settled
    from suite.reports.seed_ranges import seed_ranges
    from suite.verification.staleness import stale

    loaded, kind = load_tasks(names, tasks, tasks_from), device_kind(device)
    with evidence(store, folder) as opened:
        plans = [plan_task(settled(task, kind, opened), None, kind) for task in loaded]
        found = [one for plan in plans for one in stale(plan, opened)]
    for one in found:
        print(f"{one.task} {one.arm}, seeds {seed_ranges(one.seeds)}:")
        print("".join(f"  {reason}\n" for reason in one.reasons), end="")
    print(f"{sum(len(one.seeds) for one in found)} stored runs are stale")


@app.command()
def merge(
    other: Annotated[
        Path, typer.Argument(metavar="OTHER", help="Another store, or a folder with records.")
    ],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Adds the records of another store, or of a folder, to the store. Twice is as good as once."""
    from suite.store.merge import merge as bring_together
    from suite.store.store import open_store

    with (
        evidence(other, other if other.is_dir() else None) as theirs,
        open_store(store, create=True) as ours,
    ):
        added = bring_together(ours, theirs)
    print(f"added {added} runs from {other}", file=sys.stdout)
