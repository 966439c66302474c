"""kill -9 at random: runners on one store, and writers of a report."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import NoReturn
from unittest import mock

from suite.execution import leases, runner
from suite.plan.job import Job
from suite.plan.plan import Plan
from suite.reports.writing import write_file
from suite.result import Result
from suite.store.store import open_store
from suite.task.schema import Task
from tests.support.executors import StandIn
from tests.torture.figures import Figure, differing, fill, made, page, plan_of, runs

RUN_S = 0.02  # what a fake run takes
KILL_AFTER_S = (0.02, 0.1)


def killed_runners(folder: Path, task: Task, *, seeds: int, kills: int) -> Figure:
    """Three runners at a time on one store, one of them killed every 20 to 100 ms, on as many
    stores as it takes.
    """
    plan, drawn = plan_of(task, seeds), random.Random(1)  # noqa: S311
    fill(folder / "undisturbed.sqlite", plan)
    with open_store(folder / "undisturbed.sqlite") as store:
        expected = page(store)
    done = stores = lost = double = wrong = pages = 0
    while done < kills:
        path = folder / f"killed-{stores}.sqlite"
        done += _disturbed(path, plan, drawn)
        stores += 1
        with open_store(path) as store:
            found = differing(store.results(), plan)
            records = store.newest()
            pages += page(store) == expected
        lost, double, wrong = (
            lost + found[0],
            double + found[1] + records - len(list(runs(plan))),
            wrong + found[2],
        )
    return Figure(
        "kill -9 of runners that share a store",
        f"3 runners, {len(list(runs(plan)))} fake runs, one killed every 20 to 100 ms and started"
        f" again; {stores} stores",
        f"{done} kills: {lost} lost, {double} double, {wrong} wrong; {pages} of {stores} reports"
        " equal an undisturbed one",
        (lost, double, wrong, pages) == (0, 0, 0, stores),
    )


def _disturbed(path: Path, plan: Plan, drawn: random.Random) -> int:
    """Runs the plan into `path` by three runners that are killed; the number of kills."""
    kills, living = 0, {_forked(lambda: _work(path, plan)) for _ in range(3)}
    while living:
        time.sleep(drawn.uniform(*KILL_AFTER_S))
        ended = {one for one in living if os.waitpid(one, os.WNOHANG)[0]}
        living -= ended
        if living:
            victim = drawn.choice(sorted(living))
            os.kill(victim, signal.SIGKILL)
            killed = os.WIFSIGNALED(os.waitpid(victim, 0)[1])
            living.remove(victim)
            kills += killed
            if killed:
                living.add(_forked(lambda: _work(path, plan)))
    return kills


def _work(path: Path, plan: Plan) -> None:
    """What `suite run` does, with runs that take a moment and nothing else."""

    def give(jobs: Iterable[Job | None]) -> Generator[list[Result]]:
        for job in jobs:
            if job is None:
                time.sleep(0.01)
                continue
            for seed in job.seeds:
                time.sleep(RUN_S)
                yield [made(job, seed)]

    with (
        mock.patch.object(leases, "LOOK_AGAIN_S", 0.1),
        open_store(path, create=True) as store,
    ):
        since = store.newest()
        rest = runner.remaining(plan, store)
        runner.note_plan(plan, store)
        for _ in runner.run([rest], store, StandIn(give), since=since):
            pass


def killed_reports(folder: Path, *, kills: int) -> Figure:
    """A writer that replaces a page again and again, killed at random, at two sizes; a reader
    beside it.
    """
    torn, read, drawn = 0, 0, random.Random(2)  # noqa: S311
    for size in (2_000, 200_000):
        path = folder / f"PAGE-{size}.md"
        for _ in range(kills):
            child = _forked(lambda path=path, size=size: _rewrite(path, size))  # type: ignore[misc]
            deadline = time.monotonic() + drawn.uniform(0.001, 0.03)
            while time.monotonic() < deadline:
                whole = _is_whole(path, size)
                torn, read = torn + (whole is False), read + (whole is not None)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            torn += _is_whole(path, size) is False
    left = len(list(folder.glob(".PAGE*")))
    for one in folder.glob(".PAGE*"):
        os.utime(one, (0, 0))
    write_file(folder / "PAGE-2000.md", "end")
    write_file(folder / "PAGE-200000.md", "end")
    swept = not list(folder.glob(".PAGE*"))
    return Figure(
        "kill -9 while a report is written",
        "one writer, pages of 2 KB and 200 KB, a reader all the while",
        f"{2 * kills} kills, {read} reads: {torn} torn; {left} temporary files left over,"
        f" {'all' if swept else 'not all'} of them swept later",
        torn == 0 and swept,
    )


def _rewrite(path: Path, size: int) -> None:
    for letter in "abcdefghij" * 1000:
        write_file(path, letter * size)


def _is_whole(path: Path, size: int) -> bool | None:
    """None where no page was ever finished."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    return len(text) == size and len(set(text)) == 1


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        _in_child(work)
    return child


def _in_child(work: Callable[[], None]) -> NoReturn:
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)
