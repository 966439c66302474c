"""Task files by name, path, folder or installed package, and the modules that lie beside them."""

from __future__ import annotations

import difflib
import importlib.metadata
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

from suite.errors import SuiteError
from suite.provenance.references import module_path
from suite.task.loading import load_task
from suite.task.schema import Task

# a package offers tasks as: NAME = "package.module", the folder of which holds task files
ENTRY_POINTS = "suite.tasks"


def load_tasks(names: Sequence[str | Path] | None, folder: Path) -> list[Task]:
    """The tasks that `names` name, or all of `folder`.

    Modules beside a task file can be imported from then on. Raises SuiteError for a name of
    nothing, and for two tasks or two modules of one name.
    """
    if not names:
        paths = task_files(folder)
    else:
        paths = list(
            dict.fromkeys(path.resolve() for name in names for path in _paths(str(name), folder))
        )
    paths = [
        Path(os.path.relpath(path)) if path.is_relative_to(Path.cwd()) else path for path in paths
    ]
    loaded = [load_task(path) for path in paths]
    by_name = {task.name: path for task, path in zip(loaded, paths, strict=True)}
    for task, path in zip(loaded, paths, strict=True):
        if by_name[task.name] != path:
            raise SuiteError(
                f"two tasks are named {task.name!r}: {path} and {by_name[task.name]}; rename one"
            )
    make_importable(path.parent for path in paths)
    return loaded


def task_files(folder: Path) -> list[Path]:
    """The task files in a folder. Raises SuiteError where there are none."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise SuiteError(
            f"{folder}: expected a folder with task files (*.toml), found none; --tasks names"
            " another"
        )
    return paths


def folder_of_package(name: str) -> Path:
    """The folder of the task files that an installed package offers under this name.

    Raises SuiteError where none does.
    """
    offered = {
        point.name: point.value for point in importlib.metadata.entry_points(group=ENTRY_POINTS)
    }
    if name not in offered:
        known = ", ".join(sorted(offered)) or "none"
        raise SuiteError(
            f"--tasks-from: no installed package offers tasks under the name {name!r}; offered:"
            f" {known}"
        )
    path = module_path(offered[name])
    if path is None:
        raise SuiteError(
            f"--tasks-from: {name}: there is no module {offered[name]} on the path; install the"
            " package again"
        )
    return path.parent


def make_importable(folders: Iterable[Path]) -> None:
    """Lets the modules beside task files be found by name, before all others."""
    known = list(dict.fromkeys(folder.resolve() for folder in folders))
    modules = {
        folder: {path.stem for path in folder.glob("*.py")} - {"__init__"} for folder in known
    }
    for first, second in combinations(known, 2):
        if both := sorted(modules[first] & modules[second]):
            raise SuiteError(
                f"{first}, {second}: both have a module {both[0]}.py; run their tasks one at a"
                " time, or rename one"
            )
    for folder in known:
        if modules[folder] and str(folder) not in sys.path:
            sys.path.insert(0, str(folder))


def _paths(name: str, folder: Path) -> list[Path]:
    """The task files of a word: a path to one, a folder of some, or a name in `folder`."""
    # Path.is_* raise where a folder is closed to us
    if os.path.isdir(name) and not os.path.isfile(folder / f"{name}.toml"):  # noqa: PTH112, PTH113
        return task_files(Path(name))
    path = Path(name) if name.endswith(".toml") or "/" in name else folder / f"{name}.toml"
    if os.path.isfile(path):  # noqa: PTH113
        return [path]
    known = sorted(other.stem for other in folder.glob("*.toml"))
    near = difflib.get_close_matches(path.stem, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known tasks: {', '.join(known) or 'none'}"
    raise SuiteError(f"{name}: there is no such task; {hint}")
