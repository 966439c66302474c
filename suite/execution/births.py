"""What a process of a job is born with: its environment variables, and the signals it blocks."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import ModuleType

from suite.execution import isolation
from suite.provenance.environment import KERNEL_VARIABLES, kernel_variables

# the order of a set of texts depends on it, and with that what an arm does that goes through one
HASHES = {"PYTHONHASHSEED": "0"}
MEMORY_VARIABLE = "GLIBC_TUNABLES"
KEEPING_MEMORY = (
    "glibc.malloc.trim_threshold=8589934592",
    "glibc.malloc.mmap_threshold=8589934592",
    "glibc.malloc.hugetlb=1",
)


@contextmanager
def inheriting() -> Iterator[None]:
    """What is started in here keeps its memory and blocks Ctrl-C and SIGTERM.

    It also bears this runner's marker, and has the hashes of Python that all runs have.
    """
    with isolation.marking(), keeping_memory(), fixed_hashes():
        resource_tracker.ensure_running()  # it would lift the block
        with block_signals():
            yield


@contextmanager
def fixed_hashes() -> Iterator[None]:
    """What is started in here has the hashes of Python that all runs have."""
    with _having(HASHES):
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
def having_kernel_variables(numerics: str) -> Iterator[None]:
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
def without_main() -> Iterator[None]:
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
