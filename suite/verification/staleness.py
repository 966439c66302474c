"""Which stored runs no longer answer today's question, and which part of it moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from suite.plan.plan import Plan
from suite.provenance.identity import list_environment_changes, list_question_changes
from suite.result import Result
from suite.store.records import ResultSource


@dataclass(frozen=True)
class Stale:
    """Runs of one arm that answer the same question, which is not today's.

    `arm`: with the data set, where there are several. `reasons`: what moved, a line each.
    """

    task: str
    arm: str
    seeds: tuple[int, ...]
    reasons: tuple[str, ...]


def stale(plan: Plan, evidence: ResultSource) -> list[Stale]:
    """The stored runs of the plan's task and device that no longer count and were not replaced.

    A newer run replaces them. Of several old records of a run, the one nearest to today's question
    gives the reasons.
    """
    current = {
        (run.cell, run.seed) for cell in plan.questions for run in _answering(plan, cell, evidence)
    }
    old: dict[tuple[str, int], tuple[str, ...]] = {}
    for run in evidence.results():
        pair = (run.cell, run.seed)
        if (run.task, run.device) == (plan.task.name, plan.device) and pair not in current:
            reasons = _explain(plan, run, evidence)
            old[pair] = min(old.get(pair, reasons), reasons, key=len)
    return [
        Stale(
            plan.task.name,
            cell,
            tuple(
                seed for (other, seed), lines in old.items() if (other, lines) == (cell, reasons)
            ),
            reasons,
        )
        for cell, reasons in dict.fromkeys((cell, reasons) for (cell, _), reasons in old.items())
    ]


def _answering(plan: Plan, cell: str, evidence: ResultSource) -> Iterable[Result]:
    return evidence.results(plan.questions[cell], plan.environment)


def _explain(plan: Plan, run: Result, evidence: ResultSource) -> tuple[str, ...]:
    if run.arm not in plan.task.arms:
        return ("the task has no such arm today",)
    if run.cell not in plan.parts:
        return ("the task has no such data set today",)
    asked = evidence.documents("question").get(run.question)
    if asked is None:
        return ("its question was stored in one piece, by an older suite",)
    fields = evidence.documents("environment").get(run.environment, {})
    differing = (
        list_environment_changes(fields, plan.environment_fields)
        if run.environment != plan.environment
        else {}
    )
    return (*list_question_changes(asked, plan.parts[run.cell]), *differing.values())
