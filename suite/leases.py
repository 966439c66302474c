"""Which runner runs what: several runners on one store share its work, and no run is done twice.

A claim is a row in the store, and it holds for as long as its runner lives: a runner keeps a lock on a file of its own
beside the store, which the system gives up however the runner ends. No clock is asked.
"""

from __future__ import annotations

import fcntl
import glob
import os
import secrets
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from suite.errors import SuiteError
from suite.plan import Job
from suite.store import Store

LOOK_AGAIN_S = 1.0  # how long what others have claimed is left alone


def shared_out(jobs: Iterable[Job], store: Store, *, since: int) -> Generator[Job | None]:
    """The jobs with those of their runs that this runner is to do, as it comes to them; None while all that is left belongs
    to other runners. Ends when every run is claimed or done. `since`: the newest record when the jobs were chosen."""
    with _runner(store) as runner:
        waiting = deque(jobs)
        while waiting:
            for _ in range(len(waiting)):
                job = waiting.popleft()
                mine, others = _take(job, store, runner, since=since)
                if others:
                    waiting.append(replace(job, seeds=others))
                if mine:
                    yield replace(job, seeds=mine)
            look_at = time.monotonic() + LOOK_AGAIN_S
            while waiting:
                yield None
                if time.monotonic() >= look_at:
                    break


def _take(job: Job, store: Store, runner: str, *, since: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    keys = {job.key(seed): seed for seed in job.seeds}

    def is_gone(other: str) -> bool:
        return not _is_held(_lock_path(store, other))

    mine, others = store.take(keys, job.environment, runner, since=since, is_gone=is_gone)
    return tuple(keys[key] for key in keys if key in mine), tuple(keys[key] for key in keys if key in others)


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
            if path.stat().st_ino == os.fstat(descriptor).st_ino:  # nobody took it for one left over in between
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
