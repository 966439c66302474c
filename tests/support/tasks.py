"""Tasks that train in a moment, as texts and as files; and the tasks of this repository."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from suite.task.loading import load_task
from suite.task.schema import Task

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
REAL_TASKS = sorted((ROOT / "tasks").glob("*.toml"))

# three arms of the suite's own models and trainers, on data that needs no file
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

# two arms of a user's model, own_nets.py, on scikit-learn's digits
DIGITS_TASK = """
schema = 1
version = 1
question = "Which is better?"
source = "a test"

[data]
name = "digits"
train_items = 90
test_items = 60

[protocol]
seeds = "0-1"
epochs = 2
batch_size = 40
optimizer = { name = "Adam", lr = 0.01 }
loss = "CrossEntropyLoss"

[arms.one]
model = "own_nets:Net"

[arms.two]
model = "own_nets:Net"
arguments = { width = 9 }

[metrics.accuracy]
direction = "higher"
"""

# the same with a training loop of the first arm's own, own_loop.py
LOOP_TASK = (
    DIGITS_TASK.replace('model = "own_nets:Net"\n\n', 'train = "own_loop:train"\n\n')
    + '\n[metrics.luck]\nname = "reported"\ndirection = "higher"\noptional = true\n'
)


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


def disc_task() -> Task:
    """The small task, without a file."""
    return Task.model_validate(tomllib.loads(DISC_TASK) | {"name": "tiny"})
