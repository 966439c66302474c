"""Plan, subtract what is stored, execute, append. Progress is whoever consumes the iterator."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import closing
from typing import Any

from suite.execution.leases import shared_out
from suite.execution.processes import execute
from suite.plan.job import Job
from suite.plan.plan import Plan
from suite.provenance.environment import describe, environment_id
from suite.result import Fault, Result
from suite.store.store import Store

MOST_CLAIMED = (
    64  # jobs in one transaction: more save nothing, and other runners of the store want some too
)


def remaining(plan: Plan, store: Store, *, retry: Collection[Fault] = ()) -> Plan:
    """The plan less the runs that are stored for the same question in the same environment;
    `retry`: but for runs whose last attempt failed by such a fault."""
    stored: set[str] = set()
    for question in set(plan.questions.values()):
        last = store.last_attempts(question, plan.environment)
        stored |= {
            key
            for key, one in last.items()
            if not (one.status == "failed" and (one.fault or "arm") in retry)
        }
    return plan.without(stored)


def note_plan(plan: Plan, store: Store, *, sequential: bool = False) -> None:
    """Keeps the task's definition, which questions it asks now and of what they consist, and the
    environment: what a report needs to choose results, and what anyone needs to see why one is
    stale.

    `sequential` marks that seeds are added until a verdict is reached; once set, it stays for the
    same questions.
    """
    task = plan.task.model_dump(mode="json", by_alias=True)
    name = f"{plan.task.name}/{plan.device}"
    before = store.documents("plan").get(name, {})
    sequential = sequential or (
        before.get("sequential", False) and before["questions"] == plan.questions
    )
    document = {
        "task": task,
        "device": plan.device,
        "questions": plan.questions,
        "environment": plan.environment,
        "sequential": sequential,
    }
    store.add_document("plan", name, document)
    store.add_document(
        "environment", plan.environment, describe(plan.device, plan.task.protocol.numerics)
    )
    for arm, question in plan.questions.items():
        store.add_document("question", question, plan.parts[arm])


def interleaved(plans: Sequence[Plan]) -> list[Job]:
    """The jobs of all plans, arms taking turns within a task, so that the times of two arms see the
    same machine."""
    jobs: list[Job] = []
    for plan in plans:
        by_arm = [[job for job in plan.jobs if job.arm == arm] for arm in plan.questions]
        longest = max((len(arm) for arm in by_arm), default=0)
        jobs += [arm[index] for index in range(longest) for arm in by_arm if index < len(arm)]
    return jobs


def run(
    plans: Sequence[Plan],
    store: Store,
    *,
    processes: int,
    since: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
    on: Callable[..., Generator[list[Result]]] | None = None,
) -> Generator[Result]:
    """Executes what `plans` hold and stores every result before it is given. What other runners on
    the same store have taken is theirs; it ends when all is done, by whomever. `since`: the newest
    record when the plans were made, if others may have added some. `on`: the executor of a cluster,
    else processes of this machine."""
    jobs = interleaved([plan.divided(processes) for plan in plans])
    imports = {name for job in jobs for name in job.imports}
    newest = store.newest() if since is None else since
    mine = shared_out(
        jobs, store, since=newest, at_once=1 if on is None else min(processes, MOST_CLAIMED)
    )
    if on is None:
        batches = _one_by_one(execute(mine, processes=processes, stopped=stopped, imports=imports))
    else:
        batches = on(mine, stopped=stopped)
    with closing(mine), closing(batches):
        for batch in batches:
            yield from store.append_all(batch)


def _one_by_one(results: Generator[Result]) -> Generator[list[Result]]:
    with closing(results):
        for result in results:
            yield [result]


def progress(plan: Plan, store: Store) -> dict[str, dict[str, int]]:
    """For every arm: how many runs are asked, ok, diverged, failed, to do."""
    counts = {}
    for arm, question in plan.questions.items():
        asked = {job.key(seed) for job in plan.jobs if job.arm == arm for seed in job.seeds}
        last = store.last_attempts(question, plan.environment)
        statuses = [one.status for key, one in last.items() if key in asked]
        counts[arm] = {"asked": len(asked), "to do": len(asked) - len(statuses)}
        counts[arm] |= {status: statuses.count(status) for status in ("ok", "diverged", "failed")}
    return counts


def note_timings(benchmarks: Sequence[dict[str, Any]], store: Store) -> None:
    """Keeps micro-timings by the environment that they were taken in, which is described where it
    is this one."""
    for name in sorted({one["environment"] for one in benchmarks}):
        mine = [one for one in benchmarks if one["environment"] == name]
        store.add_document("timings", name, {"benchmarks": mine})
        fields = describe(mine[0]["device"])
        if environment_id(fields) == name:
            store.add_document("environment", name, fields)
