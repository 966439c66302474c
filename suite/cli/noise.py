"""The verb noise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from suite.analysis.noise import noise_components
from suite.analysis.studies import read_study
from suite.cli.datasets import require_data
from suite.cli.execution import run_plans
from suite.cli.machine import choose_device
from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    Processes,
    Seeds,
    StorePath,
    TasksFolder,
    TasksFrom,
    TrainerName,
)
from suite.cli.selection import load_tasks, plan_task
from suite.cli.trainers import choose_trainers
from suite.execution import processes as executors
from suite.execution.choose import core_count
from suite.plan.plan import Plan
from suite.reports.terminal.analysis import components_table
from suite.reports.terminal.console import print_table
from suite.store.store import open_store
from suite.task.choices import STREAMS, Stream
from suite.task.variants import require_one_data_set, varying

INTERACT = (
    "Each source varied alone, the others fixed at one value: sources interact, and shares need not"
    " add up to 100%."
)


def noise(
    name: Annotated[
        str, typer.Argument(metavar="TASK", help="Name a task, or a path to a TOML file.")
    ],
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
    trainer: TrainerName = None,
) -> None:
    """Show how much of the noise comes from data, weights and batch order.

    Runs the task with one random stream varying at a time, and with all.
    """
    loaded = load_tasks([name], tasks, tasks_from)
    for task in loaded:
        require_one_data_set(task, "noise")
    require_data(loaded)
    kind, executor = choose_device(device), executors.Processes(processes or core_count())
    (task,), _ = choose_trainers(loaded, kind, store, trainer, executor)
    plans = {stream: plan_task(varying(task, stream), seeds, kind) for stream in STREAMS}
    whole = plan_task(task, seeds, kind)
    all_ok = run_plans([whole, *plans.values()], store, executor)
    _print_components(whole, plans, store)
    if not all_ok:
        raise typer.Exit(1)


def _print_components(whole: Plan, plans: Mapping[Stream, Plan], store: Path) -> None:
    """Prints what each stream adds to the noise of the primary metric."""
    with open_store(store) as opened:
        study = read_study(whole, opened)
        parts = {stream: read_study(plan, opened) for stream, plan in plans.items()}
    metric = study.primary_metric
    print_table(
        components_table(noise_components(study, parts, metric), study.task.metrics[metric])
    )
    print(INTERACT)
