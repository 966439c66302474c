"""Verifying: runs again what certificates speak of, and compares. Nothing is stored."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from suite.data.registry import source_of
from suite.errors import SuiteError
from suite.execution.executor import Executor, Stopped, never, run_jobs
from suite.plan.job import TRAINERS, Job
from suite.plan.plan import Plan, make_plan
from suite.provenance.environment import Describe
from suite.provenance.identity import list_question_changes
from suite.result import DeviceKind, Result
from suite.task.datasets import Data
from suite.task.schema import Task
from suite.task.variants import with_trainers
from suite.verification.certificate import Certificate, certify
from suite.verification.checks import Check, Tier, best_tier, check
from suite.verification.tolerance import tolerated


def verify(
    certificates: Sequence[Certificate],
    tasks: Mapping[str, Task],
    executor: Executor,
    *,
    stopped: Stopped = never,
) -> Generator[Check]:
    """The verdict on every certificate, as it comes.

    `tasks`: today's, by name. `executor`: what runs them again.
    """
    groups = _by_task_and_device(certificates)
    plans = {
        (task, device): _plan(tasks[task], device, group, executor.describe)
        for (task, device), group in groups.items()
    }
    jobs = list[Job]()
    for name, plan in plans.items():
        problems = {block: _data_problem(data) for block, data in plan.task.data_sets.items()}
        for certificate in groups[name]:
            problem = problems.get(certificate.block)
            if problem or certificate.cell not in plan.questions:
                yield _fail(certificate, problem or _what_is_gone(certificate, plan))
        jobs += [job for job in plan.jobs if problems[job.block] is None]
    elsewhere: list[Check] = []
    with closing(run_jobs(executor, jobs, stopped)) as results:
        for result in results:
            plan = plans[result.task, result.device]
            for certificate in certificates:
                if not _is_of(result, certificate):
                    continue
                verdict = _compare(certificate, result, plan)
                if verdict.expected == "WITHIN TOLERANCE":
                    elsewhere.append(verdict)
                else:
                    yield verdict
    yield from _with_tolerance(elsewhere, tasks)


def _compare(certificate: Certificate, result: Result, plan: Plan) -> Check:
    """The verdict on a run's re-run."""
    rerun = certify(result, plan.parts[certificate.cell], plan.environment_fields)
    if result.status == "failed" and certificate.status != "failed":
        questions = [
            f"question: {line}"
            for line in list_question_changes(certificate.question, rerun.question)
        ]
        failed = _fail(certificate, *questions, f"the re-run failed: {result.reason}")
        return replace(failed, rerun=rerun)
    return check(certificate, rerun)


def _by_task_and_device(
    certificates: Iterable[Certificate],
) -> dict[tuple[str, DeviceKind], list[Certificate]]:
    groups: dict[tuple[str, DeviceKind], list[Certificate]] = {}
    for certificate in certificates:
        groups.setdefault((certificate.task, certificate.device), []).append(certificate)
    return groups


def _plan(
    task: Task, device: DeviceKind, certificates: Sequence[Certificate], describe: Describe
) -> Plan:
    """The task's plan, with the runs that `certificates` speak of and no other."""
    trainers = {  # for arms that leave the choice
        certificate.arm: trainer
        for certificate in certificates
        if (trainer := certificate.question.get("settings", {}).get("trainer")) in TRAINERS
    }
    seeds = sorted({certificate.seed for certificate in certificates})
    plan = make_plan(with_trainers(task, trainers), device=device, seeds=seeds, describe=describe)
    wanted = {(certificate.cell, certificate.seed) for certificate in certificates}
    return plan.without(
        {job.key(seed) for job in plan.jobs for seed in job.seeds if (job.cell, seed) not in wanted}
    )


def _what_is_gone(certificate: Certificate, plan: Plan) -> str:
    is_arm = certificate.arm not in plan.task.arms
    return f"the task has no such {'arm' if is_arm else 'data set'} today"


def _data_problem(data: Data) -> str | None:
    """Why nothing can be run on a data set: it is not what it must be."""
    try:
        source_of(data).verify()
    except SuiteError as error:
        return f"data: {error}"
    return None


def _is_of(result: Result, certificate: Certificate) -> bool:
    return (certificate.task, certificate.device, certificate.cell, certificate.seed) == (
        result.task,
        result.device,
        result.cell,
        result.seed,
    )


def _fail(certificate: Certificate, *reasons: str) -> Check:
    return Check(certificate, best_tier(certificate), "FAIL", reasons)


def _with_tolerance(reruns: Sequence[Check], tasks: Mapping[str, Task]) -> Iterator[Check]:
    """The verdicts on re-runs in another environment.

    An arm whose bits differ passes where its runs together are equivalent, on each data set.
    """
    by_cell: dict[tuple[str, str, str], list[Check]] = {}
    for verdict in reruns:
        certificate = verdict.certificate
        cell = certificate.task, certificate.device, certificate.cell
        by_cell.setdefault(cell, []).append(verdict)
    for (task, *_), verdicts in by_cell.items():
        pairs = [(one.certificate, one.rerun) for one in verdicts if one.rerun is not None]
        is_good, reasons = tolerated(pairs, tasks[task].metrics)
        for verdict in verdicts:
            if verdict.tier != "FAIL":
                yield verdict
            else:
                tier: Tier = "WITHIN TOLERANCE" if is_good else "FAIL"
                yield replace(verdict, tier=tier, reasons=(*reasons, *verdict.reasons))
