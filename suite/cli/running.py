"""The verbs that run: run, bench, noise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.cluster import chosen_executor, device_of_runs
from suite.cli.executing import faults, print_forecast, run_plans, trained
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
    RetryAllFailed,
    RetryFailed,
    Seeds,
    StorePath,
    TasksFolder,
    TasksFrom,
    TrainerName,
    app,
)
from suite.cli.resolve import (
    device_kind,
    load_tasks,
    only,
    plan_task,
    require_data,
    stored_study,
)
from suite.cli.results import write_report
from suite.errors import SuiteError
from suite.result import DeviceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suite.execution.choose import ChosenExecutor
    from suite.plan.plan import Plan
    from suite.task.schema import Task


@app.command()
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
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            envvar="SUITE_UNTIL",
            help='"decided": add seeds until there is a verdict.',
            show_default=False,
        ),
    ] = None,
    max_seeds: Annotated[
        int,
        typer.Option(
            "--max-seeds",
            envvar="SUITE_MAX_SEEDS",
            min=6,
            help="With --until: the most seeds to run.",
        ),
    ] = 50,
    placebo: Annotated[
        str | None,
        typer.Option(
            "--placebo",
            envvar="SUITE_PLACEBO",
            metavar="ARM",
            help="Run an arm against itself under other initial weights: the noise floor.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            envvar="SUITE_DRY_RUN",
            help="Say what would run and how long it would take; run nothing.",
        ),
    ] = False,
    retry_failed: RetryFailed = False,
    retry_all_failed: RetryAllFailed = False,
    executor_name: ExecutorName = "local",
    address: Address = "auto",
) -> None:
    """Runs every arm of the tasks under every seed, but for what is stored already."""
    loaded = load_tasks(names, tasks, tasks_from)
    if placebo is not None:
        from suite.task.variants import placebo as against_itself

        loaded = [against_itself(only(loaded, "--placebo"), placebo)]
    require_data(loaded)
    executor = context.with_resource(chosen_executor(executor_name, address, loaded, processes))
    kind = device_of_runs(device, executor)
    loaded, tried = trained(loaded, kind, store, trainer, executor, dry_run=dry_run)
    if until is not None:
        _run_until_decided(loaded, until, max_seeds, kind, store, executor)
        return
    plans = [plan_task(task, seeds, kind, executor.describe) for task in loaded]
    if dry_run:
        print_forecast(plans, store, executor, tried)
        return
    all_good = run_plans(plans, store, executor, retry=faults(retry_failed, retry_all_failed))
    if placebo is not None:
        _print_noise_floor(plans[0], store)
    if not all_good:
        raise typer.Exit(1)


@app.command()
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
    executor_name: ExecutorName = "local",
    address: Address = "auto",
) -> None:
    """Runs the tasks, then writes the report: `run` and `report` in one."""
    loaded = load_tasks(names, tasks, tasks_from)
    require_data(loaded)
    executor = context.with_resource(chosen_executor(executor_name, address, loaded, processes))
    kind = device_of_runs(device, executor)
    loaded, _ = trained(loaded, kind, store, trainer, executor)
    plans = [plan_task(task, seeds, kind, executor.describe) for task in loaded]
    all_good = run_plans(plans, store, executor, retry=faults(retry_failed, retry_all_failed))
    write_report(store, output)
    if not all_good:
        raise typer.Exit(1)


@app.command()
def noise(
    name: Annotated[
        str, typer.Argument(metavar="TASK", help="Name of a task, or path to a TOML file.")
    ],
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
    trainer: TrainerName = None,
) -> None:
    """Says where the noise comes from: runs a task with one random stream varying at a time, and
    with all."""
    from suite.analysis.noise import components
    from suite.execution.choose import core_count
    from suite.execution.processes import Processes
    from suite.reports.terminal import components_table, show
    from suite.task.choices import STREAMS
    from suite.task.variants import varying

    (task,) = load_tasks([name], tasks, tasks_from)
    require_data([task])
    executor = Processes(processes or core_count())
    (task,), _ = trained([task], device_kind(device), store, trainer, executor)
    plans = {
        stream: plan_task(varying(task, stream), seeds, device_kind(device)) for stream in STREAMS
    }
    whole = plan_task(task, seeds, device_kind(device))
    all_good = run_plans([whole, *plans.values()], store, executor)
    metric = next(iter(task.metrics))
    parts = {stream: stored_study(plan, store) for stream, plan in plans.items()}
    show(
        components_table(
            components(stored_study(whole, store), parts, metric), task.metrics[metric]
        )
    )
    print(
        "Each source varied alone, the others fixed at one value: sources interact, and shares need"
        " not add up to 100%."
    )
    if not all_good:
        raise typer.Exit(1)


def _run_until_decided(
    loaded: Sequence[Task],
    until: str,
    max_seeds: int,
    device: DeviceKind,
    store: Path,
    executor: ChosenExecutor,
) -> None:
    """Adds a seed to every arm at a time until each task has its verdict; the estimates hold over
    all looks."""
    from suite.analysis.comparison import compare, is_decided
    from suite.plan.plan import make_plan
    from suite.reports.wording import phrase
    from suite.stats import FEWEST_SEEDS

    if until != "decided":
        raise SuiteError(f'--until: expected "decided", got {until!r}')
    open_questions = 0
    for task in loaded:
        for count in range(FEWEST_SEEDS, max_seeds + 1):
            plan = make_plan(task, device=device, seeds=range(count), describe=executor.describe)
            run_plans([plan], store, executor, sequential=True)
            study = stored_study(plan, store)
            words = [phrase(one) for one in compare(study) if one.metric == study.primary_metric]
            print(f"{task.name}, {count} seeds: {'; '.join(words) or 'no result'}")
            if is_decided(study):
                break
        else:
            open_questions += 1
    if open_questions:
        raise typer.Exit(1)


def _print_noise_floor(plan: Plan, store: Path) -> None:
    from suite.analysis.comparison import compare
    from suite.analysis.noise import noise_floor
    from suite.reports.terminal import floor_line
    from suite.reports.wording import phrase

    study = stored_study(plan, store)
    first, again = study.task.arms
    for name, metric in study.task.metrics.items():
        a, b = study.summary(first, name), study.summary(again, name)
        if a and b:
            print(f"{name}: {floor_line(first, noise_floor(a, b), metric)}")
    for one in compare(study):
        print(f"{one.metric}: {first} against itself: {phrase(one)}")
