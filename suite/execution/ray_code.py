"""Which code the nodes of a Ray cluster need from here."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path

import suite
from suite.errors import SuiteError
from suite.plan.plan import make_plan
from suite.provenance.installed import INSTALLED
from suite.task.schema import Task


def modules_of(tasks: Iterable[Task]) -> list[Path]:
    """The folders and files of this package and of the users' modules that are not installed."""
    paths = {Path(suite.__file__).parent}
    for task in tasks:
        for parts in make_plan(task, device="cpu", seeds=(0,)).parts.values():
            names = {unit.partition(":")[0].partition(".")[0] for unit in parts["source"]} - {
                "suite"
            }
            paths |= {
                path
                for path in map(_path_of, names)
                if not any(path.is_relative_to(folder) for folder in INSTALLED)
            }
    return sorted(paths)


def _path_of(name: str) -> Path:
    """The folder of a package, or the file of a module."""
    spec = importlib.util.find_spec(name)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if spec is None or not (folders or spec.origin):
        raise SuiteError(f"{name}: this module is not to be found any more")
    return Path(folders[0] if folders else str(spec.origin)).absolute()
