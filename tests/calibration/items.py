"""Arms that are alike on all items of their kind, tested on the same items under every seed."""

from __future__ import annotations

import numpy as np

from suite.analysis.analyse import analyse
from suite.analysis.study import Study
from suite.store.items import pack
from suite.task.schema import Task
from tests.support.fakes import make_result
from tests.support.tasks import disc_task

Rng = np.random.Generator


def two_arms() -> Task:
    task = disc_task()
    arms = {arm: task.arms[arm] for arm in ("long", "short")}
    return task.model_copy(update={"arms": arms, "claims": (), "comparisons": (("long", "short"),)})


def study_of_items(task: Task, right: dict[str, np.ndarray]) -> Study:
    """A study of what the arms got `right` (seeds, items) of one test set."""
    results, items = {}, {}
    for arm, table in right.items():
        runs = []
        for seed, row in enumerate(table):
            digest, document = pack(None, row)
            items[digest] = document
            changes = {"items": digest, "items_metric": "accuracy", "test_set": "same"}
            run = make_result(task, arm, seed, float(row.mean()))
            runs.append(run.model_copy(update=changes))
        results[arm] = tuple(runs)
    return Study(task, "cpu", "environment-1", results, items=items)


def right_items(rng: Rng, seeds: int, items: int, luck: float) -> dict[str, np.ndarray]:
    """An item is right with a probability of its own under each arm, of one distribution for both.

    `luck`: how far they are apart, in logits; 87% to 90% of items are right. A seed shifts all.
    """
    common = rng.normal(4, 2.5, items)
    shifts = rng.normal(0, 0.2, (2, seeds, 1))
    own = common + rng.normal(0, luck, (2, items))
    return {
        arm: rng.random((seeds, items)) < 1 / (1 + np.exp(-own[side] - shifts[side]))
        for side, arm in enumerate(("long", "short"))
    }


def share_better(
    rng: Rng, repeats: int, *, seeds: int, items: int, luck: float, like_items: bool
) -> float:
    """The share of studies with a winner: for further items, or for these, on which one may be."""
    task, found = two_arms(), 0
    for _ in range(repeats):
        analysis = analyse(study_of_items(task, right_items(rng, seeds, items, luck)))
        pairs = analysis.beside if like_items else analysis.comparisons
        found += any(pair.winner is not None for pair in pairs)
    return found / repeats
