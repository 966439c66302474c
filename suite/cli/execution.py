"""Runs plans, and says what was done."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from suite.cli.cluster import is_cluster, print_losses
from suite.cli.repeats import repeat_arms
from suite.cli.signals import collect_signals
from suite.execution.autotune import fit_executor
from suite.execution.choose import ChosenExecutor
from suite.execution.executor import Executor
from suite.execution.progress import progress
from suite.execution.repeats import list_files
from suite.execution.runner import note_plan, remaining, run
from suite.plan.plan import Plan
from suite.plan.recorded_files import with_recorded_files
from suite.reports.terminal.progress import follow_results
from suite.result import Fault
from suite.store.store import Store, open_store


def choose_faults(*, retry_failed: bool, retry_all_failed: bool) -> tuple[Fault, ...]:
    """The faults by which a run failed that is to be run again."""
    return ("arm", "outside") if retry_all_failed else ("outside",) if retry_failed else ()


def run_plans(
    plans: Sequence[Plan],
    store: Path,
    executor: ChosenExecutor,
    *,
    retry: Collection[Fault] = (),
    sequential: bool = False,
    repeat: bool = False,
) -> bool:
    """Runs what is not stored yet and says so. True where every run of the plans is ok.

    `repeat`: a run of each arm is made again at the end, unless one was before.
    """
    before = list_files(Path.cwd()) if repeat else {}
    with open_store(store, create=True) as opened:
        since = opened.newest()
        plans = [with_recorded_files(plan, opened) for plan in plans]
        rest = [remaining(plan, opened, retry=retry) for plan in plans]
        for plan in plans:
            note_plan(plan, opened, sequential=sequential)
        _print_what_is_to_do(plans, rest)
        fitted = fit_executor(executor, rest, opened)
        counts = _execute(rest, opened, executor, fitted, since)
        stored = [arm for plan in plans for arm in progress(plan, opened).values()]
        failed, diverged = sum(arm.failed for arm in stored), sum(arm.diverged for arm in stored)
        _print_what_was_done(counts, failed)
        if repeat:
            repeat_arms(plans, opened, fitted, before=before)
    return not failed and not diverged


def _execute(
    plans: Sequence[Plan],
    store: Store,
    executor: ChosenExecutor,
    fitted: Executor,
    since: int | None,
) -> dict[str, int]:
    """The number of results of each status, once all are stored.

    A signal ends the program, when what was done is stored.
    """
    if fitted.slots < executor.slots and not is_cluster(executor):
        print(
            f"{fitted.slots} processes at a time, for more would not fit into the free memory",
            file=sys.stderr,
        )
    with collect_signals() as received:
        results = run(plans, store, fitted, since=since, stopped=lambda: bool(received))
        counts = follow_results(results, plans)
    print_losses(executor)
    if received:
        raise SystemExit(128 + received[0])
    return counts


def _print_what_is_to_do(plans: Sequence[Plan], rest: Sequence[Plan]) -> None:
    for task in (plan.task for plan in plans if plan.task.is_measured_elsewhere):
        print(
            f"{task.name}: measured elsewhere, nothing can be run here: `suite import LOG --task"
            f" {task.name}` adds runs",
            file=sys.stderr,
        )
    total = sum(plan.run_count for plan in rest)
    print(
        f"{total} runs to do, {sum(plan.run_count for plan in plans) - total} stored already",
        file=sys.stderr,
    )


def _print_what_was_done(counts: Mapping[str, int], failed: int) -> None:
    """`failed`: how many failed runs are stored, those of before too."""
    done = ", ".join(f"{number} {status}" for status, number in counts.items())
    print(f"executed {sum(counts.values())} runs: {done or 'nothing was left to do'}")
    if failed > counts.get("failed", 0):
        print(
            f"{failed} failed runs are stored; --retry-failed runs again what was killed, timed out"
            " or lacked memory, --retry-all-failed all",
            file=sys.stderr,
        )
