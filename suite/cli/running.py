"""The verbs that run: run, bench, noise."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.options import (
    DEFAULT_OUTPUT,
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    Names,
    OutputPath,
    Processes,
    RetryAllFailed,
    RetryFailed,
    Seeds,
    StorePath,
    TasksFolder,
    app,
)
from suite.cli.resolve import cores, device_kind, load_tasks, only, plan_task, require_data, stored_study
from suite.cli.results import write_report
from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from suite.plan import Plan
    from suite.result import Fault
    from suite.task import Task


@app.command()
def run(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", envvar="SUITE_UNTIL", help='"decided": add seeds until there is a verdict.', show_default=False
        ),
    ] = None,
    max_seeds: Annotated[
        int, typer.Option("--max-seeds", envvar="SUITE_MAX_SEEDS", min=6, help="With --until: the most seeds to run.")
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
            "--dry-run", envvar="SUITE_DRY_RUN", help="Say what would run and how long it would take; run nothing."
        ),
    ] = False,
    retry_failed: RetryFailed = False,
    retry_all_failed: RetryAllFailed = False,
) -> None:
    """Runs every arm of the tasks under every seed, but for what is stored already."""
    loaded = load_tasks(names, tasks)
    if placebo is not None:
        from suite.derived import placebo as against_itself

        loaded = [against_itself(only(loaded, "--placebo"), placebo)]
    plans = [plan_task(task, seeds, device_kind(device)) for task in loaded]
    require_data(plans)
    if until is not None:
        _run_until_decided(loaded, until, max_seeds, device_kind(device), store, processes or cores())
        return
    if dry_run:
        _print_forecast(plans, store, processes or cores())
        return
    all_good = run_plans(plans, store, processes or cores(), retry=faults(retry_failed, retry_all_failed))
    if placebo is not None:
        _print_noise_floor(plans[0], store)
    if not all_good:
        raise typer.Exit(1)


@app.command()
def bench(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    output: OutputPath = DEFAULT_OUTPUT,
    tasks: TasksFolder = DEFAULT_TASKS,
    retry_failed: RetryFailed = False,
    retry_all_failed: RetryAllFailed = False,
) -> None:
    """Runs the tasks, then writes the report: `run` and `report` in one."""
    plans = [plan_task(task, seeds, device_kind(device)) for task in load_tasks(names, tasks)]
    require_data(plans)
    all_good = run_plans(plans, store, processes or cores(), retry=faults(retry_failed, retry_all_failed))
    write_report(store, output)
    if not all_good:
        raise typer.Exit(1)


@app.command()
def noise(
    name: Annotated[str, typer.Argument(metavar="TASK", help="Name of a task, or path to a TOML file.")],
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
) -> None:
    """Says where the noise comes from: runs a task with one random stream varying at a time, and with all."""
    from suite.derived import STREAMS, varying
    from suite.noise import components
    from suite.terminal import components_table, show

    (task,) = load_tasks([name], tasks)
    plans = {stream: plan_task(varying(task, stream), seeds, device_kind(device)) for stream in STREAMS}
    whole = plan_task(task, seeds, device_kind(device))
    require_data([whole])
    all_good = run_plans([whole, *plans.values()], store, processes or cores())
    metric = next(iter(task.metrics))
    parts = {stream: stored_study(plan, store) for stream, plan in plans.items()}
    show(components_table(components(stored_study(whole, store), parts, metric), task.metrics[metric]))
    print(
        "Each source varied alone, the others fixed at one value: sources interact, and shares need not add up to 100%."
    )
    if not all_good:
        raise typer.Exit(1)


def faults(retry_failed: bool, retry_all_failed: bool) -> tuple[Fault, ...]:
    """The faults by which a run failed that is to be run again."""
    return ("arm", "outside") if retry_all_failed else ("outside",) if retry_failed else ()


def run_plans(
    plans: Sequence[Plan], store: Path, processes: int, *, retry: Collection[Fault] = (), sequential: bool = False
) -> bool:
    """Runs what is not stored yet and says so. True where every run that was executed is ok."""
    from suite.runner import note_plan, progress, remaining, run
    from suite.store import open_store
    from suite.terminal import follow

    with open_store(store, create=True) as opened:
        since = opened.newest()
        rest = [remaining(plan, opened, retry=retry) for plan in plans]
        for plan in plans:
            note_plan(plan, opened, sequential=sequential)
        total = sum(plan.run_count for plan in rest)
        print(f"{total} runs to do, {sum(plan.run_count for plan in plans) - total} stored already", file=sys.stderr)
        with signals() as received:
            counts = follow(run(rest, opened, processes=processes, since=since, stopped=lambda: bool(received)), rest)
        if received:
            raise SystemExit(128 + received[0])
        stored = [counted for plan in plans for counted in progress(plan, opened).values()]
    done = ", ".join(f"{number} {status}" for status, number in counts.items())
    print(f"executed {sum(counts.values())} runs: {done or 'nothing was left to do'}")
    failed, diverged = (sum(one[status] for one in stored) for status in ("failed", "diverged"))
    if failed > counts.get("failed", 0):
        print(
            f"{failed} failed runs are stored; --retry-failed runs again what was killed, timed out or lacked memory, --retry-all-failed all",
            file=sys.stderr,
        )
    return not failed and not diverged


def _run_until_decided(
    loaded: Sequence[Task], until: str, max_seeds: int, device: str, store: Path, processes: int
) -> None:
    """Adds a seed to every arm at a time until each task has its verdict; the estimates hold over all looks."""
    from suite.comparison import compare, is_decided
    from suite.plan import make_plan
    from suite.report.words import phrase
    from suite.statistics import FEWEST_SEEDS

    if until != "decided":
        raise SuiteError(f'--until: expected "decided", got {until!r}')
    open_questions = 0
    for task in loaded:
        for count in range(FEWEST_SEEDS, max_seeds + 1):
            plan = make_plan(task, device=device, seeds=range(count))
            run_plans([plan], store, processes, sequential=True)
            study = stored_study(plan, store)
            words = [phrase(one) for one in compare(study) if one.metric == study.primary_metric]
            print(f"{task.name}, {count} seeds: {'; '.join(words) or 'no result'}")
            if is_decided(study):
                break
        else:
            open_questions += 1
    if open_questions:
        raise typer.Exit(1)


@contextmanager
def signals() -> Iterator[list[int]]:
    """Collects Ctrl-C and SIGTERM, for the loop to end at its next step: an exception from nowhere can get lost. A second
    signal does not wait."""
    received: list[int] = []

    def receive(number: int, _: object) -> None:
        if received:
            raise SystemExit(128 + number)
        received.append(number)

    previous = {number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _print_noise_floor(plan: Plan, store: Path) -> None:
    from suite.comparison import compare
    from suite.noise import noise_floor
    from suite.report.words import phrase
    from suite.terminal import floor_line

    study = stored_study(plan, store)
    first, again = study.task.arms
    for name, metric in study.task.metrics.items():
        a, b = study.summary(first, name), study.summary(again, name)
        if a and b:
            print(f"{name}: {floor_line(first, noise_floor(a, b), metric)}")
    for one in compare(study):
        print(f"{one.metric}: {first} against itself: {phrase(one)}")


def _print_forecast(plans: Sequence[Plan], path: Path, processes: int) -> None:
    from suite.runner import forecast, remaining, tried_out_s
    from suite.store import open_store

    known: dict[str, float] = {}
    if path.is_file():
        with open_store(path) as store:
            plans = [remaining(plan, store) for plan in plans]
            known = store.run_times_s()
    total_s = 0.0
    for plan in plans:
        for arm, (runs, seconds) in forecast(plan, known).items():
            job = next(job for job in plan.jobs if job.arm == arm)
            if seconds is None and (tried := tried_out_s(job)) is not None:
                seconds = tried * sum(other.arm == arm for other in plan.jobs)
            total_s += seconds or 0.0
            time = (
                "time unknown: a try of two epochs failed"
                if seconds is None
                else f"about {seconds:.0f} s of one process"
            )
            print(f"{plan.task.name} {arm}: {runs} runs, {time}")
    runs = sum(plan.run_count for plan in plans)
    print(f"{runs} runs, about {total_s / processes / 60:.1f} minutes in {processes} processes; nothing was stored")
