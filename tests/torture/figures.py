"""What a torture measured, and the store and report that most of them work on."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from suite.analysis.analyse import analyse_all
from suite.execution.runner import note_plan
from suite.plan.job import Job
from suite.plan.plan import Plan, make_plan
from suite.reports.markdown.page import render_page
from suite.result import Result
from suite.store.store import Store, open_store
from suite.store.tables import RECORDS
from suite.store.writing import insert, transaction
from suite.task.schema import Task


@dataclass(frozen=True)
class Figure:
    """One row of docs/reliability.md: what was done, what was found, and whether that is what is
    promised.
    """

    name: str
    how: str
    found: str
    passed: bool


def made(job: Job, seed: int) -> Result:
    """The record of a run that was never run: always the same for the same run."""
    drawn = random.Random(f"{job.arm} {seed}")  # noqa: S311
    good = drawn.random() > 0.05
    fields: dict[str, object] = {
        "seed": seed,
        "status": "ok" if good else "failed",
        "reason": None if good else "ValueError: by chance",
        "metrics": {"accuracy": drawn.random()} if good else {},
        "history": {"loss": (0.5, 0.25), "accuracy": (0.5, 0.75)} if good else {},
        "train_time_s": 1 + drawn.random() if good else None,
    }
    return template(job).model_copy(update={**fields, "key": job.key(seed)})


def template(job: Job) -> Result:
    """A record with the job's names."""
    names = {
        "task": job.task,
        "arm": job.arm,
        "question": job.question,
        "environment": job.environment,
    }
    return _RESULT.model_copy(update=names)


_RESULT = Result(
    seed=0, status="ok", task="t", arm="a", device="cpu", trainer="autograd", key="k", question="q", environment="e",
    parameters=9, run_time_s=2.5, recorded_at="2026-01-02T03:04:05+00:00", made_by={"suite": "0.0.0"},
)  # fmt: skip


def plan_of(task: Task, seeds: int) -> Plan:
    """The plan of a task over so many seeds."""
    return make_plan(task, device="cpu", seeds=range(seeds))


def runs(plan: Plan) -> Iterator[tuple[Job, int]]:
    """Every run of a plan."""
    return ((job, seed) for job in plan.jobs for seed in job.seeds)


def fill(path: Path, plan: Plan) -> None:
    """Makes the store of an undisturbed run."""
    with open_store(path, create=True) as store:
        note_plan(plan, store)
        for job, seed in runs(plan):
            store.append(made(job, seed))


def fill_at_once(store: Store, results: Iterable[Result]) -> None:
    """Adds results in one commit: with one each, a thousand a second, a million would take too
    long.
    """
    with transaction(store.connection, store.path):
        for result in results:
            question = result.task, result.question
            ending = result.status, result.fault
            run = result.key, result.environment
            row = *run, 0, *question, *ending, result.model_dump_json()
            insert(store.connection, RECORDS, row)


def page(store: Store) -> str:
    """The report of a store."""
    return render_page(
        analyse_all(store), store.documents("environment"), store.documents("timings")
    )


def everything(path: Path) -> str:
    """All that can be read from a store."""
    with open_store(path) as store:
        lines = [one.model_dump_json() for one in store.results()]
        return "\n".join(
            [*lines, *(str(store.documents(kind)) for kind in ("plan", "environment", "timings"))]
        )


def differing(found: Iterable[Result], plan: Plan) -> tuple[int, int, int]:
    """How many runs of the plan are lost, double, and wrong in `found`."""
    expected = {job.key(seed): made(job, seed) for job, seed in runs(plan)}
    keys = [one.key for one in found]
    wrong = sum(expected.get(one.key) != one for one in found)
    return len(expected.keys() - set(keys)), len(keys) - len(set(keys)), wrong
