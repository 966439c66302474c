"""What the words on the command line name: tasks, plans, devices, stored results. Each raises SuiteError where it names nothing."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from suite.comparison import Study
    from suite.plan import Plan
    from suite.records import Evidence
    from suite.task import Task


def load_tasks(names: Sequence[str] | None, folder: Path) -> list[Task]:
    from suite.task import load_task

    if not names:
        paths = sorted(folder.glob("*.toml"))
        if not paths:
            raise SuiteError(f"{folder}: expected a folder with task files (*.toml), found none; --tasks names another")
    else:
        paths = list(dict.fromkeys(_task_path(name, folder).resolve() for name in names))
    paths = [Path(os.path.relpath(path)) if path.is_relative_to(Path.cwd()) else path for path in paths]
    loaded = [load_task(path) for path in paths]
    by_name = {task.name: path for task, path in zip(loaded, paths, strict=True)}
    for task, path in zip(loaded, paths, strict=True):
        if by_name[task.name] != path:
            raise SuiteError(f"two tasks are named {task.name!r}: {path} and {by_name[task.name]}; rename one")
    return loaded


def _task_path(name: str, folder: Path) -> Path:
    path = Path(name) if name.endswith(".toml") or "/" in name else folder / f"{name}.toml"
    if os.path.isfile(path):  # noqa: PTH113  Path.is_file raises where a folder is closed to us
        return path
    import difflib

    known = sorted(other.stem for other in folder.glob("*.toml"))
    near = difflib.get_close_matches(path.stem, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known tasks: {', '.join(known) or 'none'}"
    raise SuiteError(f"{name}: there is no such task; {hint}")


def only(loaded: Sequence[Task], option: str) -> Task:
    if len(loaded) != 1:
        raise SuiteError(f"{option}: expected one task, got {len(loaded)}: {', '.join(task.name for task in loaded)}")
    return loaded[0]


def plan_task(task: Task, seeds: str | None, device: str) -> Plan:
    from suite.plan import make_plan
    from suite.task import parse_seeds

    try:
        chosen = parse_seeds(seeds) if seeds is not None else None
    except ValueError as error:
        raise SuiteError(f"--seeds: {error}") from None
    return make_plan(task, device=device, seeds=chosen)


def device_kind(name: str) -> str:
    if name == "cpu":
        return name
    if name not in ("cuda", "auto"):
        raise SuiteError(f"--device: expected cpu, cuda or auto, got {name!r}")
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if name == "cuda":
        raise SuiteError("--device: expected a CUDA device, torch sees none; use --device cpu or auto")
    return "cpu"


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def require_files(tasks: Iterable[Task]) -> None:
    from suite.data import DATASETS

    for task in tasks:
        lacking = DATASETS[task.data.name].missing()
        if lacking:
            raise SuiteError(f"{task.name}: {lacking[0]} is missing; get the data with `suite data`")


def require_data(tasks: Sequence[Task]) -> None:
    from suite.data import DATASETS

    require_files(tasks)
    for source in {DATASETS[task.data.name] for task in tasks}:
        source.verify()


@contextmanager
def evidence(store: Path, folder: Path | None) -> Iterator[Evidence]:
    """What is stored, or what the records in a folder say."""
    from suite.records import read_records
    from suite.store import open_store

    if folder is not None:
        yield read_records(folder)
        return
    with open_store(store) as opened:
        yield opened


def stored_study(plan: Plan, path: Path) -> Study:
    from suite.report.gather import study_of
    from suite.store import open_store

    with open_store(path) as store:
        return study_of(plan, store)
