"""Which runner runs what: several runners on one store share its work, and no run is done twice.

A lease is a runner's hold on a run: a row in the store that counts for as long as its runner lives.
A runner keeps a lock on a file of its own beside the store, which the system gives up however the
runner ends. No clock is asked.
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
from functools import partial
from pathlib import Path

from suite.errors import SuiteError
from suite.plan.job import Job
from suite.store.store import Store

LOOK_AGAIN_S = 1.0  # how long runs that other runners hold are left alone
RunKey = tuple[str, str]  # of a run: key and environment


def lease_jobs(
    jobs: Iterable[Job], store: Store, *, since: int, jobs_at_once: int = 1
) -> Generator[Job | None]:
    """The jobs, each with the runs of it that this runner holds, leased as they are asked for.

    None while other runners hold all that is left. Ends when every run is leased or done.

    `since`: the newest record when the jobs were chosen. `jobs_at_once`: how many jobs to lease in
    one transaction.
    """
    with _runner(store) as runner:
        waiting = deque(jobs)
        while waiting:
            left = len(waiting)
            while left:
                next_jobs = [waiting.popleft() for _ in range(min(jobs_at_once, left))]
                left -= len(next_jobs)
                leased, held_by_others = _lease(next_jobs, store, runner, since=since)
                waiting += held_by_others
                yield from leased
            look_at = time.monotonic() + LOOK_AGAIN_S
            while waiting:
                yield None
                if time.monotonic() >= look_at:
                    break


@contextmanager
def lease_repeats(runs: Collection[RunKey], store: Store) -> Generator[set[RunKey]]:
    """Those of the runs that this runner may repeat in here; no other one repeats them meanwhile.

    A lease on a repeat is none on its run, which is done.
    """
    by_lease = {(f"{key} repeated", environment): (key, environment) for key, environment in runs}
    with _runner(store) as runner:
        taken, _ = store.take(
            by_lease.keys(), runner, since=store.newest(), is_gone=partial(_is_gone, store)
        )
        yield {by_lease[lease] for lease in taken}


def running_runs(store: Store) -> set[RunKey]:
    """The runs that a runner holds which is not gone."""
    leases = store.leases()
    gone = {runner for runner in set(leases.values()) if _is_gone(store, runner)}
    return {run for run, runner in leases.items() if runner not in gone}


def _is_gone(store: Store, runner: str) -> bool:
    return not _is_held(_lock_path(store, runner))


def _lease(
    jobs: Sequence[Job], store: Store, runner: str, *, since: int
) -> tuple[list[Job], list[Job]]:
    """The jobs with the runs that this runner holds now, and with those that another one holds."""
    runs = [(job.key(seed), job.environment) for job in jobs for seed in job.seeds]
    is_gone = partial(_is_gone, store)
    leased, held_by_others = store.take(runs, runner, since=since, is_gone=is_gone)
    return _with_runs(jobs, leased), _with_runs(jobs, held_by_others)


def _with_runs(jobs: Sequence[Job], runs: Collection[RunKey]) -> list[Job]:
    """The jobs with those runs whose key and environment are in `runs`, less jobs without any."""
    rest = [
        replace(
            job, seeds=tuple(seed for seed in job.seeds if (job.key(seed), job.environment) in runs)
        )
        for job in jobs
    ]
    return [job for job in rest if job.seeds]


@contextmanager
def _runner(store: Store) -> Iterator[str]:
    """A name for this runner, locked for as long as it lives; its leases end with it."""
    name = secrets.token_hex(8)
    path = _lock_path(store, name)
    for lock in path.parent.glob(f".{glob.escape(store.path.name)}.*.runner"):
        if not _is_held(lock):
            lock.unlink(missing_ok=True)
    try:
        descriptor = _create_locked(path)
    except OSError as error:
        raise SuiteError(f"{path}: cannot write here: {error.strerror}") from None
    try:
        yield name
    finally:
        with suppress(SuiteError):  # as on a full disk: without its lock its leases are void
            store.give_up(name)
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _lock_path(store: Store, runner: str) -> Path:
    return store.path.with_name(f".{store.path.name}.{runner}.runner")


def _create_locked(path: Path) -> int:
    """A descriptor of a new file that is locked until it is closed."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            # otherwise another runner took it for one left over in between
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
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
