"""The server that the processes of jobs are forked from, and what they are born with.

The server has imported torch, and nothing else has happened in it, so starting a process takes
milliseconds. Portable numerics are the exception: torch has to be loaded with their variables, in a
process of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess
from types import ModuleType

from suite.execution import isolation
from suite.execution.executor import POLL_S
from suite.provenance.environment import KERNEL_VARIABLES, kernel_variables

FORKING = multiprocessing.get_context("forkserver")
SPAWNING = multiprocessing.get_context("spawn")
PRELOADED = "suite.execution.preload"
# the order of a set of texts depends on it, and with that what an arm does that goes through one
HASHES = {"PYTHONHASHSEED": "0"}
MEMORY_VARIABLE = "GLIBC_TUNABLES"
KEEPING_MEMORY = (
    "glibc.malloc.trim_threshold=8589934592",
    "glibc.malloc.mmap_threshold=8589934592",
    "glibc.malloc.hugetlb=1",
)


def context_for(numerics: str) -> ForkServerContext | SpawnContext:
    """How processes of jobs with such numerics are started."""
    return SPAWNING if numerics == "portable" else FORKING


def start_process(process: ForkServerProcess | SpawnProcess, numerics: str) -> None:
    """Starts a process of a job. The server is started too, where an arm has ended it."""
    ensure_server()
    birth = nullcontext() if isinstance(process, ForkServerProcess) else inheriting()
    with birth, _having_kernel_variables(numerics), _without_main():
        process.start()


def preload(modules: Collection[str]) -> None:
    """Lets a server that is started later import these modules."""
    FORKING.set_forkserver_preload([PRELOADED, *sorted(modules)])


def ensure_server() -> None:
    """Starts the server, unless it is there.

    It and its children block Ctrl-C and SIGTERM, which may go to a whole group (a terminal's, a
    container's): the runner alone decides what ends. It ends children by SIGKILL, and they end by
    themselves when it does.
    """
    with inheriting():
        forkserver.ensure_running()


def wait_for_server(stopped: Callable[[], bool]) -> bool:
    """Waits until the server has imported what jobs need; False if the wish to stop came first.

    True once it has, which takes seconds. Where the wish to stop comes first, the server is ended.
    """
    ensure_server()
    asking = threading.Thread(target=_ask_server, daemon=True)  # it blocks until the server answers
    with isolation.marking():
        asking.start()
        try:
            while asking.is_alive():
                if stopped():
                    # again and again: who asks starts one where there is none
                    isolation.end_servers()
                asking.join(POLL_S)
        except BaseException:
            # an end of the program that asks nobody would wait for the server's imports
            isolation.end_servers()
            raise
    return not stopped()


def _ask_server() -> None:
    with suppress(EOFError, OSError), _without_main():  # it was ended
        FORKING.Process(target=_do_nothing, daemon=True).start()


def _do_nothing() -> None:
    pass


@contextmanager
def inheriting() -> Iterator[None]:
    """What is started in here keeps its memory and blocks Ctrl-C and SIGTERM.

    It also bears this runner's marker, and has the hashes of Python that all runs have.
    """
    with isolation.marking(), keeping_memory(), _having(HASHES):
        resource_tracker.ensure_running()  # it would lift the block
        with block_signals():
            yield


@contextmanager
def block_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM are blocked in here. Blocked, not ignored: the runner must lose none."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def keeping_memory() -> Iterator[None]:
    """What is started in here keeps the memory that it frees, in large pages.

    By itself the GNU C library gives every large block back to the system, and the next step asks
    for it anew: up to 980 page faults in each step of a CNN, and a tenth of the siamese network's
    time. Other C libraries do not read this.
    """
    before = os.environ.get(MEMORY_VARIABLE)
    os.environ[MEMORY_VARIABLE] = ":".join(filter(None, (before, *KEEPING_MEMORY)))
    try:
        yield
    finally:
        if before is None:
            del os.environ[MEMORY_VARIABLE]
        else:
            os.environ[MEMORY_VARIABLE] = before


@contextmanager
def _having_kernel_variables(numerics: str) -> Iterator[None]:
    """What is started in here has the kernel variables of a run, and no other."""
    wanted = kernel_variables(numerics)
    with _having({name: wanted.get(name) for name in KERNEL_VARIABLES}):
        yield


@contextmanager
def _having(variables: Mapping[str, str | None]) -> Iterator[None]:
    """What is started in here has these variables; None stands for none."""
    before = {name: os.environ.get(name) for name in variables}
    try:
        _set_variables(variables)
        yield
    finally:
        _set_variables(before)


def _set_variables(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@contextmanager
def _without_main() -> Iterator[None]:
    """A process that is started in here does not import the main module of this one anew.

    No job needs that module, and importing it takes time. A script without a guard around what it
    does would do it again.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
