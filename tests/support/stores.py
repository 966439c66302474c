"""Stores of runs that were never run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from suite.execution.runner import note_plan
from suite.plan.plan import make_plan
from suite.result import DeviceKind, Result
from suite.store.store import Store, open_store
from suite.task.schema import Task
from tests.support.fakes import make_result

ACCURACIES = {
    "short": (0.5, 0.55, 0.45),
    "long": (0.75, 0.8, 0.7),
    "control": (0.76, 0.1 + 0.2, None),
}


def fill_store(store: Store, task: Task) -> list[Result]:
    """The runs of every arm that now answer the task's questions in the store; one more answers
    none.
    """
    plan = make_plan(task, device="cpu")
    note_plan(plan, store)
    answers = [
        make_result(task, arm, seed, value, question=plan.questions[arm]).model_copy(
            update={"environment": plan.environment}
        )
        for arm, values in ACCURACIES.items()
        for seed, value in enumerate(values)
    ]
    for result in [*answers, make_result(task, "long", 9, 0.1, question="another")]:
        store.append(result)
    store.add_document("timings", "environment-1", {"benchmarks": []})
    return answers


BASE = {"short": 0.5, "long": 0.75, "control": 0.6}
NOISE = (0.001, -0.001, 0.002, -0.002, 0.0015, -0.0015, 0.0)


def make_store(
    path: Path,
    task: Task,
    *,
    lower: str = "",
    lost: int = 0,
    device: DeviceKind = "cpu",
    environment: str = "here",
) -> None:
    """A store of runs that were never run: every arm around its BASE, `lower` by five points; the
    first `lost` seeds failed.
    """
    planned = make_plan(task, device="cpu", describe=lambda *_: {"device": device})
    plan = replace(planned, device=device, environment=environment)
    with open_store(path, create=True) as store:
        note_plan(plan, store)
        for arm, question in plan.questions.items():
            # each arm's noise, and each environment's, begins elsewhere, so that differences vary
            start = list(task.arms).index(arm) + len(environment) + 3 * (arm == lower)
            for seed in range(len(NOISE)):
                noise = NOISE[(seed + start) % len(NOISE)]
                value = None if seed < lost else BASE[arm] - 0.05 * (arm == lower) + noise
                record = make_result(task, arm, seed, value, question=question)
                store.append(
                    record.model_copy(update={"environment": environment, "device": device})
                )
