"""The executor that the options of a command name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from suite.errors import SuiteError
from suite.execution.commands.jobs import CommandJobs
from suite.execution.commands.mixed import Mixed
from suite.execution.processes import Processes
from suite.provenance.worktrees import Worktrees, remove_abandoned
from suite.task.schema import Task

if TYPE_CHECKING:
    from suite.execution.ray_executor import RayCluster

ChosenExecutor: TypeAlias = "Processes | CommandJobs | Mixed | RayCluster"
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
        if any(arm.command for task in tasks for arm in task.arms.values()):
            remove_abandoned(Path.cwd())
        with Worktrees() as worktrees:
            yield local_executor(tasks, slots or core_count(), worktrees)
        return
    if name != "ray":
        raise SuiteError(f"--executor: expected local or ray, got {name!r}")
    _refuse_revisions(tasks)
    try:
        # ray is large, and only who names it has to have it
        from suite.execution.ray_connect import connect
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise SuiteError(f"--executor ray: {NO_RAY}") from None
    with connect(address, tasks, most_jobs=slots) as cluster:
        yield cluster


def _refuse_revisions(tasks: Sequence[Task]) -> None:
    for task in tasks:
        for name, arm in task.arms.items():
            if arm.command is not None and arm.command.revision is not None:
                raise SuiteError(
                    f"--executor ray: {task.name}: arms.{name}: commands at a revision of git run"
                    " on this machine alone"
                )


def local_executor(
    tasks: Sequence[Task], slots: int, worktrees: Worktrees | None = None
) -> Processes | CommandJobs | Mixed:
    """What runs the arms of these tasks on this machine; `worktrees`: of commands at revisions."""
    has_commands = any(arm.command for task in tasks for arm in task.arms.values())
    if has_commands and all(task.is_of_commands for task in tasks):
        return CommandJobs(slots, worktrees=worktrees)
    if not has_commands:
        return Processes(slots)
    return Mixed(Processes(slots), CommandJobs(slots, worktrees=worktrees))


def core_count() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
