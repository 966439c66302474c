"""The verb validate."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from suite.cli.datasets import require_data
from suite.cli.options import DEFAULT_TASKS, Names, TasksFolder, TasksFrom
from suite.cli.selection import load_tasks
from suite.execution.commands.outcome import CommandOutcome
from suite.execution.commands.trying import require_commands, try_commands
from suite.execution.examining import Checked, examine_arms
from suite.plan.plan import make_plan
from suite.task.schema import Task


def validate(
    names: Names = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            envvar="SUITE_QUICK",
            help="Check only the files and the names in them. Build and run nothing.",
        ),
    ] = False,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """Check tasks, then train every arm on two batches on each device.

    Checks keys, names and arguments of the files first. A command runs under its first seed, from
    beginning to end, and where each metric was read is shown; with --quick only whether it can be
    started is checked. Nothing is stored.
    """
    loaded = load_tasks(names, tasks, tasks_from)
    for task in loaded:
        make_plan(task, device="cpu")
        require_commands(task, "cpu")
    if not quick:
        require_data(loaded)
    for task in loaded:
        if not quick:
            _check(task)
        several = f", {len(task.blocks)} data sets" if task.blocks else ""
        print(
            f"{task.name}: valid, {len(task.arms)} arms{several}, {len(task.protocol.seeds)} seeds"
        )


def _check(task: Task) -> None:
    """Prints what was seen of each arm: of commands first, for these need no torch."""
    if has_commands := any(arm.command for arm in task.arms.values()):
        seed = task.protocol.seeds[0]
        print(f"{task.name}: running every command under seed {seed} to its end", file=sys.stderr)
    for arm, outcome in try_commands(task, "cpu") if has_commands else ():
        print(f"{task.name} {arm}: {_describe_outcome(outcome)}")
    for checked in () if task.is_of_commands else examine_arms(task):
        print(f"{task.name} {checked.arm}: {_describe(checked)}")


def _describe_outcome(outcome: CommandOutcome) -> str:
    """How long a command took, and each metric with the place where it was read."""
    metrics = (
        f"{name} {reading.value:g}{reading.form and f' ({reading.form})'}, read from"
        f" {reading.where!r}"
        for name, reading in outcome.readings.items()
    )
    return f"seed {outcome.run.seed} took {outcome.run_time_s:.1f} s; {'; '.join(metrics)}"


def _describe(checked: Checked) -> str:
    size = (
        "no parameters said" if checked.parameters is None else f"{checked.parameters:,} parameters"
    )
    certain = "" if checked.certified else "; it gives no weights, so they cannot be certified"
    return f"{size}, {', '.join(checked.metrics)}, the same twice on {checked.device}{certain}"
