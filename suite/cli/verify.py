"""The verb verify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from suite.cli.certified import Chosen, Words, choose_runs, sort_words
from suite.cli.cluster import chosen_executor, device_of_runs, print_losses
from suite.cli.datasets import require_files
from suite.cli.machine import choose_device
from suite.cli.options import (
    DEFAULT_OUTPUT,
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Address,
    Device,
    ExecutorName,
    Processes,
    RecordsFolder,
    StorePath,
    TasksFolder,
    TasksFrom,
)
from suite.cli.selection import load_tasks, tasks_folder
from suite.cli.signals import collect_signals
from suite.cli.stores import open_records
from suite.errors import SuiteError, visible
from suite.execution.choose import ChosenExecutor
from suite.reports.report_check import page_difference
from suite.reports.report_files import FOLDER
from suite.reports.verification_text import are_verified, claim_lines, conclusion_lines
from suite.store.documents import plan_records
from suite.store.record_reading import read_records
from suite.task.schema import Task
from suite.verification import certificate as certificates
from suite.verification import rerun
from suite.verification.certificate import Certificate
from suite.verification.checks import MEANINGS, TIERS, Check
from suite.verification.claim import ClaimCheck, check_claim
from suite.verification.logged import LogChecks, check_logs


def verify(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TASK|ID|FILE",
            help=(
                "Name tasks, ids of runs or of rows of the report, or files of certificates. All"
                " tasks, if none is named."
            ),
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            envvar="SUITE_SAMPLE",
            min=1,
            help="Run only so many of them, tasks and arms taking turns.",
            show_default="all",
        ),
    ] = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    folder: RecordsFolder = None,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
    executor_name: ExecutorName = "local",
    address: Address = "auto",
) -> None:
    """Check a claim: run its runs again bit by bit, and recompute its verdicts.

    Takes what is stored, published (--from) or certified. Compares the task, its plan and its seeds
    with today's, and names what differs. The last line says whether the claim holds. Stores
    nothing.

    Exits 0 if it holds, 1 if it does not, 2 if it cannot be read.
    """
    tasks = tasks_folder(tasks, tasks_from)
    words = sort_words(names or (), tasks)
    by_name = _load_named(words, tasks)
    all_of_it = choose_runs(words, by_name, choose_device(device), store, folder)
    all_of_it = _leave_out_strangers(all_of_it, by_name, tasks, folder)
    chosen = all_of_it.certificates
    if sample is not None:
        chosen = certificates.sample(chosen, sample)
    loaded, stored = _load_others(all_of_it, by_name, tasks, store, folder)
    by_name |= loaded | stored
    of_logs = check_logs(run for run in chosen if run.is_of_log)
    chosen = [run for run in chosen if not run.is_of_log]
    require_files(by_name[certificate.task] for certificate in chosen)
    executor = context.with_resource(
        chosen_executor(executor_name, address, list(by_name.values()), processes)
    )
    for kind in {certificate.device for certificate in chosen}:
        device_of_runs(kind, executor)
    _print_logs(of_logs)
    checks = [*of_logs.checks, *_rerun(chosen, by_name, executor)]
    print_losses(executor)
    _print_counts(checks)
    claims = [
        check_claim(one, by_name[one.study.task.name], checks, executor.describe)
        for one in all_of_it.published
    ]
    for name in stored:
        print(f"{name}: its task has no file: it is compared with itself, as it is stored")
    if not _print_claims(claims, checks, _compare_page(folder)):
        raise typer.Exit(1)


def _print_claims(claims: Sequence[ClaimCheck], checks: Sequence[Check], page: str | None) -> bool:
    """Prints what is said of the claims; True if all of it holds."""
    for claim in claims:
        print("\n".join(claim_lines(claim)))
    print("\n".join(conclusion_lines(claims, checks, page)))
    return are_verified(claims, checks, page)


def _load_named(words: Words, folder: Path) -> dict[str, Task]:
    """The tasks that the words name, by name."""
    return {task.name: task for word in words.tasks for task in load_tasks([word], folder)}


def _leave_out_strangers(
    chosen: Chosen, loaded: Mapping[str, Task], tasks: Path, folder: Path | None
) -> Chosen:
    """The runs without those of commands that records in a folder alone name, and a line on each.

    Such commands may be a stranger's. Raises SuiteError where nothing else is left.
    """
    if folder is None:
        return chosen
    plans = {one.study.task.name: one.study.task for one in chosen.published}
    strange = [
        name
        for name, task in plans.items()
        if any(arm.command for arm in task.arms.values())
        and name not in loaded
        and not (tasks / f"{name}.toml").is_file()
    ]
    kept = [run for run in chosen.certificates if run.task not in strange]
    for name in strange:
        line = (
            f"{name}: expected its commands in {tasks / name}.toml, found them in the records"
            " alone: read them with `suite show`, and write there what you would run"
        )
        if not kept:
            raise SuiteError(line)
        print(f"not verified: {line}")
    return Chosen(kept, [one for one in chosen.published if one.study.task.name not in strange])


def _load_others(
    chosen: Chosen, loaded: Mapping[str, Task], tasks: Path, store: Path, folder: Path | None
) -> tuple[dict[str, Task], dict[str, Task]]:
    """The tasks that are not loaded yet, by name: from the folder `tasks`, and as they are stored.

    Those of `suite versus` have no file there.
    """
    of_runs = [run.task for run in chosen.certificates]
    of_studies = [one.study.task.name for one in chosen.published]
    names = dict.fromkeys(name for name in (*of_runs, *of_studies) if name not in loaded)
    others = [name for name in names if not (tasks / f"{name}.toml").is_file()]
    stored = _stored_commands(store, folder) if others else {}
    paths = [str(tasks / f"{name}.toml") for name in names if name not in {*others} & stored.keys()]
    found = {task.name: task for task in (load_tasks(paths, tasks) if paths else ())}
    return found, {name: stored[name] for name in others if name in stored}


def _compare_page(folder: Path | None) -> str | None:
    """Where the page that lies with the records differs from them; None where there is none.

    It lies in their folder, or beside it where `suite report` has written both.
    """
    if folder is None:
        return None
    beside = [folder.absolute().parent] if folder.absolute().name == FOLDER else []
    pages = [place / DEFAULT_OUTPUT.name for place in (folder, *beside)]
    found = next((page for page in pages if page.is_file()), None)
    return None if found is None else page_difference(read_records(folder), found)


def _stored_commands(store: Path, folder: Path | None) -> dict[str, Task]:
    """The stored tasks whose arms are all commands, by name; none where there are no records."""
    if folder is None and not store.is_file():
        return {}
    with open_records(store, folder) as records:
        plans = plan_records(records).values()
    return {plan.task.name: plan.task for plan in plans if plan.task.is_of_commands}


def _rerun(
    chosen: Sequence[Certificate], tasks: Mapping[str, Task], executor: ChosenExecutor
) -> list[Check]:
    """The check of every certificate, printed as it comes. A signal ends the program."""
    checks: list[Check] = []
    with collect_signals() as received:
        for check in rerun.verify(chosen, tasks, executor, stopped=lambda: bool(received)):
            checks.append(check)
            _print_check(check)
    if received:
        raise SystemExit(128 + received[0])
    return checks


def _print_logs(of_logs: LogChecks) -> None:
    """Prints what is known of runs that were measured elsewhere."""
    for line in of_logs.unchecked:
        print(f"not verified: {visible(line)}")
    for check in of_logs.checks:
        _print_check(check)


def _print_check(check: Check) -> None:
    run = check.certificate
    print(f"{check.tier}: {run.task} {run.cell} seed {run.seed}")
    for reason in check.reasons:
        print(f"  {visible(reason)}")
    if check.tier not in (check.expected, "FAIL"):
        print(f"  {check.expected} can be expected here")


def _print_counts(checks: Sequence[Check]) -> None:
    """Prints how many checks reached each tier, and what the worst tier means."""
    if not checks:
        print("0 runs verified")
        return
    counts = Counter(check.tier for check in checks)
    reached = [tier for tier in TIERS if counts[tier]]
    numbers = ", ".join(f"{counts[tier]} {tier}" for tier in reached)
    print(f"{len(checks)} runs verified: {numbers}. {reached[-1]}: {MEANINGS[reached[-1]]}")
