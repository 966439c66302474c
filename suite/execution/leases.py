"""Which runner runs what: several runners on one store share its work, and no run is done twice.

A claim is a row in the store, and it holds for as long as its runner lives: a runner keeps a lock
on a file of its own beside the store, which the system gives up however the runner ends. No clock
is asked.
"""

from __future__ import annotations

import fcntl
import glob
import os
import secrets
import time
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from suite.errors import SuiteError
from suite.plan.job import Job
from suite.store.store import Store

LOOK_AGAIN_S = 1.0  # how long what others have claimed is left alone


def shared_out(
    jobs: Iterable[Job], store: Store, *, since: int, at_once: int = 1
) -> Generator[Job | None]:
    """The jobs with those of their runs that this runner is to do, as it comes to them; None while
    all that is left belongs to other runners. Ends when every run is claimed or done. `since`: the
    newest record when the jobs were chosen. `at_once`: for how many jobs to claim runs in one
    transaction."""
    with _runner(store) as runner:
        waiting = deque(jobs)
        while waiting:
            left = len(waiting)
            while left:
                some = [waiting.popleft() for _ in range(min(at_once, left))]
                left -= len(some)
                mine, others = _take(some, store, runner, since=since)
                waiting += others
                yield from mine
            look_at = time.monotonic() + LOOK_AGAIN_S
            while waiting:
                yield None
                if time.monotonic() >= look_at:
                    break


def _take(
    jobs: Sequence[Job], store: Store, runner: str, *, since: int
) -> tuple[list[Job], list[Job]]:
    """The jobs with the runs that are now this runner's, and with those that are another one's."""

    def is_gone(other: str) -> bool:
        return not _is_held(_lock_path(store, other))

    keys = [(job.key(seed), job.environment) for job in jobs for seed in job.seeds]
    mine, others = store.take(keys, runner, since=since, is_gone=is_gone)
    return _with_runs(jobs, mine), _with_runs(jobs, others)


def _with_runs(jobs: Sequence[Job], keys: Collection[tuple[str, str]]) -> list[Job]:
    """The jobs with those runs whose key and environment are in `keys`, less jobs without any."""
    rest = [
        replace(
            job, seeds=tuple(seed for seed in job.seeds if (job.key(seed), job.environment) in keys)
        )
        for job in jobs
    ]
    return [job for job in rest if job.seeds]


@contextmanager
def _runner(store: Store) -> Iterator[str]:
    """A name for this runner, claimed for as long as it lives; its claims are given up at the end."""
    name = secrets.token_hex(8)
    path = _lock_path(store, name)
    for left in path.parent.glob(f".{glob.escape(store.path.name)}.*.runner"):
        if not _is_held(left):
            left.unlink(missing_ok=True)
    try:
        descriptor = _locked(path)
    except OSError as error:
        raise SuiteError(f"{path}: cannot write here: {error.strerror}") from None
    try:
        yield name
    finally:
        with suppress(SuiteError):  # as on a full disk: without its lock the claims are void
            store.give_up(name)
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _lock_path(store: Store, runner: str) -> Path:
    return store.path.with_name(f".{store.path.name}.{runner}.runner")


def _locked(path: Path) -> int:
    """A descriptor of a new file that is locked until it is closed."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if (
                path.stat().st_ino == os.fstat(descriptor).st_ino
            ):  # nobody took it for one left over in between
                return descriptor
        os.close(descriptor)


def _is_held(path: Path) -> bool:
    """Whether the runner that made this file is alive."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
