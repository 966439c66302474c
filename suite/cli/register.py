"""The verb register."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from suite.cli.machine import choose_device
from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    Seeds,
    StorePath,
    TasksFolder,
    TasksFrom,
)
from suite.cli.selection import load_tasks, plan_task
from suite.plan.plan import Plan
from suite.reports.writing import write_file
from suite.store.entries import RegistrationEntry, declaration
from suite.store.looks import present_time
from suite.store.store import open_store
from suite.task.seeds import seed_ranges
from suite.task.variants import with_trainers

# the trainers that an arm may leave the choice of
ONE_OR_MANY: tuple[Literal["autograd", "vectorized"], ...] = ("autograd", "vectorized")


def register(
    name: Annotated[str, typer.Argument(metavar="TASK", help="Name a task or a TOML file.")],
    seeds: Seeds = None,
    device: Device = "cpu",
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            envvar="SUITE_OUTPUT",
            help="Write the plan to this file.",
            show_default="TASK.registered.json",
        ),
    ] = None,
) -> None:
    """Write down what will be run, with a hash to publish, before anything runs.

    The report then says whether the study follows it, or what differs.
    """
    (task,), kind = load_tasks([name], tasks, tasks_from), choose_device(device)
    choices = (with_trainers(task, dict.fromkeys(task.arms, each)) for each in ONE_OR_MANY)
    plans = [plan_task(chosen, seeds, kind) for chosen in choices]
    path = output or Path(f"{task.name}.registered.json")
    with open_store(store, create=True) as opened:
        asked = {question for plan in plans for question in plan.questions.values()}
        before = sum(result.question in asked for result in opened.results())
        document = _document(plans, present_time(), before)
        text = json.dumps(document, indent=2) + "\n"
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        opened.note([RegistrationEntry(**document, file_sha256=sha256)])
    write_file(path, text)
    print(f"{sha256}  {path}")
    if before:
        print(f"{before} of its runs are stored already, and the report will say so")


def _document(plans: Sequence[Plan], when: str, before: int) -> dict[str, Any]:
    """What is registered. Of an arm that leaves its trainer open, each may be what runs."""
    first = plans[0]
    return {
        "when": when,
        "task": first.task.name,
        "device": first.device,
        "seeds": seed_ranges(sorted({seed for job in first.jobs for seed in job.seeds})),
        "declared": declaration(first.task),
        "questions": {
            cell: list(dict.fromkeys(plan.questions[cell] for plan in plans))
            for cell in first.questions
        },
        "runs_before": before,
    }
