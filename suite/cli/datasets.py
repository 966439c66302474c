"""Whether the data of tasks is here, and is what it should be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from suite.data.registry import IMAGES, source_of
from suite.errors import SuiteError
from suite.task.schema import Task


def require_files(tasks: Iterable[Task]) -> None:
    """Raises SuiteError for the first task whose data lacks a file."""
    for task in tasks:
        missing = source_of(task.data).missing()
        if missing:
            raise SuiteError(f"{task.name}: {missing[0]} is missing; {_remedy(task)}")


def _remedy(task: Task) -> str:
    if task.data.name == "file":
        return "correct data.path"
    name = f" {task.data.name}" if task.data.name in IMAGES else ""
    return f"get the data with `suite data{name}`"


def require_data(tasks: Sequence[Task]) -> None:
    """Raises SuiteError for the first task whose data is not complete, or has other bytes."""
    require_files(tasks)
    for data in {repr(task.data): task.data for task in tasks}.values():
        source_of(data).verify()
