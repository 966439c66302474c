"""What a training loop of the user's may ask to be told of its run: `train(..., run)`."""

from __future__ import annotations

import inspect
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.plan.job import users_seed
from suite.training.epochs import tell_epoch

if TYPE_CHECKING:
    from suite.plan.job import Job

FOLDER_VARIABLE = "SUITE_RUN_FOLDER"  # of the process of a job (suite.execution.isolation)


@dataclass(frozen=True)
class OwnRun:
    """The run that a loop is called for.

    `seed`: as in `train(arm, data, seed, device)`. `arm`, `data_set`: their names; the latter is ""
    where the task has one. `folder`: an empty folder of the run's own, in which its process works.
    What it leaves there is kept, unless this is a trial. `is_trial`: whether the result is thrown
    away.
    """

    seed: int
    arm: str
    data_set: str
    folder: Path
    is_trial: bool

    def tell_epoch(self, epoch: int, epochs: int | None = None) -> None:
        """Says for `suite watch` that so many epochs are done, of how many."""
        tell_epoch(epoch, epochs)


@contextmanager
def own_run(job: Job, seed: int) -> Iterator[OwnRun]:
    """The run of a job under a seed of the study, with its folder."""
    given = users_seed(job, seed, "initialisation")
    with _folder() as folder:
        yield OwnRun(given, job.arm, job.block, folder, job.is_trial)


@contextmanager
def _folder() -> Iterator[Path]:
    """That of this process, or where it has none, one that is removed at the end."""
    if os.environ.get(FOLDER_VARIABLE):
        yield Path(os.environ[FOLDER_VARIABLE])
        return
    with tempfile.TemporaryDirectory(prefix="suite-run-") as folder:
        yield Path(folder)


def wants_run(train: Callable[..., Any]) -> bool:
    """Whether the loop's signature names `run` behind the four that every loop is given."""
    try:
        return "run" in list(inspect.signature(train).parameters)[4:]
    except (TypeError, ValueError):  # of compiled code: it does not say
        return False
