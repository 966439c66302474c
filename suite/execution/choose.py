"""The executor that the options of a command name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from suite.errors import SuiteError
from suite.execution.processes import Processes
from suite.task.schema import Task

if TYPE_CHECKING:
    from suite.execution.ray_executor import RayCluster

ChosenExecutor: TypeAlias = "Processes | RayCluster"
NO_RAY = "expected the package ray, found none; install suite[ray]"


@contextmanager
def open_executor(
    name: str, tasks: Sequence[Task], *, slots: int | None = None, address: str = "auto"
) -> Iterator[ChosenExecutor]:
    """The executor of that name: processes of this machine ("local") or a Ray cluster ("ray").

    The cluster is the one at `address`; it is left at the end. `slots`: how many jobs at a time, by
    default as many as there are cores. Raises SuiteError where there is no such executor.
    """
    if name == "local":
        yield Processes(slots or core_count())
        return
    if name != "ray":
        raise SuiteError(f"--executor: expected local or ray, got {name!r}")
    try:
        # ray is large, and only who names it has to have it
        from suite.execution.ray_connect import connect
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise SuiteError(f"--executor ray: {NO_RAY}") from None
    with connect(address, tasks, most_jobs=slots) as cluster:
        yield cluster


def core_count() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
