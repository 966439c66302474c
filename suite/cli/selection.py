"""What the words of a call name: tasks, plans, and the runs behind an id.

Each raises SuiteError where it names nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from suite.errors import SuiteError
from suite.plan.plan import Plan, make_plan
from suite.provenance.environment import Describe, describe
from suite.result import DeviceKind
from suite.task import catalogue
from suite.task.schema import Task
from suite.task.seeds import parse_seeds


def load_tasks(names: Sequence[str] | None, folder: Path, package: str | None = None) -> list[Task]:
    """The tasks of these names, of all in the folder, or in the package, if none is named."""
    return catalogue.load_tasks(names, tasks_folder(folder, package))


def tasks_folder(folder: Path, package: str | None) -> Path:
    """The folder of the task files: the package's, if one is named."""
    return folder if package is None else catalogue.folder_of_package(package)


def require_one_task(tasks: Sequence[Task], option: str) -> Task:
    """The only task, which the option is for."""
    if len(tasks) != 1:
        raise SuiteError(
            f"{option}: expected one task, got {len(tasks)}:"
            f" {', '.join(task.name for task in tasks)}"
        )
    return tasks[0]


def plan_task(
    task: Task, seeds: str | None, device: DeviceKind, describe: Describe = describe
) -> Plan:
    """The task's plan with the seeds of --seeds, else with its own."""
    try:
        chosen = parse_seeds(seeds) if seeds is not None else None
    except ValueError as error:
        raise SuiteError(f"--seeds: {error}") from None
    return make_plan(task, device=device, seeds=chosen, describe=describe)
