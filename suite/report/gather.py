"""What a store or a folder of records holds, as studies."""

from __future__ import annotations

from collections.abc import Mapping

from suite.comparison import Study
from suite.plan import Plan
from suite.records import Evidence
from suite.result import Result
from suite.task import Task


def studies(store: Evidence) -> list[Study]:
    """What the store holds for the tasks as they were last run: a study per task and device, in order of name.

    Tasks that examine another one (a placebo, one stream varying) are left out: their commands show them."""
    found = []
    for plan in store.documents("plan").values():
        task = Task.model_validate(plan["task"])
        if task.derived_from is None:
            results = _results(store, plan["questions"], plan["environment"])
            found.append(Study(task, plan["device"], plan["environment"], results, sequential=plan["sequential"]))
    return found


def study_of(plan: Plan, store: Evidence) -> Study:
    """What the store holds for one plan, under whatever seeds."""
    noted = store.documents("plan").get(f"{plan.task.name}/{plan.device}", {})
    results = _results(store, plan.questions, plan.environment)
    return Study(plan.task, plan.device, plan.environment, results, sequential=noted.get("sequential", False))


def _results(store: Evidence, questions: Mapping[str, str], environment: str) -> dict[str, tuple[Result, ...]]:
    return {arm: tuple(store.results(question, environment)) for arm, question in questions.items()}
