"""Plan, subtract what is stored, execute, append. Progress is whoever consumes the iterator."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from suite.execution.executor import Executor, Stopped, never
from suite.execution.kept_output import runs_folder
from suite.execution.leases import lease_jobs
from suite.plan.job import Job
from suite.plan.plan import Plan
from suite.provenance.environment import describe, environment_id
from suite.result import Fault, Result
from suite.store.documents import PlanRecord, add_plan_record, last_plan_record
from suite.store.noting import note_plan_record
from suite.store.store import Store
from suite.task.schema import Task
from suite.task.seeds import seed_ranges


def remaining(plan: Plan, store: Store, *, retry: Collection[Fault] = ()) -> Plan:
    """The plan without the runs that are stored for the same question in the same environment.

    `retry`: a stored run stays in the plan where its last attempt failed by such a fault.
    """
    stored = set[str]()
    for question in set(plan.questions.values()):
        stored |= {
            key
            for key, attempt in store.last_attempts(question, plan.environment).items()
            if not (attempt.status == "failed" and (attempt.fault or "arm") in retry)
        }
    return plan.without(stored)


def note_plan(plan: Plan, store: Store, *, sequential: bool = False) -> None:
    """Stores the task's definition, its present questions with their parts, and the environment.

    A report needs these to choose results, and anyone needs them to see why a result is stale.

    `sequential` marks that seeds are added until a verdict is reached; once set, it stays as long
    as two arms ask the same.
    """
    before = last_plan_record(store, plan.task.name, plan.device)
    record = PlanRecord(
        task=plan.task,
        device=plan.device,
        questions=plan.questions,
        environment=plan.environment,
        sequential=sequential,
    )
    if before is not None and before.sequential and before.shares_a_pair(record):
        task = _with_sequence_of(before.task, record.task)
        record = record.model_copy(update={"sequential": True, "task": task})
    add_plan_record(store, record)
    seeds = sorted({seed for job in plan.jobs for seed in job.seeds} or plan.task.protocol.seeds)
    note_plan_record(store, record, seed_ranges(seeds))
    store.add_document("environment", plan.environment, dict(plan.environment_fields))
    for cell, question in plan.questions.items():
        store.add_document("question", question, plan.parts[cell])


def _with_sequence_of(before: Task, task: Task) -> Task:
    """The task with the sequence, and the bounds, by which its seeds were judged before.

    To choose another one after a look would be a choice by the result.
    """
    protocol = task.protocol.model_copy(update={"sequence": before.protocol.sequence})
    metrics = {
        key: metric.model_copy(update={"bounds": before.metrics[key].bounds})
        if key in before.metrics
        else metric
        for key, metric in task.metrics.items()
    }
    return task.model_copy(update={"protocol": protocol, "metrics": metrics})


def interleaved(plans: Sequence[Plan]) -> list[Job]:
    """The jobs of all plans, with the arms of a task taking turns on each of its data sets.

    So the times of two arms are taken while the machine is in the same state.
    """
    jobs: list[Job] = []
    for plan in plans:
        by_cell = plan.jobs_by_cell().values()
        longest = max((len(cell) for cell in by_cell), default=0)
        jobs += [cell[index] for index in range(longest) for cell in by_cell if index < len(cell)]
    return jobs


def run(
    plans: Sequence[Plan],
    store: Store,
    executor: Executor,
    *,
    since: int | None = None,
    stopped: Stopped = never,
) -> Generator[Result]:
    """Executes what `plans` hold, and gives each result after it is stored.

    A batch of results is stored in one transaction. Runs that other runners of the same store hold
    are left to them. It ends when all runs are done, by whichever runner. `since`: the newest
    record when the plans were made, if others may have added some.
    """
    kept_in = str(runs_folder(store.path))
    jobs = [
        replace(job, kept_in=kept_in)
        for job in interleaved([plan.divided(executor.slots) for plan in plans])
    ]
    newest = store.newest() if since is None else since
    leased = lease_jobs(jobs, store, since=newest, jobs_at_once=executor.jobs_at_once)
    with closing(leased), closing(executor.execute(leased, stopped)) as batches:
        for batch in batches:
            yield from store.append_all(batch)


def note_timings(benchmarks: Sequence[dict[str, Any]], store: Store) -> None:
    """Stores micro-timings by the environment that they were taken in.

    An environment is described in the store only where it is the one that this process runs in.
    """
    for name in sorted({benchmark["environment"] for benchmark in benchmarks}):
        taken_there = [each for each in benchmarks if each["environment"] == name]
        store.add_document("timings", name, {"benchmarks": taken_there})
        fields = describe(taken_there[0]["device"])
        if environment_id(fields) == name:
            store.add_document("environment", name, fields)
