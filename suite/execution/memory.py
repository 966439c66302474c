"""How many jobs at a time the free memory allows, and work within a limit of it."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from suite.errors import SuiteError
from suite.execution.trial import Trials
from suite.plan.job import Job


def fitting_slots(slots: int, jobs: Sequence[Job], trials: Trials, available_bytes: int) -> int:
    """How many of the slots may be used so that any of the jobs fit into memory side by side.

    Raises SuiteError where one alone does not.
    """
    if not jobs:
        return slots
    needs = [(job, trials[job.task, job.cell].job_bytes(job)) for job in jobs]
    job, largest_bytes = max(needs, key=lambda need: need[1])
    if largest_bytes > available_bytes:
        raise SuiteError(
            f"{job.field}: expected {largest_bytes / 2**30:.1f} GiB of free memory"
            f" for a job of {len(job.seeds)} seeds, got {available_bytes / 2**30:.1f}; free some,"
            " or name fewer seeds"
        )
    return max(1, min(slots, available_bytes // largest_bytes)) if largest_bytes else slots


def free_bytes() -> int:
    """The memory that may still be used: the machine's or the container's, whichever is less.

    In bytes; 2**63 where it is not known.
    """
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(
            int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")
        )
    except (OSError, StopIteration):
        return 2**63  # not known here
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return free
    return min(free, max(limit - used, 0))


@contextmanager
def limited_memory(more_bytes: int) -> Iterator[None]:
    """Inside, this process can take so much memory besides what it has.

    Beyond, Python raises MemoryError, and libraries their own errors. Where the system does not say
    what a process has, nothing is limited.
    """
    old = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        taken = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData"))
    except (OSError, StopIteration):
        yield
        return
    most = taken + more_bytes
    lowest = min([most, *(limit for limit in old if limit != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_DATA, (lowest, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, old)
