"""How many jobs at a time the free memory allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from suite.errors import SuiteError
from suite.plan.job import Job


def fitting(processes: int, needs: Sequence[tuple[Job, int]], available: int) -> int:
    """How many processes may run at a time so that any of the jobs in `needs`, each with its bytes,
    fit. Raises SuiteError where one alone does not."""
    if not needs:
        return processes
    job, largest = max(needs, key=lambda one: one[1])
    if largest > available:
        raise SuiteError(
            f"{job.task}: arms.{job.arm}: expected {largest / 2**30:.1f} GiB of free memory for a"
            f" job of {len(job.seeds)} seeds, got {available / 2**30:.1f}; free some, or name fewer"
            " seeds"
        )
    return max(1, min(processes, available // largest)) if largest else processes


def available_bytes() -> int:
    """The memory that may still be used: of the machine, and of the container's limit, whichever is
    less."""
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
