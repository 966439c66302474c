"""What the verbs that run share: the choice of trainers, running plans, signals, and the forecast
of a dry run."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from suite.cli.cluster import in_words, is_cluster, print_losses
from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from suite.execution.choose import ChosenExecutor
    from suite.execution.trial import Trial, Trials
    from suite.plan.plan import Plan
    from suite.result import DeviceKind, Fault
    from suite.task.choices import Trainer as TaskTrainer
    from suite.task.schema import Task


def trained(
    loaded: Sequence[Task],
    device: DeviceKind,
    store: Path,
    forced: str | None,
    executor: ChosenExecutor,
    *,
    dry_run: bool = False,
) -> tuple[list[Task], Trials]:
    """The tasks with a trainer for every arm that leaves the choice: the one that is forced, that
    of the task's last plan, or the faster one, which is measured now and said. With the trials that
    chose, by task and arm."""
    from suite.execution.autotune import with_fastest
    from suite.store.store import open_store
    from suite.task.variants import with_trainers

    forceable: dict[str, TaskTrainer] = {"autograd": "autograd", "vectorized": "vectorized"}
    if forced is not None:
        if forced not in forceable:
            raise SuiteError(f"--trainer: expected {' or '.join(forceable)}, got {forced!r}")
        return [
            with_trainers(task, dict.fromkeys(task.arms, forceable[forced])) for task in loaded
        ], {}
    with (
        nullcontext() if dry_run and not store.is_file() else open_store(store, create=not dry_run)
    ) as opened:
        chosen: list[Task] = []
        tried: dict[tuple[str, str], Trial] = {}
        for one in loaded:
            task, found = with_fastest(one, device, opened, executor, keep=not dry_run)
            for arm, trial in found.items():
                print(
                    f"{task.name} {arm}: trainer {trial.trainer}, for {trial.why}", file=sys.stderr
                )
                tried[task.name, arm] = trial
            chosen.append(task)
        return chosen, tried


def faults(retry_failed: bool, retry_all_failed: bool) -> tuple[Fault, ...]:
    """The faults by which a run failed that is to be run again."""
    return ("arm", "outside") if retry_all_failed else ("outside",) if retry_failed else ()


def run_plans(
    plans: Sequence[Plan],
    store: Path,
    executor: ChosenExecutor,
    *,
    retry: Collection[Fault] = (),
    sequential: bool = False,
) -> bool:
    """Runs what is not stored yet and says so. True where every run that was executed is ok."""
    from suite.execution.autotune import fit_executor
    from suite.execution.progress import progress
    from suite.execution.runner import note_plan, remaining, run
    from suite.reports.terminal import follow
    from suite.store.store import open_store

    with open_store(store, create=True) as opened:
        since = opened.newest()
        rest = [remaining(plan, opened, retry=retry) for plan in plans]
        for plan in plans:
            note_plan(plan, opened, sequential=sequential)
        total = sum(plan.run_count for plan in rest)
        print(
            f"{total} runs to do, {sum(plan.run_count for plan in plans) - total} stored already",
            file=sys.stderr,
        )
        slots, fit = executor.slots, fit_executor(executor, rest, opened)
        if fit.slots < slots and not is_cluster(executor):
            print(
                f"{fit.slots} processes at a time, for more would not fit into the free memory",
                file=sys.stderr,
            )
        with signals() as received:
            results = run(rest, opened, fit, since=since, stopped=lambda: bool(received))
            counts = follow(results, rest)
        print_losses(executor)
        if received:
            raise SystemExit(128 + received[0])
        stored = [counted for plan in plans for counted in progress(plan, opened).values()]
    done = ", ".join(f"{number} {status}" for status, number in counts.items())
    print(f"executed {sum(counts.values())} runs: {done or 'nothing was left to do'}")
    failed, diverged = sum(arm.failed for arm in stored), sum(arm.diverged for arm in stored)
    if failed > counts.get("failed", 0):
        print(
            f"{failed} failed runs are stored; --retry-failed runs again what was killed, timed out"
            " or lacked memory, --retry-all-failed all",
            file=sys.stderr,
        )
    return not failed and not diverged


@contextmanager
def signals() -> Iterator[list[int]]:
    """Collects Ctrl-C and SIGTERM, for the loop to end at its next step: an exception from nowhere
    can get lost. A second signal does not wait."""
    received: list[int] = []

    def receive(number: int, _: object) -> None:
        if received:
            raise SystemExit(128 + number)
        received.append(number)

    previous = {
        number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def print_forecast(
    plans: Sequence[Plan], path: Path, executor: ChosenExecutor, tried: Trials
) -> None:
    """What is left to do, how long it would take, how much memory, and on a cluster how many core
    hours. `tried`: trials that were made meanwhile."""
    from suite.execution.autotune import trials
    from suite.execution.runner import remaining
    from suite.store.store import open_store

    total_s, core_s, largest, slots = 0.0, 0.0, 0, executor.slots
    with open_store(path) if path.is_file() else nullcontext() as store:
        for plan in plans:
            rest = (remaining(plan, store) if store else plan).divided(slots)
            arms = list(dict.fromkeys(job.arm for job in rest.jobs))
            found = {
                arm: tried[plan.task.name, arm] for arm in arms if (plan.task.name, arm) in tried
            }
            others = [arm for arm in arms if arm not in found]
            found |= trials(plan.task, others, plan.device, store, executor, keep=False)
            for arm in arms:
                jobs = [job for job in rest.jobs if job.arm == arm]
                each_s, memory = (
                    found[arm].job_s(jobs[0].settings.epochs),
                    max(found[arm].job_bytes(job) for job in jobs),
                )
                total_s, largest = total_s + (each_s or 0.0) * len(jobs), max(largest, memory)
                core_s += (each_s or 0.0) * len(jobs) * jobs[0].settings.threads
                time = (
                    "time unknown: its trial failed"
                    if each_s is None
                    else f"about {each_s:.1f} s each"
                )
                runs = sum(len(job.seeds) for job in jobs)
                print(
                    f"{plan.task.name} {arm}: {runs} runs in {len(jobs)} jobs, {time},"
                    f" {memory / 2**20:.0f} MiB"
                )
    asked = f"{sum(plan.run_count for plan in plans)} runs asked for; what is left takes about"
    if is_cluster(executor):
        minutes = core_s / slots / 60
        print(
            f"{asked} {minutes:.1f} minutes on {in_words(executor)}: {core_s / 3600:.2f} core hours;"
            " nothing was stored"
        )
        return
    print(
        f"{asked} {total_s / slots / 60:.1f} minutes and up to {slots * largest / 2**20:.0f} MiB in"
        f" {in_words(executor)}; nothing was stored"
    )
