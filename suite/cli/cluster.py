"""Where runs take place: this machine or a Ray cluster; and the verbs that make a machine part of
one."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.options import app
from suite.cli.resolve import cores, device_kind
from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from suite.execution.ray_executor import Cluster
    from suite.result import DeviceKind, Result
    from suite.task.schema import Task

NO_RAY = "expected the package ray, found none; install suite[ray]"
RAY_OPTIONS = {"allow_extra_args": True, "ignore_unknown_options": True}


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

    def device_kind(self, name: str) -> DeviceKind:
        """cpu or cuda: what runs are asked to use."""
        if self.cluster and name == "auto":
            return "cuda" if self.cluster.has_gpus() else "cpu"
        return "cuda" if self.cluster and name == "cuda" else device_kind(name)

    def words(self) -> str:
        """The place, for a person."""
        if not self.cluster:
            return f"{self.processes} processes"
        nodes = self.cluster.nodes()
        return f"{len(nodes)} nodes with {sum(one['CPU'] for one in nodes):g} CPUs"

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
    executor: str, address: str, tasks: Sequence[Task], processes: int | None
) -> Iterator[Place]:
    """The place that the options name; at the end a cluster is left."""
    if executor == "local":
        yield Place(processes or cores())
        return
    if executor != "ray":
        raise SuiteError(f"--executor: expected local or ray, got {executor!r}")
    try:
        from suite.execution.ray_executor import connect
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise SuiteError(f"--executor ray: {NO_RAY}") from None
    from suite.provenance.environment import elsewhere

    with connect(address, tasks, at_once=processes) as cluster, elsewhere(cluster.describe):
        place = Place(processes or cores(), cluster)
        print(f"on {place.words()}", file=sys.stderr)
        yield place


@app.command("ray-head", context_settings=RAY_OPTIONS)
def ray_head(context: typer.Context) -> None:
    """Makes this machine the head of a Ray cluster, until it is stopped. Takes the options of `ray
    start`."""
    _become_ray("--head", *context.args)


@app.command("ray-worker", context_settings=RAY_OPTIONS)
def ray_worker(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Of the head.")],
) -> None:
    """Makes this machine a node of a Ray cluster, until it is stopped. Takes the options of `ray
    start`."""
    _become_ray("--address", address, *context.args)


def _become_ray(*options: str) -> None:
    program = Path(sys.executable).with_name("ray")
    if not program.is_file():
        raise SuiteError(f"ray: {NO_RAY}")
    os.execv(program, [str(program), "start", "--block", "--disable-usage-stats", *options])  # noqa: S606
