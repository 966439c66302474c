"""The verbs that run: run, bench, noise."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.cluster import Place, place_of_runs
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
from suite.cli.resolve import cores, device_kind, load_tasks, only, plan_task, require_data, stored_study
from suite.cli.results import write_report
from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Sequence

    from suite.plan import Job, Plan
    from suite.result import Fault, Result
    from suite.store import Store
    from suite.task import Task
    from suite.task import Trainer as TaskTrainer
    from suite.trials import Trial


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
    executor: ExecutorName = "local",
    address: Address = "auto",
) -> None:
    """Runs every arm of the tasks under every seed, but for what is stored already."""
    loaded = load_tasks(names, tasks, tasks_from)
    if placebo is not None:
        from suite.derived import placebo as against_itself

        loaded = [against_itself(only(loaded, "--placebo"), placebo)]
    require_data(loaded)
    place = context.with_resource(place_of_runs(executor, address, loaded, processes))
    kind = place.device_kind(device)
    loaded = trained(loaded, kind, store, trainer, place, dry_run=dry_run)
    if until is not None:
        _run_until_decided(loaded, until, max_seeds, kind, store, place)
        return
    plans = [plan_task(task, seeds, kind) for task in loaded]
    if dry_run:
        _print_forecast(plans, store, place)
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
    loaded = trained(loaded, kind, store, trainer, place)
    plans = [plan_task(task, seeds, kind) for task in loaded]
    all_good = run_plans(plans, store, place, retry=faults(retry_failed, retry_all_failed))
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
    tasks_from: TasksFrom = None,
    trainer: TrainerName = None,
) -> None:
    """Says where the noise comes from: runs a task with one random stream varying at a time, and with all."""
    from suite.derived import STREAMS, varying
    from suite.noise import components
    from suite.terminal import components_table, show

    (task,) = load_tasks([name], tasks, tasks_from)
    require_data([task])
    place = Place(processes or cores())
    (task,) = trained([task], device_kind(device), store, trainer, place)
    plans = {stream: plan_task(varying(task, stream), seeds, device_kind(device)) for stream in STREAMS}
    whole = plan_task(task, seeds, device_kind(device))
    all_good = run_plans([whole, *plans.values()], store, place)
    metric = next(iter(task.metrics))
    parts = {stream: stored_study(plan, store) for stream, plan in plans.items()}
    show(components_table(components(stored_study(whole, store), parts, metric), task.metrics[metric]))
    print(
        "Each source varied alone, the others fixed at one value: sources interact, and shares need not add up to 100%."
    )
    if not all_good:
        raise typer.Exit(1)


def trained(
    loaded: Sequence[Task], device: str, store: Path, forced: str | None, place: Place, *, dry_run: bool = False
) -> list[Task]:
    """The tasks with a trainer for every arm that leaves the choice: the one that is forced, that of the task's last plan, or
    the faster one, which is measured now and said."""
    from suite.derived import with_trainers
    from suite.store import open_store

    forceable: dict[str, TaskTrainer] = {"autograd": "autograd", "vectorized": "vectorized"}
    if forced is not None:
        if forced not in forceable:
            raise SuiteError(f"--trainer: expected {' or '.join(forceable)}, got {forced!r}")
        return [with_trainers(task, dict.fromkeys(task.arms, forceable[forced])) for task in loaded]
    with nullcontext() if dry_run and not store.is_file() else open_store(store, create=not dry_run) as opened:
        return [_with_fastest(task, device, opened, place, dry_run=dry_run) for task in loaded]


def _with_fastest(task: Task, device: str, store: Store | None, place: Place, *, dry_run: bool) -> Task:
    from suite.derived import with_trainers
    from suite.trials import settled, trials

    task = settled(task, device, store) if store else task
    open_arms = [arm for arm, one in task.arms.items() if one.trainer == "auto"]
    noted = None if dry_run else store
    found = trials(task, open_arms, device, noted, processes=place.slots(), on=place.trials_on)
    for arm, trial in found.items():
        print(f"{task.name} {arm}: trainer {trial.trainer}, for {trial.why}", file=sys.stderr)
    return with_trainers(task, {arm: trial.trainer for arm, trial in found.items()})


def faults(retry_failed: bool, retry_all_failed: bool) -> tuple[Fault, ...]:
    """The faults by which a run failed that is to be run again."""
    return ("arm", "outside") if retry_all_failed else ("outside",) if retry_failed else ()


def run_plans(
    plans: Sequence[Plan], store: Path, place: Place, *, retry: Collection[Fault] = (), sequential: bool = False
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
        fit, on = _what_fits(rest, opened, place)
        with signals() as received:
            results = run(rest, opened, processes=fit, since=since, stopped=lambda: bool(received), on=on)
            counts = follow(results, rest)
        place.say_what_was_lost()
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


def _what_fits(
    plans: Sequence[Plan], store: Store, place: Place
) -> tuple[int, Callable[..., Generator[list[Result]]] | None]:
    """As many jobs at a time as were asked for, or as the free memory allows, and the cluster's executor, if it is one: there
    every job says what memory it needs."""
    from suite.trials import available_bytes, fitting, trials

    slots = place.slots()
    needs: list[tuple[Job, int]] = []
    found: dict[tuple[str, str], Trial] = {}
    for plan in plans:
        rest = plan.divided(slots)
        arms = dict.fromkeys(job.arm for job in rest.jobs)
        tried = trials(plan.task, arms, plan.device, store, processes=slots, on=place.trials_on)
        found |= {(plan.task.name, arm): trial for arm, trial in tried.items()}
        needs += [(job, tried[job.arm].job_bytes(job)) for job in rest.jobs]
    if place.cluster is not None:
        return slots, partial(
            place.cluster.execute,
            memory_bytes=lambda job: found[job.task, job.arm].job_bytes(job),
            job_s=lambda job: found[job.task, job.arm].job_s(job.settings.epochs) or float("inf"),
        )
    fit = fitting(slots, needs, available_bytes())
    if fit < slots:
        print(f"{fit} processes at a time, for more would not fit into the free memory", file=sys.stderr)
    return fit, None


def _run_until_decided(
    loaded: Sequence[Task], until: str, max_seeds: int, device: str, store: Path, place: Place
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
            run_plans([plan], store, place, sequential=True)
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


def _print_forecast(plans: Sequence[Plan], path: Path, place: Place) -> None:
    """What is left to do, how long it would take, how much memory, and on a cluster how many core hours."""
    from suite.runner import remaining
    from suite.store import open_store
    from suite.trials import trials

    total_s, core_s, largest, slots = 0.0, 0.0, 0, place.slots()
    with open_store(path) if path.is_file() else nullcontext() as store:
        for plan in plans:
            rest = (remaining(plan, store) if store else plan).divided(slots)
            arms = list(dict.fromkeys(job.arm for job in rest.jobs))
            found = trials(plan.task, arms, plan.device, None, processes=slots, on=place.trials_on)
            for arm in arms:
                jobs = [job for job in rest.jobs if job.arm == arm]
                each_s, memory = (
                    found[arm].job_s(jobs[0].settings.epochs),
                    max(found[arm].job_bytes(job) for job in jobs),
                )
                total_s, largest = total_s + (each_s or 0.0) * len(jobs), max(largest, memory)
                core_s += (each_s or 0.0) * len(jobs) * jobs[0].settings.threads
                time = "time unknown: its trial failed" if each_s is None else f"about {each_s:.1f} s each"
                runs = sum(len(job.seeds) for job in jobs)
                print(f"{plan.task.name} {arm}: {runs} runs in {len(jobs)} jobs, {time}, {memory / 2**20:.0f} MiB")
    asked = f"{sum(plan.run_count for plan in plans)} runs asked for; what is left takes about"
    if place.cluster is not None:
        minutes = core_s / slots / 60
        print(f"{asked} {minutes:.1f} minutes on {place.words()}: {core_s / 3600:.2f} core hours; nothing was stored")
        return
    print(
        f"{asked} {total_s / slots / 60:.1f} minutes and up to {slots * largest / 2**20:.0f} MiB in {place.words()};"
        " nothing was stored"
    )
