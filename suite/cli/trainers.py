"""Which trainer runs an arm that leaves the choice."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from suite.cli.options import ForcedTrainer
from suite.execution.autotune import with_fastest
from suite.execution.choose import ChosenExecutor
from suite.execution.trial import Trial, Trials
from suite.result import DeviceKind, cell_name
from suite.store.store import open_store
from suite.task.schema import Task
from suite.task.variants import with_trainers


def choose_trainers(
    tasks: Sequence[Task],
    device: DeviceKind,
    store: Path,
    forced: ForcedTrainer | None,
    executor: ChosenExecutor,
    *,
    dry_run: bool = False,
) -> tuple[list[Task], Trials]:
    """The tasks with a trainer for every arm that leaves the choice, and the trials that chose.

    The trainer is the forced one, that of the task's last plan, or the faster one, which is
    measured now, on the first data set of several. The trials are printed as they are made.
    """
    if forced is not None:
        return [with_trainers(task, dict.fromkeys(task.arms, forced)) for task in tasks], {}
    chosen: list[Task] = []
    trials: dict[tuple[str, str], Trial] = {}
    for task, made in _fastest(tasks, device, store, executor, keep=not dry_run):
        for arm, trial in made.items():
            print(f"{task.name} {arm}: trainer {trial.trainer}, for {trial.why}", file=sys.stderr)
            trials[task.name, cell_name(arm, next(iter(task.data_sets)))] = trial
        chosen.append(task)
    return chosen, trials


def _fastest(
    tasks: Sequence[Task], device: DeviceKind, store: Path, executor: ChosenExecutor, *, keep: bool
) -> Iterator[tuple[Task, Mapping[str, Trial]]]:
    """Each task with its trainers, and the trials that were made for it.

    No store is made without `keep`.
    """
    with open_store(store, create=keep) if keep or store.is_file() else nullcontext() as opened:
        for task in tasks:
            yield with_fastest(task, device, opened, executor, keep=keep)
