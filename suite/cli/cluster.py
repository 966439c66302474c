"""Where runs take place: this machine or a Ray cluster."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeGuard

from suite.cli.machine import choose_device
from suite.cli.options import DeviceName, ExecutorKind
from suite.execution.choose import ChosenExecutor, open_executor
from suite.execution.commands.jobs import CommandJobs
from suite.execution.commands.mixed import Mixed
from suite.execution.processes import Processes
from suite.result import DeviceKind
from suite.task.schema import Task

if TYPE_CHECKING:
    from suite.execution.ray_executor import RayCluster  # imports ray, which may not be installed


@contextmanager
def chosen_executor(
    name: ExecutorKind, address: str, tasks: Sequence[Task], processes: int | None
) -> Iterator[ChosenExecutor]:
    """The executor that the options name; at the end a cluster is left."""
    with open_executor(name, tasks, slots=processes, address=address) as executor:
        if is_cluster(executor):
            print(f"on {in_words(executor)}", file=sys.stderr)
        yield executor


def is_cluster(executor: ChosenExecutor) -> TypeGuard[RayCluster]:
    """Whether jobs run on other machines."""
    return not isinstance(executor, Processes | CommandJobs | Mixed)


def device_of_runs(name: DeviceName, executor: ChosenExecutor) -> DeviceKind:
    """The device that runs are asked to use."""
    if is_cluster(executor) and name == "auto":
        return "cuda" if executor.census.has_gpus() else "cpu"
    return "cuda" if is_cluster(executor) and name == "cuda" else choose_device(name)


def in_words(executor: ChosenExecutor) -> str:
    """Where jobs run, for a person."""
    if is_cluster(executor):
        return f"{len(executor.census.nodes())} nodes with {executor.census.cpus():g} CPUs"
    return f"{executor.slots} processes"


def print_losses(executor: ChosenExecutor) -> None:
    """Says how often a job was lost with its worker, and how many nodes do not take part."""
    if is_cluster(executor) and (lost := executor.census.lost):
        print(
            f"{lost} times a job was lost with its worker or node, and tried again",
            file=sys.stderr,
        )
    if is_cluster(executor) and (refused := executor.census.refused_count()):
        print(f"{refused} nodes took no part: their results would have other bits", file=sys.stderr)
