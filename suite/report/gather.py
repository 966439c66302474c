"""What a store holds, as studies."""

from __future__ import annotations

from suite.comparison import Study
from suite.store import Store
from suite.task import Task


def studies(store: Store) -> list[Study]:
    """What the store holds for the tasks as they were last run: a study per task and device, in order of name."""
    found = []
    for plan in store.documents("plan").values():
        task = Task.model_validate(plan["task"])
        results = {
            arm: tuple(store.results(question, plan["environment"])) for arm, question in plan["questions"].items()
        }
        found.append(Study(task, plan["device"], plan["environment"], results))
    return found
