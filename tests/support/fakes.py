"""Small stand-ins: a task that trains in a moment, and results that were never run."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from suite.analysis.study import Study
from suite.result import Layer, ModelTable, Result
from suite.task.loading import load_task
from suite.task.schema import Task

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
REAL_TASKS = sorted((ROOT / "tasks").glob("*.toml"))

DISC_TASK = """
schema = 1
version = 1
question = "Does more training help?"
source = "a test"
assumptions = ["The data is small."]
comparisons = [["long", "short"], ["long", "control"]]

[data]
name = "disc"
train_points = 60
test_points = 40

[protocol]
seeds = "0-2"
epochs = 4
batch_size = 7
optimizer = { name = "SGD", lr = 0.5 }
loss = { half_squared_error = 1.0 }
shared_initialisation = true

[arms.short]
model = "sigmoid-mlp"
arguments = { layers = [2, 9, 5, 2] }
trainer = "manual"
epochs = 2

[arms.long]
model = "sigmoid-mlp"
arguments = { layers = [2, 9, 5, 2] }
trainer = "manual"

[arms.control]
model = "sigmoid-mlp"
arguments = { layers = [2, 9, 5, 2] }
trainer = "autograd"

[metrics.accuracy]
direction = "higher"
margin = 0.01

[[claims]]
metric = "accuracy"
reported = { short = 0.5, long = 0.75 }
test_items = 40
"""


def write_task(folder: Path, text: str = DISC_TASK, name: str = "tiny") -> Path:
    """The task file `name`.toml in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def load_text(text: str, name: str = "tiny") -> Task:
    """The task that `text` says."""
    with tempfile.TemporaryDirectory() as folder:
        return load_task(write_task(Path(folder), text, name))


def make_result(
    task: Task, arm: str, seed: int, accuracy: float | None, *, question: str = "q"
) -> Result:
    """A record of a run that was never run: ok with that accuracy, or failed without."""
    model = ModelTable(
        layers=(Layer(name="0", kind="Linear", output_shape=(3,), parameters=9),),
        total_parameters=9,
        trainable_parameters=9,
        input_bytes=8,
        forward_backward_bytes=24,
        parameter_bytes=36,
    )
    good = accuracy is not None
    return Result(
        seed=seed,
        status="ok" if good else "failed",
        reason=None if good else "ValueError: a | pipe and a <tag>",
        metrics={next(iter(task.metrics)): accuracy} if accuracy is not None else {},
        history=(
            {"loss": (0.5, 0.25), next(iter(task.metrics)): (accuracy / 2, accuracy)}
            if accuracy is not None
            else {}
        ),
        hashes={"final_weights": f"{arm}{seed}"},
        parameters=9 if good else None,
        model=model if good else None,
        train_time_s=1.5 + seed if good else None,
        task=task.name,
        arm=arm,
        device="cpu",
        trainer="autograd",
        key=f"{question}-{arm}-{seed}",
        question=question,
        environment="environment-1",
        run_time_s=2.5 + seed,
        recorded_at="2026-01-02T03:04:05+00:00",
        made_by={"suite": "0.0.0", "python": "3.x"},
    )


def disc_task() -> Task:
    """The small task, without a file."""
    return Task.model_validate(tomllib.loads(DISC_TASK) | {"name": "tiny"})


def made_study(name: str, seeds: int, *, device: str = "cpu") -> Study:
    """A study that was never run: `long` beats `short` by 10 points under even seeds and by 8 under
    odd ones, `control` is as good as `long` but for 0.1 points under every third seed, and its last
    seed failed."""
    task = disc_task().model_copy(update={"name": name})
    short = [0.80 + 0.002 * (seed % 5) for seed in range(seeds)]
    long = [value + (0.10 if seed % 2 == 0 else 0.08) for seed, value in enumerate(short)]
    control = [value - (0.001 if seed % 3 == 0 else 0.0) for seed, value in enumerate(long)]
    values: dict[str, list[float | None]] = {
        "short": [*short],
        "long": [*long],
        "control": [*control[:-1], None],
    }
    results = {
        arm: tuple(
            make_result(
                task, arm, seed, None if value is None else round(value, 6), question=f"{name}{arm}"
            )
            for seed, value in enumerate(of_arm)
        )
        for arm, of_arm in values.items()
    }
    return Study(task, device, "environment-1", results)
