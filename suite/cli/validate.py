"""The verb validate."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from suite.cli.datasets import require_data
from suite.cli.options import DEFAULT_TASKS, Names, TasksFolder, TasksFrom
from suite.cli.selection import load_tasks
from suite.errors import SuiteError
from suite.execution.commands.outcome import CommandOutcome
from suite.execution.commands.trying import require_commands, try_commands
from suite.execution.examining import Checked, examine_arms
from suite.execution.trying_loops import try_loops
from suite.plan.plan import make_plan
from suite.result import Result
from suite.task.schema import Task

NO_WEIGHTS = "; it gives no weights, so they cannot be certified"


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
    train: Annotated[
        bool,
        typer.Option(
            "--train",
            envvar="SUITE_TRAIN",
            help="Train each training loop of yours twice under its first seed, on the CPU.",
        ),
    ] = False,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """Check tasks, then train every arm on two batches on each device.

    Checks keys, names and arguments of the files first. A command runs under its first seed, from
    beginning to end, and where each metric was read is shown; with --quick only whether it can be
    started is checked. A training loop of yours is imported, and trained with --train alone.
    Nothing is stored.
    """
    if quick and train:
        raise SuiteError("--train: expected without --quick, which trains nothing")
    loaded = load_tasks(names, tasks, tasks_from)
    for task in loaded:
        make_plan(task, device="cpu")
        require_commands(task, "cpu")
    if not quick:
        require_data(loaded)
    for task in loaded:
        if not quick:
            _check(task, train=train)
        several = f", {len(task.blocks)} data sets" if task.blocks else ""
        print(
            f"{task.name}: valid, {len(task.arms)} arms{several}, {len(task.protocol.seeds)} seeds"
        )


def _check(task: Task, *, train: bool) -> None:
    """Prints what was seen of each arm: of commands first, for these need no torch."""
    if has_commands := any(arm.command for arm in task.arms.values()):
        seed = task.protocol.seeds[0]
        print(f"{task.name}: running every command under seed {seed} to its end", file=sys.stderr)
    for arm, outcome in try_commands(task, "cpu") if has_commands else ():
        print(f"{task.name} {arm}: {_describe_outcome(outcome)}")
    for checked in () if task.is_of_commands else examine_arms(task):
        print(f"{task.name} {checked.arm}: {_describe(checked, train=train)}")
    for result in try_loops(task) if train else ():
        print(f"{task.name} {result.cell}: {_describe_loop(result)}")


def _describe_outcome(outcome: CommandOutcome) -> str:
    """How long a command took, and each metric with the place where it was read."""
    metrics = (
        f"{name} {reading.value:g}{reading.form and f' ({reading.form})'}, read from"
        f" {reading.where!r}"
        for name, reading in outcome.readings.items()
    )
    return f"seed {outcome.run.seed} took {outcome.run_time_s:.1f} s; {'; '.join(metrics)}"


def _describe_loop(result: Result) -> str:
    metrics = ", ".join(f"{name} {value:g}" for name, value in result.metrics.items())
    certain = "" if "final_weights" in result.hashes else NO_WEIGHTS
    return (
        f"trained twice under seed {result.seed}, {result.run_time_s or 0.0:.1f} s each: {metrics},"
        f" the same in two processes{certain}"
    )


def _describe(checked: Checked, *, train: bool) -> str:
    if not checked.bits:
        how = "" if train else "; not trained: --train trains one seed twice, in two processes"
        return f"{checked.data}{how}"
    size = (
        "no parameters said" if checked.parameters is None else f"{checked.parameters:,} parameters"
    )
    certain = "" if checked.certified else NO_WEIGHTS
    metrics = ", ".join(checked.metrics)
    return f"{size}, {metrics}, the same in two processes on {checked.device}{certain}"
