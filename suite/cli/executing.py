"""What the verbs that run share: the choice of trainers, running plans, signals, and the forecast
of a dry run."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from suite.cli.cluster import Place
    from suite.execution.autotune import Trial
    from suite.plan.plan import Plan
    from suite.result import Fault, Result
    from suite.store.store import Store
    from suite.task.schema import Task
    from suite.task.schema import Trainer as TaskTrainer

    Trials = Mapping[tuple[str, str], Trial]  # by task and arm


def trained(
    loaded: Sequence[Task],
    device: str,
    store: Path,
    forced: str | None,
    place: Place,
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
            task, found = with_fastest(
                one, device, opened, processes=place.slots(), on=place.trials_on, keep=not dry_run
            )
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
    place: Place,
    *,
    retry: Collection[Fault] = (),
    sequential: bool = False,
) -> bool:
    """Runs what is not stored yet and says so. True where every run that was executed is ok."""
    from suite.execution.runner import note_plan, progress, remaining, run
    from suite.reports.progress import follow_results
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
        fit, on = _what_fits(rest, opened, place)
        with signals() as received:
            results = run(
                rest, opened, processes=fit, since=since, stopped=lambda: bool(received), on=on
            )
            counts = follow_results(results, rest)
        place.say_what_was_lost()
        if received:
            raise SystemExit(128 + received[0])
        stored = [counted for plan in plans for counted in progress(plan, opened).values()]
    done = ", ".join(f"{number} {status}" for status, number in counts.items())
    print(f"executed {sum(counts.values())} runs: {done or 'nothing was left to do'}")
    failed, diverged = (sum(one[status] for one in stored) for status in ("failed", "diverged"))
    if failed > counts.get("failed", 0):
        print(
            f"{failed} failed runs are stored; --retry-failed runs again what was killed, timed out"
            " or lacked memory, --retry-all-failed all",
            file=sys.stderr,
        )
    return not failed and not diverged


def _what_fits(
    plans: Sequence[Plan], store: Store, place: Place
) -> tuple[int, Callable[..., Generator[list[Result]]] | None]:
    """As many jobs at a time as were asked for, or as the free memory allows, and the cluster's
    executor, if it is one: there every job says what memory it needs."""
    from suite.execution.autotune import needs, trials_of
    from suite.execution.memory import available_bytes, fitting

    slots = place.slots()
    found = trials_of(plans, store, processes=slots, on=place.trials_on)
    if place.cluster is not None:
        return slots, partial(
            place.cluster.execute,
            memory_bytes=lambda job: found[job.task, job.arm].job_bytes(job),
            job_s=lambda job: found[job.task, job.arm].job_s(job.settings.epochs) or float("inf"),
        )
    fit = fitting(slots, needs(plans, found, slots), available_bytes())
    if fit < slots:
        print(
            f"{fit} processes at a time, for more would not fit into the free memory",
            file=sys.stderr,
        )
    return fit, None


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


def print_forecast(plans: Sequence[Plan], path: Path, place: Place, tried: Trials) -> None:
    """What is left to do, how long it would take, how much memory, and on a cluster how many core
    hours. `tried`: trials that were made meanwhile."""
    from suite.execution.autotune import trials
    from suite.execution.runner import remaining
    from suite.store.store import open_store

    total_s, core_s, largest, slots = 0.0, 0.0, 0, place.slots()
    with open_store(path) if path.is_file() else nullcontext() as store:
        for plan in plans:
            rest = (remaining(plan, store) if store else plan).divided(slots)
            arms = list(dict.fromkeys(job.arm for job in rest.jobs))
            found = {
                arm: tried[plan.task.name, arm] for arm in arms if (plan.task.name, arm) in tried
            }
            others = [arm for arm in arms if arm not in found]
            found |= trials(
                plan.task,
                others,
                plan.device,
                store,
                processes=slots,
                on=place.trials_on,
                keep=False,
            )
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
    if place.cluster is not None:
        minutes = core_s / slots / 60
        print(
            f"{asked} {minutes:.1f} minutes on {place.words()}: {core_s / 3600:.2f} core hours;"
            " nothing was stored"
        )
        return
    print(
        f"{asked} {total_s / slots / 60:.1f} minutes and up to {slots * largest / 2**20:.0f} MiB in"
        f" {place.words()}; nothing was stored"
    )
