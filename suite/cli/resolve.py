"""What the words on the command line name: tasks, plans, devices, stored results. Each raises
SuiteError where it names nothing."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from suite.analysis.study import Study
    from suite.plan.plan import Plan
    from suite.store.records import Evidence
    from suite.task.schema import Task


def load_tasks(names: Sequence[str] | None, folder: Path, package: str | None = None) -> list[Task]:
    from suite.task.catalogue import folder_of_package
    from suite.task.catalogue import load_tasks as load

    return load(names, folder if package is None else folder_of_package(package))


def only(loaded: Sequence[Task], option: str) -> Task:
    if len(loaded) != 1:
        raise SuiteError(
            f"{option}: expected one task, got {len(loaded)}:"
            f" {', '.join(task.name for task in loaded)}"
        )
    return loaded[0]


def plan_task(task: Task, seeds: str | None, device: str) -> Plan:
    from suite.plan.plan import make_plan
    from suite.task.seeds import parse_seeds

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
        raise SuiteError(
            "--device: expected a CUDA device, torch sees none; use --device cpu or auto"
        )
    return "cpu"


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def require_files(tasks: Iterable[Task]) -> None:
    from suite.data.registry import IMAGES, source_of

    for task in tasks:
        lacking = source_of(task.data).missing()
        if lacking:
            name = f" {task.data.name}" if task.data.name in IMAGES else ""
            what = (
                "correct data.path"
                if task.data.name == "file"
                else f"get the data with `suite data{name}`"
            )
            raise SuiteError(f"{task.name}: {lacking[0]} is missing; {what}")


def require_data(tasks: Sequence[Task]) -> None:
    from suite.data.registry import source_of

    require_files(tasks)
    for data in {repr(task.data): task.data for task in tasks}.values():
        source_of(data).verify()


@contextmanager
def evidence(store: Path, folder: Path | None) -> Iterator[Evidence]:
    """What is stored, or what the records in a folder say."""
    from suite.store.records import read_records
    from suite.store.store import open_store

    if folder is not None:
        yield read_records(folder)
        return
    with open_store(store) as opened:
        yield opened


def stored_study(plan: Plan, path: Path) -> Study:
    from suite.analysis.studies import read_study
    from suite.store.store import open_store

    with open_store(path) as store:
        return read_study(plan, store)
