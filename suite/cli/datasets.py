"""Whether the data of tasks is here, and is what it should be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from suite.data.registry import IMAGES, source_of
from suite.errors import SuiteError
from suite.task.datasets import Data
from suite.task.schema import Task


def require_files(tasks: Iterable[Task]) -> None:
    """Raises SuiteError for the first task whose data lacks a file."""
    for task in tasks:
        for block, data in task.data_sets.items():
            missing = source_of(data).missing()
            if missing:
                field = f"{task.name}: {block}" if block else task.name
                raise SuiteError(f"{field}: {missing[0]} is missing; {_remedy(data)}")


def _remedy(data: Data) -> str:
    if data.name == "file":
        return "correct data.path"
    name = f" {data.name}" if data.name in IMAGES else ""
    return f"get the data with `suite data{name}`"


def require_data(tasks: Sequence[Task]) -> None:
    """Raises SuiteError for the first task whose data is not complete, or has other bytes."""
    require_files(tasks)
    data_sets = [data for task in tasks for data in task.data_sets.values()]
    for data in {repr(data): data for data in data_sets}.values():
        source_of(data).verify()
