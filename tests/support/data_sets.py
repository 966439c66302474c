"""A task over three data sets that trains in a moment, and studies of such tasks, never run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from suite.analysis.study import Study
from suite.task.schema import Task
from tests.support.fakes import make_result
from tests.support.tasks import load_text, write_task

DISC = """
[[data]]
name = "disc"
train_points = 60
test_points = 40
"""
DIGITS = """
[[data]]
name = "digits"
train_items = 50
test_items = 30
"""
STRIPES = """
[[data]]
path = "stripes.csv"
sha256 = "{sha256}"
train_items = 40
test_items = 20
"""
REST = """
[protocol]
seeds = "0-1"
epochs = 1
batch_size = 20
optimizer = { name = "SGD", lr = 0.1 }

[arms.logistic]
train = "suite.training.estimators:train"
model = "sklearn.linear_model:LogisticRegression"

[arms.guess]
train = "suite.training.estimators:train"
model = "sklearn.dummy:DummyClassifier"
arguments = { strategy = "stratified" }

[metrics.accuracy]
direction = "higher"
margin = 0.01
"""
HEAD = """
schema = 1
version = 1
question = "Does the method learn anything?"
source = "a test"
"""
# 90 rows: of three bands of x the middle one is 1, as no line in x says
TABLE = "x,y,label\n" + "".join(
    f"{row % 30},{row % 7},{int(10 <= row % 30 < 20)}\n" for row in range(90)
)


def write_sets(folder: Path, *data: str) -> Path:
    """The file of a task over these data sets, else all three, with the table beside it."""
    sha256 = hashlib.sha256(TABLE.encode()).hexdigest()
    text = HEAD + "".join(data or (DISC, DIGITS, STRIPES)) + REST
    path = write_task(folder, text.replace("{sha256}", sha256), name="sets")
    (folder / "stripes.csv").write_text(TABLE)
    return path


def disc_sets(count: int) -> Task:
    """A task over so many discs, d0, d1 and so on."""
    data = "".join(DISC + f'label = "d{number}"\n' for number in range(count))
    return load_text(HEAD + data + REST, name="sets")


def made_sets_study(values: Mapping[str, Sequence[Sequence[float | None]]]) -> Study:
    """A study that was never run: of each arm the accuracies by data set, then by seed."""
    count = len(next(iter(values.values())))
    task = disc_sets(count)
    results = {
        arm: tuple(
            make_result(task, arm, seed, accuracy, question=f"q-{arm}-d{number}").model_copy(
                update={"block": f"d{number}"}
            )
            for number, accuracies in enumerate(by_block)
            for seed, accuracy in enumerate(accuracies)
        )
        for arm, by_block in values.items()
    }
    return Study(task, "cpu", "environment-1", results)
