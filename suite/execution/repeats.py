"""Repeats: one stored run of each arm is made again in a fresh process, to see whether it repeats.

It comes after all other runs, and is never a result: what it gave is an entry of the journal. One
that gives something else is made once more. If both repeats agree, the runs depend on what ran
before them, or on when; if not, on no seed alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from suite.execution import isolation
from suite.execution.executor import Executor, Stopped, never, run_jobs
from suite.execution.kept_output import runs_folder
from suite.execution.leases import RunKey, lease_repeats
from suite.plan.job import Job
from suite.plan.plan import Plan, make_plan
from suite.provenance.identity import READ, question_id
from suite.result import Result
from suite.store.entries import RepeatEntry, bits_of, repeat_entry
from suite.store.journal import Journal, read_journal
from suite.store.store import Store

CHEAP_S = 60.0  # who waited for all seeds of an arm does not mind a minute more
DEAREST_S = 600.0  # more is not spent on what nobody asked for
MOST_FILES = 5  # that are named

Listing = Mapping[str, int]  # the files of a folder by name, with when each was changed, in ns


@dataclass(frozen=True)
class Repeat:
    """A run that is to be made again: its job, of one seed, and the stored result."""

    plan: Plan
    job: Job
    stored: Result

    @property
    def run(self) -> RunKey:
        """The run's key and environment."""
        return self.stored.key, self.stored.environment

    @property
    def seconds(self) -> float:
        """What the run took, or its share of what its job took."""
        return (self.stored.run_time_s or 0.0) / self.stored.seeds_together


@dataclass(frozen=True)
class Repeats:
    """What repeats gave, and the arms whose files were changed meanwhile, so that none counts."""

    entries: tuple[RepeatEntry, ...] = ()
    changed: tuple[str, ...] = ()


def choose_repeats(plan: Plan, store: Store, journal: Journal) -> list[Repeat]:
    """One run of each arm that was never repeated: its first good seed, on its first data set.

    Those that took up to `CHEAP_S`; where no arm's did, the cheapest, if it took up to `DEAREST_S`.
    A task that was made from another one, as a placebo is, has none.
    """
    if plan.task.derived_from is not None:
        return []
    known = {entry.arm_id for entry in journal.of_kind(RepeatEntry)}
    done = {job.arm for job in plan.jobs if (job.question, job.environment) in known}
    new = [arm for arm in plan.task.arms if arm not in done]
    found = [each for arm in new if (each := first_good(plan, arm, store))]
    cheap = [each for each in found if each.seconds <= CHEAP_S]
    if cheap or done:
        return cheap
    by_cost = sorted(found, key=lambda each: each.seconds)
    return [each for each in by_cost[:1] if each.seconds <= DEAREST_S]


def first_good(plan: Plan, arm: str, store: Store) -> Repeat | None:
    """The arm's run of the first planned seed that is stored as good; None where there is none."""
    jobs = [job for job in plan.jobs if job.arm == arm]
    for block in dict.fromkeys(job.block for job in jobs):
        of_block = [job for job in jobs if job.block == block]
        stored = {
            result.seed: result
            for result in store.results(of_block[0].question, plan.environment)
            if result.status == "ok"
        }
        for job in of_block:
            for seed in job.seeds:
                if seed in stored:
                    return Repeat(plan, replace(job, seeds=(seed,)), stored[seed])
    return None


def make_repeats(
    chosen: Sequence[Repeat],
    store: Store,
    executor: Executor,
    *,
    stopped: Stopped = never,
    before: Listing | None = None,
) -> Repeats:
    """Makes these runs again, and notes how each ended; none that another runner repeats now.

    One that was killed, timed out or lacked memory, or that `stopped` ended, is left for the next
    call. `before`: the files of the folder when the first run began.
    """
    with lease_repeats([repeat.run for repeat in chosen], store) as held:
        done = {e.run for e in read_journal(store).of_kind(RepeatEntry) if not e.at_once}
        mine = [repeat for repeat in chosen if repeat.run in held - done]
        if not mine:
            return Repeats()
        first = _run(mine, executor, stopped)
        others = [
            repeat
            for repeat in mine
            if repeat.run in first and bits_of(first[repeat.run]) != bits_of(repeat.stored)
        ]
        changed = {repeat.run: repeat.job.cell for repeat in others if _asks_else(repeat, executor)}
        others = [repeat for repeat in others if repeat.run not in changed]
        second = _run(others, executor, stopped)
        if stopped():  # a difference is noted with what confirms it, or by the next call
            for repeat in others:
                if repeat.run not in second:
                    del first[repeat.run]
        left = files_left(before, beside=store.path) if before is not None else []
        entries = [
            repeat_entry(
                repeat.stored,
                results[repeat.run],
                left=left if repeat.job.settings.command is not None else (),
            )
            for repeat in mine
            for results in (first, second)
            if repeat.run in results and repeat.run not in changed
        ]
        store.note(entries)
    return Repeats(tuple(entries), tuple(changed.values()))


def _run(repeats: Sequence[Repeat], executor: Executor, stopped: Stopped) -> dict[RunKey, Result]:
    """What each gave, but for those that something outside ended.

    Processes that are forked from one server have the same addresses in memory: each call has new
    servers.
    """
    isolation.end_servers()
    jobs = [repeat.job for repeat in repeats]
    return {
        (result.key, result.environment): result
        for result in (run_jobs(executor, jobs, stopped) if jobs else ())
        if result.fault != "outside"
    }


def _asks_else(repeat: Repeat, executor: Executor) -> bool:
    """Whether files that the run reads are others now than when it was planned."""
    plan, cell = repeat.plan, repeat.job.cell
    today = make_plan(plan.task, device=plan.device, seeds=(), describe=executor.describe)
    planned = {name: part for name, part in plan.parts[cell].items() if name != READ}
    return question_id(planned) != today.questions[cell]


def list_files(folder: Path) -> Listing:
    """What lies in a folder, but for hidden files, with when each was changed."""
    found: dict[str, int] = {}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith((".", "__pycache__")):
                with suppress(OSError):  # it is gone meanwhile
                    found[entry.name] = entry.stat().st_mtime_ns
    return found


def files_left(before: Listing, *, beside: Path) -> list[str]:
    """The first names in the present folder that are new or changed, `beside` the store."""
    after = list_files(Path.cwd())
    names = sorted(name for name, changed in after.items() if before.get(name) != changed)
    own, runs = (Path(os.path.relpath(path)).parts[0] for path in (beside, runs_folder(beside)))
    ours = (own, f"{own}-journal", runs)
    left = [name for name in names if name.isprintable() and name not in ours]
    return left[:MOST_FILES]
