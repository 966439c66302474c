"""The verb validate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.datasets import require_data
from suite.cli.options import DEFAULT_TASKS, Names, TasksFolder, TasksFrom
from suite.cli.selection import load_tasks
from suite.plan.plan import make_plan
from suite.task.schema import Task

if TYPE_CHECKING:
    from suite.execution.preflight import Checked


def validate(
    names: Names = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            envvar="SUITE_QUICK",
            help="Check only the files and the names in them. Build nothing.",
        ),
    ] = False,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """Check tasks, then train every arm on two batches on each device.

    Checks keys, names and arguments of the files first.
    """
    loaded = load_tasks(names, tasks, tasks_from)
    for task in loaded:
        make_plan(task, device="cpu")
    if not quick:
        require_data(loaded)
    for task in loaded:
        for checked in () if quick else _check_arms(task):
            print(f"{task.name} {checked.arm}: {_describe(checked)}")
        several = f", {len(task.blocks)} data sets" if task.blocks else ""
        print(
            f"{task.name}: valid, {len(task.arms)} arms{several}, {len(task.protocol.seeds)} seeds"
        )


def _check_arms(task: Task) -> Iterator[Checked]:
    """What was seen of each arm on each device."""
    from suite.execution.preflight import devices, examine  # trains, which --quick does not

    for device in devices():
        yield from examine(task, device)


def _describe(checked: Checked) -> str:
    size = (
        "no parameters said" if checked.parameters is None else f"{checked.parameters:,} parameters"
    )
    certain = "" if checked.certified else "; it gives no weights, so they cannot be certified"
    return f"{size}, {', '.join(checked.metrics)}, the same twice on {checked.device}{certain}"
