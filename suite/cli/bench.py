"""The verb bench."""

from __future__ import annotations

import typer

from suite.cli.cluster import chosen_executor, device_of_runs
from suite.cli.datasets import require_data
from suite.cli.execution import choose_faults, run_plans
from suite.cli.options import (
    DEFAULT_OUTPUT,
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Address,
    Device,
    ExecutorName,
    Names,
    OutputPath,
    Processes,
    Repeat,
    RetryAllFailed,
    RetryFailed,
    Seeds,
    StorePath,
    TasksFolder,
    TasksFrom,
    TrainerName,
)
from suite.cli.report import write_report
from suite.cli.selection import load_tasks, plan_task
from suite.cli.trainers import choose_trainers


def bench(
    context: typer.Context,
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    output: OutputPath = DEFAULT_OUTPUT,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
    trainer: TrainerName = None,
    retry_failed: RetryFailed = False,
    retry_all_failed: RetryAllFailed = False,
    repeat: Repeat = True,
    executor_name: ExecutorName = "local",
    address: Address = "auto",
) -> None:
    """Run the tasks, then write the report: `run` and `report` in one."""
    loaded = load_tasks(names, tasks, tasks_from)
    require_data(loaded)
    executor = context.with_resource(chosen_executor(executor_name, address, loaded, processes))
    kind = device_of_runs(device, executor)
    loaded, _ = choose_trainers(loaded, kind, store, trainer, executor)
    plans = [plan_task(task, seeds, kind, executor.describe) for task in loaded]
    retry = choose_faults(retry_failed=retry_failed, retry_all_failed=retry_all_failed)
    all_ok = run_plans(plans, store, executor, retry=retry, repeat=repeat)
    write_report(store, output, command="bench")
    if not all_ok:
        raise typer.Exit(1)
