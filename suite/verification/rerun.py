"""Verifying: runs again what certificates speak of, and compares. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from suite.data.registry import source_of
from suite.errors import SuiteError
from suite.execution.processes import execute
from suite.plan.plan import Plan, make_plan
from suite.provenance.environment import describe
from suite.provenance.identity import list_question_changes
from suite.result import DeviceKind, Result
from suite.task.schema import Task
from suite.task.variants import with_trainers
from suite.verification.certificate import Certificate, Check, certify, check, tolerated


def verify(
    certificates: Sequence[Certificate],
    tasks: Mapping[str, Task],
    *,
    processes: int,
    stopped: Callable[[], bool] = lambda: False,
) -> Generator[Check]:
    """The verdict on every certificate, as it comes. `tasks`: today's, by name."""
    plans = {
        place: _plan(tasks[place[0]], place[1], mine)
        for place, mine in _grouped(certificates).items()
    }
    runnable = []
    for place, mine in _grouped(certificates).items():
        unfit = _unfit(plans[place])
        lost = [one for one in mine if unfit or one.arm not in plans[place].questions]
        yield from (_failed(one, unfit or "the task has no such arm today") for one in lost)
        runnable += [plans[place]] if not unfit else []
    outside: list[tuple[Check, Certificate]] = []
    jobs = [job for plan in runnable for job in plan.jobs]
    imports = {name for job in jobs for name in job.imports}
    for result in execute(jobs, processes=processes, stopped=stopped, imports=imports):
        for claimed in (one for one in certificates if _is_of(result, one)):
            verdict, found = _compared(claimed, result, plans[result.task, result.device])
            if verdict.expected == "WITHIN TOLERANCE":
                outside.append((verdict, found))
            else:
                yield verdict
    yield from _with_tolerance(outside, tasks)


def _compared(claimed: Certificate, result: Result, plan: Plan) -> tuple[Check, Certificate]:
    """The verdict on a run's re-run, and the certificate of that."""
    found = certify(
        result, plan.parts[claimed.arm], describe(plan.device, plan.task.protocol.numerics)
    )
    if result.status == "failed":
        questions = [
            f"question: {line}" for line in list_question_changes(claimed.question, found.question)
        ]
        return _failed(claimed, *questions, f"the re-run failed: {result.reason}"), found
    return check(claimed, found), found


def _grouped(
    certificates: Iterable[Certificate],
) -> dict[tuple[str, DeviceKind], list[Certificate]]:
    groups: dict[tuple[str, DeviceKind], list[Certificate]] = {}
    for one in certificates:
        groups.setdefault((one.task, one.device), []).append(one)
    return groups


def _plan(task: Task, device: DeviceKind, certificates: Sequence[Certificate]) -> Plan:
    """The task's plan, with the runs that `certificates` speak of and no other."""
    told = {
        one.arm: one.question["settings"]["trainer"] for one in certificates
    }  # for arms that leave the choice
    plan = make_plan(
        with_trainers(task, told), device=device, seeds=sorted({one.seed for one in certificates})
    )
    wanted = {(one.arm, one.seed) for one in certificates}
    return plan.without(
        {job.key(seed) for job in plan.jobs for seed in job.seeds if (job.arm, seed) not in wanted}
    )


def _unfit(plan: Plan) -> str | None:
    """Why nothing of the plan can be run: its data is not what it must be."""
    try:
        source_of(plan.task.data).verify()
    except SuiteError as error:
        return f"data: {error}"
    return None


def _is_of(result: Result, one: Certificate) -> bool:
    return (one.task, one.device, one.arm, one.seed) == (
        result.task,
        result.device,
        result.arm,
        result.seed,
    )


def _failed(claimed: Certificate, *reasons: str) -> Check:
    return Check(claimed, "WEIGHTS", "FAIL", reasons)


def _with_tolerance(
    outside: Sequence[tuple[Check, Certificate]], tasks: Mapping[str, Task]
) -> Iterator[Check]:
    """What ran in another environment: an arm whose bits differ passes where its runs together are
    equivalent."""
    arms: dict[tuple[str, str, str], list[tuple[Check, Certificate]]] = {}
    for verdict, found in outside:
        one = verdict.certificate
        arms.setdefault((one.task, one.device, one.arm), []).append((verdict, found))
    for (task, *_), mine in arms.items():
        good, reasons = tolerated(
            [(verdict.certificate, found) for verdict, found in mine], tasks[task].metrics
        )
        for verdict, _ in mine:
            if verdict.tier != "FAIL":
                yield verdict
            else:
                yield replace(
                    verdict,
                    tier="WITHIN TOLERANCE" if good else "FAIL",
                    reasons=(*reasons, *verdict.reasons),
                )
