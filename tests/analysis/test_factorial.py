"""Main effects and interactions, by hand and against least squares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from suite.analysis.factorial import effects
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.stats.sequential import confidence_sequence
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.fakes import make_result
from tests.support.tasks import DISC_TASK, ROOT, write_task

LEVELS = {
    "shared-auxiliary": (1, 1),
    "shared-plain": (1, -1),
    "unshared-auxiliary": (-1, 1),
    "unshared-plain": (-1, -1),
}


def study_of(values: dict[str, list[float]]) -> Study:
    task = load_task(ROOT / "tasks" / "sharing-and-auxiliary-loss.toml")
    results = {
        arm: tuple(make_result(task, arm, seed, one) for seed, one in enumerate(values[arm]))
        for arm in task.arms
    }
    return Study(task, "cpu", "environment-1", results)


def test_effects_by_hand() -> None:
    values = {
        "shared-auxiliary": 0.9,
        "shared-plain": 0.7,
        "unshared-auxiliary": 0.8,
        "unshared-plain": 0.3,
    }
    found = {
        one.name: one.gap.mean
        for one in effects(
            study_of({arm: [one] * 6 for arm, one in values.items()}), "target_accuracy_head"
        )
    }
    assert found == {
        "weights: shared - unshared": pytest.approx(0.8 - 0.55),
        "loss: auxiliary - plain": pytest.approx(0.85 - 0.5),
        "weights x loss": pytest.approx(0.2 - 0.5),
    }


def test_an_effect_knows_its_factors_and_their_levels() -> None:
    first, second, both = effects(
        study_of({arm: [0.5, 0.6, 0.7] for arm in LEVELS}), "target_accuracy_head"
    )
    assert (first.factors, first.levels) == (("weights",), ("shared", "unshared"))
    assert (second.factors, second.levels) == (("loss",), ("auxiliary", "plain"))
    assert (both.factors, both.levels) == (("weights", "loss"), None)


def test_effects_are_the_coefficients_of_least_squares() -> None:
    rng = np.random.default_rng(2)
    values = {arm: [float(one) for one in rng.uniform(0.5, 0.9, 8)] for arm in LEVELS}
    design = np.array([[1, a, b, a * b] for a, b in LEVELS.values() for _ in range(8)])
    outcome = np.array([one for arm in LEVELS for one in values[arm]])
    _, weights, loss, both = np.linalg.lstsq(design, outcome, rcond=None)[0]
    found = [one.gap.mean for one in effects(study_of(values), "target_accuracy_head")]
    assert found == pytest.approx([2 * weights, 2 * loss, 4 * both])


def test_a_task_without_factors_has_no_effects(tiny: Task) -> None:
    results = {arm: (make_result(tiny, arm, 0, 0.5),) for arm in tiny.arms}
    assert effects(Study(tiny, "cpu", "environment-1", results), "accuracy") == []


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (("a", "b", None), "arms: factor 'size': expected one of two levels in every arm"),
        (("a", "b", "c"), "arms: factor 'size': expected one of two levels in every arm"),
        (("a", "b", "b"), "arms: expected each of the 2 combinations of levels once"),
    ],
)
def test_an_incomplete_factorial_is_refused(
    tmp_path: Path, levels: tuple[str | None, ...], message: str
) -> None:
    text = DISC_TASK
    for arm, level in zip(("short", "long", "control"), levels, strict=True):
        if level:
            text = text.replace(
                f"[arms.{arm}]\n", f'[arms.{arm}]\nlevels = {{ size = "{level}" }}\n'
            )
    with pytest.raises(SuiteError, match=message):
        load_task(write_task(tmp_path, text))


def test_effects_hold_over_all_looks_where_seeds_were_added() -> None:
    rng = np.random.default_rng(4)
    study = study_of({arm: list(rng.normal(0.8, 0.01, 12)) for arm in LEVELS})
    looked = replace(study, sequential=True)
    for effect in effects(looked, "target_accuracy_head"):
        gap = effect.gap
        assert gap.deviation is not None
        level = 1 - 0.05 / 3  # two factors and their interaction
        assert gap.interval == confidence_sequence(gap.mean, gap.deviation, 12, level)
    arm = next(iter(LEVELS))
    fixed, held = (of.summary(arm, "target_accuracy_head") for of in (study, looked))
    assert fixed is not None
    assert held is not None
    assert fixed.deviation is not None
    assert held.interval == confidence_sequence(fixed.mean, fixed.deviation, 12)
