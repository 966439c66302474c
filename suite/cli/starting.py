"""The verbs with which a comparison begins: init writes one, validate checks it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.options import DEFAULT_TASKS, Names, TasksFolder, TasksFrom, app
from suite.cli.resolve import load_tasks, require_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suite.execution.preflight import Checked
    from suite.task.schema import Task


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A new folder; its name is the task's.")
    ],
) -> None:
    """Writes a new comparison into a folder: a task with comments, its models, and a README."""
    from suite.task.scaffold import init as write

    for path in write(folder):
        print(f"wrote {path}")
    print(f"next: suite validate {folder}/ && suite run {folder}/ && suite report")


@app.command()
def validate(
    names: Names = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            envvar="SUITE_QUICK",
            help="Only the files and the names in them; build nothing.",
        ),
    ] = False,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """Checks tasks: keys, names and arguments; then builds every arm and trains it on two batches,
    on each device that is here."""
    from suite.plan.plan import make_plan

    loaded = load_tasks(names, tasks, tasks_from)
    for task in loaded:
        make_plan(task, device="cpu")
    if not quick:
        require_data(loaded)
    for task in loaded:
        for checked in () if quick else _examined(task):
            print(f"{task.name} {checked.arm}: {_in_words(checked)}")
        print(f"{task.name}: valid, {len(task.arms)} arms, {len(task.protocol.seeds)} seeds")


def _examined(task: Task) -> Iterator[Checked]:
    from suite.execution.preflight import devices, examine

    for device in devices():
        yield from examine(task, device)


def _in_words(checked: Checked) -> str:
    size = (
        "no parameters said" if checked.parameters is None else f"{checked.parameters:,} parameters"
    )
    certain = "" if checked.certified else "; it gives no weights, so they cannot be certified"
    return f"{size}, {', '.join(checked.metrics)}, the same twice on {checked.device}{certain}"
