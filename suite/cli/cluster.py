"""Where runs take place: this machine or a Ray cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from suite.cli.machine import choose_device, count_cores
from suite.cli.options import DeviceKind, DeviceName, ExecutorKind
from suite.cli.ray_program import NO_RAY
from suite.errors import SuiteError
from suite.provenance.environment import elsewhere
from suite.result import Result
from suite.task.schema import Task

if TYPE_CHECKING:
    from suite.execution.ray_executor import Cluster  # imports ray, which may not be installed


@dataclass(frozen=True)
class Place:
    """This machine, with so many `processes` at a time, or a cluster."""

    processes: int
    cluster: Cluster | None = None

    @property
    def trials_on(self) -> Callable[..., Iterator[Result]] | None:
        """What runs trials, where this machine does not."""
        return self.cluster.results if self.cluster else None

    def slots(self) -> int:
        """How many jobs run at a time."""
        return self.cluster.slots() if self.cluster else self.processes

    def choose_device(self, name: DeviceName) -> DeviceKind:
        """The device that runs are asked to use."""
        if self.cluster and name == "auto":
            return "cuda" if self.cluster.has_gpus() else "cpu"
        return "cuda" if self.cluster and name == "cuda" else choose_device(name)

    def words(self) -> str:
        """The place, for a person."""
        if not self.cluster:
            return f"{self.processes} processes"
        nodes = self.cluster.nodes()
        return f"{len(nodes)} nodes with {sum(node['CPU'] for node in nodes):g} CPUs"

    def say_what_was_lost(self) -> None:
        """Says how often a job was lost with its worker, and which nodes do not take part."""
        if self.cluster and self.cluster.lost:
            print(
                f"{self.cluster.lost} times a job was lost with its worker or node, and tried"
                " again",
                file=sys.stderr,
            )
        if self.cluster and self.cluster.unlike():
            print(
                f"{self.cluster.unlike()} nodes took no part: their results would have other bits",
                file=sys.stderr,
            )


@contextmanager
def place_of_runs(
    executor: ExecutorKind, address: str, tasks: Sequence[Task], processes: int | None
) -> Iterator[Place]:
    """The place that the options name; at the end a cluster is left."""
    at_once = processes or count_cores()
    if executor == "local":
        yield Place(at_once)
        return
    try:
        from suite.execution.ray_executor import connect  # ray may not be installed
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise SuiteError(f"--executor ray: {NO_RAY}") from None
    with connect(address, tasks, at_once=processes) as cluster, elsewhere(cluster.describe):
        place = Place(at_once, cluster)
        print(f"on {place.words()}", file=sys.stderr)
        yield place
