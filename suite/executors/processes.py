"""Runs jobs in child processes, several at a time, each with the threads of its task.

A child is forked from a server that has imported torch and nothing else has happened in, so starting one takes
milliseconds; but for portable numerics, which torch has to be loaded with, in a process of its own. One process a job: nothing that an arm does reaches the next one. A child that ends without its results,
whatever its exit status, fails the runs that it still owed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess, SpawnProcess

from suite.data import DATASETS
from suite.environment import KERNEL_VARIABLES, kernel_variables
from suite.executors.records import failed
from suite.plan import Job
from suite.references import load
from suite.result import Result

POLL_S = 0.2  # how long a wish to stop may wait
CONTEXT = multiprocessing.get_context("forkserver")
SPAWNING = multiprocessing.get_context("spawn")
WORK = "suite.executors.local"  # by name: it needs torch, which this process does without


@dataclass
class _Child:
    job: Job
    process: ForkServerProcess | SpawnProcess
    pipe: Connection
    waiting: list[int] = field(default_factory=list)


def execute(jobs: Iterable[Job], *, processes: int, stopped: Callable[[], bool] = lambda: False) -> Generator[Result]:
    """One result a run, as they come, until `stopped` says so. Whatever ends the iterator ends the children."""
    queue, running = deque(jobs), list[_Child]()
    _start_server({name for job in queue for name in DATASETS[job.data.name].imports})
    try:
        while queue or running:
            while queue and len(running) < processes:
                running.append(_start(queue.popleft()))
            ready = wait([child.pipe for child in running], timeout=POLL_S)
            if stopped():
                return
            for child in [child for child in running if child.pipe in ready]:
                try:
                    result = child.pipe.recv()
                except (EOFError, OSError):
                    running.remove(child)
                    yield from _lost(child)
                    continue
                child.waiting.remove(result.seed)
                yield result
    finally:
        for child in running:
            child.process.kill()
            child.process.join()


def _start_server(imports: Iterable[str]) -> None:
    """Starts the server that children are forked from, deaf to Ctrl-C and SIGTERM: both may go to the whole group (a
    terminal's, a container's), the children are so from birth, and the runner alone decides what ends. It ends children
    by SIGKILL, and they end by themselves when it does."""
    CONTEXT.set_forkserver_preload(["suite.executors.warm", *sorted(imports)])
    with _deaf():
        forkserver.ensure_running()


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started in here ignores Ctrl-C and SIGTERM."""
    in_main = threading.current_thread() is threading.main_thread()
    ignored = (signal.SIGINT, signal.SIGTERM) if in_main else ()
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _kernel_variables(numerics: str) -> Iterator[None]:
    """What is started in here has the kernel variables of a run, and no other."""
    before = {name: os.environ[name] for name in KERNEL_VARIABLES if name in os.environ}
    wanted = kernel_variables(numerics)
    try:
        for name in KERNEL_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(wanted)
        yield
    finally:
        for name in KERNEL_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(before)


def _start(job: Job) -> _Child:
    portable = job.settings.numerics == "portable"  # torch must be loaded anew, with its variables set
    context = SPAWNING if portable else CONTEXT
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, sending), daemon=True)
    with _deaf() if portable else nullcontext(), _kernel_variables(job.settings.numerics):
        process.start()
    sending.close()
    return _Child(job, process, receiving, list(job.seeds))


def _work(job: Job, pipe: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for result in load(f"{WORK}:run_job")(job):
        pipe.send(result)
    pipe.close()


def _end_with_parent() -> None:
    """Ends this process when the runner has ended, however it did."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _lost(child: _Child) -> Iterator[Result]:
    child.process.join()
    code = child.process.exitcode
    how = f"by signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"with exit status {code}"
    for seed in child.waiting:
        yield failed(child.job, seed, f"the process ended {how} before this run's result")
