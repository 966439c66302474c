"""The verbs that run: run, bench, noise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.cluster import Place, place_of_runs
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
    cores,
    device_kind,
    load_tasks,
    only,
    plan_task,
    require_data,
    stored_study,
)
from suite.cli.results import write_report
from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    executor: ExecutorName = "local",
    address: Address = "auto",
) -> None:
    """Runs every arm of the tasks under every seed, but for what is stored already."""
    loaded = load_tasks(names, tasks, tasks_from)
    if placebo is not None:
        from suite.task.variants import placebo as against_itself

        loaded = [against_itself(only(loaded, "--placebo"), placebo)]
    require_data(loaded)
    place = context.with_resource(place_of_runs(executor, address, loaded, processes))
    kind = place.device_kind(device)
    loaded, tried = trained(loaded, kind, store, trainer, place, dry_run=dry_run)
    if until is not None:
        _run_until_decided(loaded, until, max_seeds, kind, store, place)
        return
    plans = [plan_task(task, seeds, kind) for task in loaded]
    if dry_run:
        print_forecast(plans, store, place, tried)
        return
    all_good = run_plans(plans, store, place, retry=faults(retry_failed, retry_all_failed))
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
    executor: ExecutorName = "local",
    address: Address = "auto",
) -> None:
    """Runs the tasks, then writes the report: `run` and `report` in one."""
    loaded = load_tasks(names, tasks, tasks_from)
    require_data(loaded)
    place = context.with_resource(place_of_runs(executor, address, loaded, processes))
    kind = place.device_kind(device)
    loaded, _ = trained(loaded, kind, store, trainer, place)
    plans = [plan_task(task, seeds, kind) for task in loaded]
    all_good = run_plans(plans, store, place, retry=faults(retry_failed, retry_all_failed))
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
    from suite.analysis.noise import noise_components
    from suite.reports.terminal import print_table
    from suite.reports.terminal_report import components_table
    from suite.task.variants import STREAMS, varying

    (task,) = load_tasks([name], tasks, tasks_from)
    require_data([task])
    place = Place(processes or cores())
    (task,), _ = trained([task], device_kind(device), store, trainer, place)
    plans = {
        stream: plan_task(varying(task, stream), seeds, device_kind(device)) for stream in STREAMS
    }
    whole = plan_task(task, seeds, device_kind(device))
    all_good = run_plans([whole, *plans.values()], store, place)
    metric = next(iter(task.metrics))
    parts = {stream: stored_study(plan, store) for stream, plan in plans.items()}
    print_table(
        components_table(
            noise_components(stored_study(whole, store), parts, metric), task.metrics[metric]
        )
    )
    print(
        "Each source varied alone, the others fixed at one value: sources interact, and shares need"
        " not add up to 100%."
    )
    if not all_good:
        raise typer.Exit(1)


def _run_until_decided(
    loaded: Sequence[Task], until: str, max_seeds: int, device: str, store: Path, place: Place
) -> None:
    """Adds a seed to every arm at a time until each task has its verdict; the estimates hold over
    all looks."""
    from suite.analysis.compare_study import compare_study, is_decided
    from suite.plan.plan import make_plan
    from suite.reports.wording import phrase
    from suite.stats import FEWEST_SEEDS

    if until != "decided":
        raise SuiteError(f'--until: expected "decided", got {until!r}')
    open_questions = 0
    for task in loaded:
        for count in range(FEWEST_SEEDS, max_seeds + 1):
            plan = make_plan(task, device=device, seeds=range(count))
            run_plans([plan], store, place, sequential=True)
            study = stored_study(plan, store)
            words = [
                phrase(one) for one in compare_study(study) if one.metric == study.primary_metric
            ]
            print(f"{task.name}, {count} seeds: {'; '.join(words) or 'no result'}")
            if is_decided(study):
                break
        else:
            open_questions += 1
    if open_questions:
        raise typer.Exit(1)


def _print_noise_floor(plan: Plan, store: Path) -> None:
    from suite.analysis.compare_study import compare_study
    from suite.analysis.noise import noise_floor
    from suite.reports.terminal_report import noise_floor_line
    from suite.reports.wording import phrase

    study = stored_study(plan, store)
    first, again = study.task.arms
    for name, metric in study.task.metrics.items():
        a, b = study.summary(first, name), study.summary(again, name)
        if a and b:
            print(f"{name}: {noise_floor_line(first, noise_floor(a, b), metric)}")
    for one in compare_study(study):
        print(f"{one.metric}: {first} against itself: {phrase(one)}")
