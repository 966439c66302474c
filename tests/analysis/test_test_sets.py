"""What finite test sets add to the spread of runs."""

from __future__ import annotations

import numpy as np
import pytest

from suite.analysis.study import Study
from suite.analysis.test_sets import deviation_of_test_set, items_of_run
from suite.task.components import Metric
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.fakes import make_result
from tests.support.tasks import ROOT


def study_of(task: Task, values: list[float]) -> Study:
    results = {
        arm: tuple(make_result(task, arm, seed, value) for seed, value in enumerate(values))
        for arm in task.arms
    }
    return Study(task, "cpu", "environment-1", results)


def test_arms_that_are_all_alike_vary_by_their_test_sets_alone(tiny: Task) -> None:
    items = items_of_run(tiny.only_data_set, "accuracy")
    assert items is not None
    values = np.random.default_rng(1).binomial(items, 0.9, 400) / items
    found = deviation_of_test_set(study_of(tiny, list(map(float, values))), "long", "accuracy")
    assert found == pytest.approx(values.std(ddof=1), rel=0.08)


def test_what_is_no_accuracy_of_the_suites_has_none(tiny: Task) -> None:
    for metric in (Metric(direction="lower", unit="none"), Metric(direction="higher", name="F1")):
        task = tiny.model_copy(update={"metrics": {"accuracy": metric}})
        assert deviation_of_test_set(study_of(task, [0.8, 0.9]), "long", "accuracy") is None
    assert deviation_of_test_set(study_of(tiny, [1.5, 0.9]), "long", "accuracy") is None


def test_the_digits_of_both_sides_are_items() -> None:
    task = load_task(ROOT / "tasks" / "siamese-vs-separate.toml")
    pairs = items_of_run(task.only_data_set, "target_accuracy")
    assert pairs is not None
    assert items_of_run(task.only_data_set, "digit_accuracy") == 2 * pairs
