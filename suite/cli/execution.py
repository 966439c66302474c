"""Runs plans, and says what was done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from functools import partial
from pathlib import Path

from suite.cli.cluster import Place
from suite.cli.signals import collect_signals
from suite.execution.autotune import needs, trials_of
from suite.execution.memory import available_bytes, fitting
from suite.execution.runner import note_plan, progress, remaining, run
from suite.plan.plan import Plan
from suite.reports.terminal import follow
from suite.result import Fault, Result
from suite.store.store import Store, open_store


def choose_faults(*, retry_failed: bool, retry_all_failed: bool) -> tuple[Fault, ...]:
    """The faults by which a run failed that is to be run again."""
    return ("arm", "outside") if retry_all_failed else ("outside",) if retry_failed else ()


def run_plans(
    plans: Sequence[Plan],
    store: Path,
    place: Place,
    *,
    retry: Collection[Fault] = (),
    sequential: bool = False,
) -> bool:
    """Runs what is not stored yet and says so. True where every run of the plans is ok."""
    with open_store(store, create=True) as opened:
        since = opened.newest()
        rest = [remaining(plan, opened, retry=retry) for plan in plans]
        for plan in plans:
            note_plan(plan, opened, sequential=sequential)
        _print_what_is_to_do(plans, rest)
        counts = _execute(rest, opened, place, since)
        stored = [arm for plan in plans for arm in progress(plan, opened).values()]
    failed, diverged = (sum(arm[status] for arm in stored) for status in ("failed", "diverged"))
    _print_what_was_done(counts, failed)
    return not failed and not diverged


def _execute(
    plans: Sequence[Plan], store: Store, place: Place, since: int | None
) -> dict[str, int]:
    """The number of results of each status, once all are stored. A signal ends the program, when
    what was done is stored."""
    processes, on = _what_fits(plans, store, place)
    with collect_signals() as received:
        results = run(
            plans, store, processes=processes, since=since, stopped=lambda: bool(received), on=on
        )
        counts = follow(results, plans)
    place.say_what_was_lost()
    if received:
        raise SystemExit(128 + received[0])
    return counts


def _what_fits(
    plans: Sequence[Plan], store: Store, place: Place
) -> tuple[int, Callable[..., Generator[list[Result]]] | None]:
    """As many jobs at a time as were asked for, or as the free memory allows, and the cluster's
    executor, if it is one: there every job says what memory it needs."""
    slots = place.slots()
    trials = trials_of(plans, store, processes=slots, on=place.trials_on)
    if place.cluster is not None:
        return slots, partial(
            place.cluster.execute,
            memory_bytes=lambda job: trials[job.task, job.arm].job_bytes(job),
            job_s=lambda job: trials[job.task, job.arm].job_s(job.settings.epochs) or float("inf"),
        )
    fit = fitting(slots, needs(plans, trials, slots), available_bytes())
    if fit < slots:
        print(
            f"{fit} processes at a time, for more would not fit into the free memory",
            file=sys.stderr,
        )
    return fit, None


def _print_what_is_to_do(plans: Sequence[Plan], rest: Sequence[Plan]) -> None:
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
