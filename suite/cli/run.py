"""The verb run."""

from __future__ import annotations

from typing import Annotated

import typer

from suite.cli.cluster import chosen_executor, device_of_runs
from suite.cli.datasets import require_data
from suite.cli.execution import choose_faults, run_plans
from suite.cli.forecast import print_forecast
from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Address,
    Device,
    ExecutorName,
    MaxSeeds,
    Names,
    Processes,
    Repeat,
    RetryAllFailed,
    RetryFailed,
    Seeds,
    SequenceOption,
    StorePath,
    TasksFolder,
    TasksFrom,
    TrainerName,
    Until,
    require_until,
)
from suite.cli.selection import load_tasks, plan_task, require_one_task
from suite.cli.trainers import choose_trainers
from suite.task.sequences import with_sequence
from suite.task.variants import placebo as make_placebo
from suite.task.variants import require_one_data_set, require_runs_here

Placebo = Annotated[
    str | None,
    typer.Option(
        "--placebo",
        envvar="SUITE_PLACEBO",
        metavar="ARM",
        help="Run this arm against itself with other initial weights, to measure the noise.",
        show_default=False,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        envvar="SUITE_DRY_RUN",
        help="Say what would run and how long it would take. Store nothing.",
    ),
]


def run(
    context: typer.Context,
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
    trainer: TrainerName = None,
    until: Until = None,
    sequence: SequenceOption = None,
    max_seeds: MaxSeeds = 50,
    placebo: Placebo = None,
    dry_run: DryRun = False,
    retry_failed: RetryFailed = False,
    retry_all_failed: RetryAllFailed = False,
    repeat: Repeat = True,
    executor_name: ExecutorName = "local",
    address: Address = "auto",
) -> None:
    """Run every arm with every seed, skipping runs already stored."""
    loaded = load_tasks(names, tasks, tasks_from)
    if placebo is not None:
        loaded = [make_placebo(require_one_task(loaded, "--placebo"), placebo)]
    require_until(sequence, until)
    loaded = [with_sequence(task, sequence) for task in loaded]
    if until is not None:
        for task in loaded:
            require_runs_here(task, "--until decided")
            require_one_data_set(task, "--until decided")  # more seeds do not settle several
    require_data(loaded)
    executor = context.with_resource(chosen_executor(executor_name, address, loaded, processes))
    kind = device_of_runs(device, executor)
    loaded, trials = choose_trainers(loaded, kind, store, trainer, executor, dry_run=dry_run)
    if until is not None:
        from suite.cli.until_decided import run_until_decided  # SciPy, which few runs need

        if not run_until_decided(loaded, max_seeds, kind, store, executor, repeat=repeat):
            raise typer.Exit(1)
        return
    plans = [plan_task(task, seeds, kind, executor.describe) for task in loaded]
    if dry_run:
        print_forecast(plans, store, executor, trials)
        return
    retry = choose_faults(retry_failed=retry_failed, retry_all_failed=retry_all_failed)
    all_ok = run_plans(plans, store, executor, retry=retry, repeat=repeat)
    if placebo is not None:
        from suite.cli.noise_floor import print_noise_floor  # SciPy, which few runs need

        print_noise_floor(plans[0], store)
    if not all_ok:
        raise typer.Exit(1)
