"""A user's folder for tests: a task with modules beside it, or the example of docs/your-own.md."""

from __future__ import annotations

import re
from pathlib import Path

from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.result import DeviceKind, Result
from suite.task.catalogue import make_importable
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.tasks import DIGITS_TASK, ROOT

NETS = '''
import torch
from torch import nn


class Net(nn.Module):
    """Batch normalisation, dropout and a buffer of its own."""

    def __init__(self, width=7):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(64, width), nn.BatchNorm1d(width),
            nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, 10),
        )

    def forward(self, images):
        return self.layers(images)
'''


def write_own(folder: Path, task: str = DIGITS_TASK, nets: str = NETS) -> Path:
    """The task file own.toml in `folder`, with own_nets.py beside it, which can be imported."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own_nets.py").write_text(nets)
    path = folder / "own.toml"
    path.write_text(task)
    return path


def load_own(folder: Path, task: str = DIGITS_TASK, nets: str = NETS) -> Task:
    """The task that is written there; its modules can be imported."""
    path = write_own(folder, task, nets)
    make_importable([folder])
    return load_task(path)


def write_example(folder: Path) -> Path:
    """The files of the example in docs/your-own.md, as they stand there; the task's path."""
    text = (ROOT / "docs" / "your-own.md").read_text()
    files = re.findall(
        r"`([\w-]+\.(?:py|toml))`:\n\n```(?:python|toml)\n(.*?)```", text, flags=re.S
    )
    assert [name for name, _ in files] == [
        "my_data.py",
        "my_models.py",
        "my_code.py",
        "two-heads.toml",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files:
        (folder / name).write_text(content)
    make_importable([folder])
    return folder / "two-heads.toml"


def runs(task: Task, *, device: DeviceKind = "cpu", jobs: slice = slice(None)) -> list[Result]:
    """The results of the task's jobs, run in this process."""
    return list(run_jobs(InProcess(), jobs_of(task, device)[jobs]))


def jobs_of(task: Task, device: DeviceKind = "cpu") -> tuple[Job, ...]:
    """The jobs of the task."""
    return make_plan(task, device=device).jobs
