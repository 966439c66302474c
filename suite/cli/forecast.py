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
from suite.result import cell_name
from suite.store.store import Store, open_store


@dataclass(frozen=True)
class Forecast:
    """What is left to do of an arm. `job_s`: of one job; None where its trial failed.

    `arm`: with the data set, where there are several.
    """

    task: str
    arm: str
    runs: int
    jobs: int
    job_s: float | None
    memory_bytes: int
    threads: int

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
        for plan in plans:
            rest = (remaining(plan, opened) if opened else plan).divided(executor.slots)
            for block in dict.fromkeys(job.block for job in rest.jobs):
                by_arm: dict[str, list[Job]] = {}
                for job in rest.jobs:
                    if job.block == block:
                        by_arm.setdefault(job.arm, []).append(job)
                by_trial = _trials(plan, block, list(by_arm), opened, executor, made)
                for arm, jobs in by_arm.items():
                    yield _forecast(plan.task.name, jobs[0].cell, jobs, by_trial[arm])


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


def _arm_line(forecast: Forecast) -> str:
    time = (
        "time unknown: its trial failed"
        if forecast.job_s is None
        else f"about {forecast.job_s:.1f} s each"
    )
    return (
        f"{forecast.task} {forecast.arm}: {forecast.runs} runs in {forecast.jobs} jobs, {time},"
        f" {forecast.memory_bytes / 2**20:.0f} MiB"
    )


def _sum_line(runs: int, forecasts: Sequence[Forecast], executor: ChosenExecutor) -> str:
    slots, asked = executor.slots, f"{runs} runs asked for; what is left takes about"
    if is_cluster(executor):
        core_s = sum(forecast.total_s * forecast.threads for forecast in forecasts)
        return (
            f"{asked} {core_s / slots / 60:.1f} minutes on {in_words(executor)}:"
            f" {core_s / 3600:.2f} core hours; nothing was stored"
        )
    minutes = sum(forecast.total_s for forecast in forecasts) / slots / 60
    memory_bytes = slots * max((forecast.memory_bytes for forecast in forecasts), default=0)
    return (
        f"{asked} {minutes:.1f} minutes and up to {memory_bytes / 2**20:.0f} MiB in"
        f" {in_words(executor)}; nothing was stored"
    )
