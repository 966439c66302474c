"""What a dry run says: what is left to do, how long it would take, and how much memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from suite.cli.cluster import in_words, is_cluster
from suite.execution.autotune import trials
from suite.execution.choose import ChosenExecutor
from suite.execution.runner import remaining
from suite.execution.trial import Trial, Trials
from suite.plan.job import Job
from suite.plan.plan import Plan
from suite.plan.recorded_files import with_recorded_files
from suite.result import cell_name
from suite.store.store import Store, open_store
from suite.task.arms import Arm


@dataclass(frozen=True)
class Forecast:
    """What is left to do of an arm. `job_s`: of one job; None where that is not known.

    `arm`: with the data set, where there are several. `unknown`: why a time is not known.
    """

    task: str
    arm: str
    runs: int
    jobs: int
    job_s: float | None
    memory_bytes: int
    threads: int
    unknown: str = "its trial failed"

    @property
    def total_s(self) -> float:
        """Seconds that all of its jobs take, one after another."""
        return (self.job_s or 0.0) * self.jobs


def print_forecast(
    plans: Sequence[Plan], store: Path, executor: ChosenExecutor, made: Trials
) -> None:
    """Says for every arm what is left to do, and the sum.

    `made`: trials that need not be made again.
    """
    forecasts: list[Forecast] = []
    for forecast in _forecast_arms(plans, store, executor, made):
        print(_arm_line(forecast))
        forecasts.append(forecast)
    print(_sum_line(sum(plan.run_count for plan in plans), forecasts, executor))


def _forecast_arms(
    plans: Sequence[Plan], store: Path, executor: ChosenExecutor, made: Trials
) -> Iterator[Forecast]:
    with open_store(store) if store.is_file() else nullcontext() as opened:
        today = [with_recorded_files(plan, opened) if opened else plan for plan in plans]
        for plan in today:
            rest = (remaining(plan, opened) if opened else plan).divided(executor.slots)
            for block in dict.fromkeys(job.block for job in rest.jobs):
                by_arm: dict[str, list[Job]] = {}
                for job in rest.jobs:
                    if job.block == block:
                        by_arm.setdefault(job.arm, []).append(job)
                models = [arm for arm in by_arm if _is_tried(plan.task.arms[arm])]
                by_trial = _trials(plan, block, models, opened, executor, made)
                for arm, jobs in by_arm.items():
                    yield (
                        _forecast(plan.task.name, jobs[0].cell, jobs, by_trial[arm])
                        if arm in by_trial
                        else _forecast_untried(plan, jobs, opened)
                    )


def _trials(
    plan: Plan,
    block: str,
    arms: Sequence[str],
    store: Store | None,
    executor: ChosenExecutor,
    made: Trials,
) -> dict[str, Trial]:
    """The trial of each arm on a data set, by the arm's name."""
    keys = {arm: (plan.task.name, cell_name(arm, block)) for arm in arms}
    known = {arm: made[key] for arm, key in keys.items() if key in made}
    others = [arm for arm in arms if arm not in known]
    return known | trials(plan.task.on(block), others, plan.device, store, executor, keep=False)


def _forecast(task: str, arm: str, jobs: Sequence[Job], trial: Trial) -> Forecast:
    settings = jobs[0].settings
    return Forecast(
        task,
        arm,
        runs=sum(len(job.seeds) for job in jobs),
        jobs=len(jobs),
        job_s=trial.job_s(settings.epochs),
        memory_bytes=max(trial.job_bytes(job) for job in jobs),
        threads=settings.threads,
    )


def _is_tried(arm: Arm) -> bool:
    """Whether a short trial of the arm can be made: of commands and loops of users none is."""
    return arm.command is None and arm.train is None


def _forecast_untried(plan: Plan, jobs: Sequence[Job], store: Store | None) -> Forecast:
    """What is left of a command or a user's loop, by its runs that are stored."""
    question = plan.questions[jobs[0].cell]
    runs = store.results(question, plan.environment) if store else []
    times_s = [run.run_time_s for run in runs if run.status == "ok" and run.run_time_s is not None]
    return Forecast(
        plan.task.name,
        jobs[0].cell,
        runs=len(jobs),
        jobs=len(jobs),
        job_s=sum(times_s) / len(times_s) if times_s else None,
        memory_bytes=max((run.peak_memory_bytes or 0 for run in runs), default=0),
        threads=jobs[0].settings.threads,
        unknown=f"no run of this {'loop' if jobs[0].settings.train else 'command'} is stored",
    )


def _arm_line(forecast: Forecast) -> str:
    time = (
        f"time unknown: {forecast.unknown}"
        if forecast.job_s is None
        else f"about {forecast.job_s:.1f} s each"
    )
    memory = f", {forecast.memory_bytes / 2**20:.0f} MiB" if forecast.memory_bytes else ""
    jobs = f" in {forecast.jobs} jobs"
    return f"{forecast.task} {forecast.arm}: {forecast.runs} runs{jobs}, {time}{memory}"


def _sum_line(runs: int, forecasts: Sequence[Forecast], executor: ChosenExecutor) -> str:
    slots, asked = executor.slots, f"{runs} runs asked for; what is left takes about"
    unknown = [forecast.arm for forecast in forecasts if forecast.job_s is None]
    if unknown and len(unknown) == len(forecasts):
        return f"{runs} runs asked for; how long they take is not known; nothing was stored"
    if unknown:
        asked = f"{runs} runs asked for; what is left, but for {', '.join(unknown)}, takes about"
    if is_cluster(executor):
        core_s = sum(forecast.total_s * forecast.threads for forecast in forecasts)
        return (
            f"{asked} {core_s / slots / 60:.1f} minutes on {in_words(executor)}:"
            f" {core_s / 3600:.2f} core hours; nothing was stored"
        )
    minutes = sum(forecast.total_s for forecast in forecasts) / slots / 60
    memory_bytes = slots * max((forecast.memory_bytes for forecast in forecasts), default=0)
    memory = f" and up to {memory_bytes / 2**20:.0f} MiB" if memory_bytes else ""
    return f"{asked} {minutes:.1f} minutes{memory} in {in_words(executor)}; nothing was stored"
