"""Where runs take place: this machine or a Ray cluster; and the verbs that make a machine part of
one."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeGuard

import typer

from suite.cli.options import app
from suite.cli.resolve import device_kind
from suite.errors import SuiteError
from suite.result import DeviceKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from suite.execution.choose import ChosenExecutor
    from suite.execution.ray_executor import RayCluster
    from suite.task.schema import Task

RAY_OPTIONS = {"allow_extra_args": True, "ignore_unknown_options": True}


@contextmanager
def chosen_executor(
    name: str, address: str, tasks: Sequence[Task], processes: int | None
) -> Iterator[ChosenExecutor]:
    """The executor that the options name; at the end a cluster is left."""
    from suite.execution.choose import open_executor

    with open_executor(name, tasks, slots=processes, address=address) as executor:
        if is_cluster(executor):
            print(f"on {in_words(executor)}", file=sys.stderr)
        yield executor


def is_cluster(executor: ChosenExecutor) -> TypeGuard[RayCluster]:
    """Whether jobs run on other machines."""
    from suite.execution.processes import Processes

    return not isinstance(executor, Processes)


def device_of_runs(name: str, executor: ChosenExecutor) -> DeviceKind:
    """cpu or cuda: what runs are asked to use."""
    if is_cluster(executor) and name == "auto":
        return "cuda" if executor.census.has_gpus() else "cpu"
    return "cuda" if is_cluster(executor) and name == "cuda" else device_kind(name)


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
    from suite.execution.choose import NO_RAY

    program = Path(sys.executable).with_name("ray")
    if not program.is_file():
        raise SuiteError(f"ray: {NO_RAY}")
    os.execv(program, [str(program), "start", "--block", "--disable-usage-stats", *options])  # noqa: S606
