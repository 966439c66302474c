"""The best arm against the rest: chosen by results, and held as if any had been."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from suite.analysis.analyse import analyse
from suite.analysis.compare_study import is_decided
from suite.analysis.study import Study
from suite.analysis.words import Verdict
from suite.reports.headlines import answer, scope
from suite.reports.prose import plain_text
from suite.reports.sweep_figure import axes_of, sweep_figure
from suite.task.schema import Task
from tests.support.fakes import make_result
from tests.task.test_sweeps import spanned

SIX = "[grid]\nlr = [0.1, 1.0]\nlayers = [[2, 2], [2, 5, 2], [2, 7, 2]]\n"


@cache
def six_arms() -> Task:
    return spanned(SIX)


def study_of(values: np.ndarray, task: Task | None = None) -> Study:
    """The study over values (arms, seeds)."""
    task = task or six_arms()
    results = {
        arm: tuple(make_result(task, arm, seed, float(v)) for seed, v in enumerate(row))
        for arm, row in zip(task.arms, values, strict=True)
    }
    return Study(task, "cpu", "environment-1", results)


def spread(seed: int, *, ahead: float = 0.0, seeds: int = 8) -> np.ndarray:
    """Six arms with equal means, but for the last, which is `ahead`."""
    values = np.random.default_rng(seed).normal(0.5, 0.01, (6, seeds))
    values[-1] += ahead
    return values


def test_the_best_stands_before_each_other_arm_and_the_family_is_all_pairs() -> None:
    analysis = analyse(study_of(spread(1, ahead=0.1)))
    best = "lr-1.0-layers-2-7-2"
    assert [pair.first for pair in analysis.comparisons] == [best] * 5
    assert [pair.second for pair in analysis.comparisons] == list(six_arms().arms)[:-1]
    assert {pair.family_size for pair in analysis.comparisons} == {15}
    assert {pair.verdict for pair in analysis.comparisons} == {Verdict.BETTER}
    assert {pair.winner for pair in analysis.comparisons} == {best}


def test_intervals_are_those_of_a_task_that_compares_all_pairs() -> None:
    values = spread(2, ahead=0.02)
    whole = six_arms().model_copy(update={"comparisons": ()})
    by_pair = {
        frozenset((pair.first, pair.second)): pair
        for pair in analyse(study_of(values, whole)).comparisons
    }
    for pair in analyse(study_of(values)).comparisons:
        other = by_pair[frozenset((pair.first, pair.second))]
        assert pair.p == other.p
        assert abs(pair.gap.mean) == pytest.approx(abs(other.gap.mean))


def test_equal_arms_seldom_have_a_best_one_although_results_choose_it() -> None:
    """At most 5%, with two standard errors of 200 studies: choosing the best costs nothing."""
    wrong = sum(
        any(pair.verdict == Verdict.BETTER for pair in analyse(study_of(spread(k))).comparisons)
        for k in range(200)
    )
    assert wrong <= 200 * (0.05 + 2 * (0.05 * 0.95 / 200) ** 0.5)


def test_of_equal_means_the_first_arm_is_the_best_one() -> None:
    assert study_of(np.full((6, 7), 0.5)).best_arm == "lr-0.1-layers-2-2"
    lower = {"accuracy": six_arms().metrics["accuracy"].model_copy(update={"direction": "lower"})}
    task = six_arms().model_copy(update={"metrics": lower})
    assert study_of(spread(3, ahead=-0.2), task).best_arm == "lr-1.0-layers-2-7-2"


def test_a_study_without_results_compares_nothing() -> None:
    study = study_of(np.empty((6, 0)))
    assert study.best_arm is None
    assert analyse(study).comparisons == ()


def test_it_is_decided_when_the_best_is_held_against_each() -> None:
    assert is_decided(study_of(spread(1, ahead=0.1)))
    assert not is_decided(study_of(spread(1)))


def test_the_answer_is_one_sentence_and_says_that_results_chose() -> None:
    analysis = analyse(study_of(spread(1, ahead=0.1)))
    text = plain_text(answer(analysis))
    assert "lr-1.0-layers-2-7-2" in text
    assert "has the best mean of 6 arms" in text
    assert "BETTER than 5 of 5, by +" in text
    assert "hold for all 15 pairs of arms together" in plain_text(scope(analysis))


def test_an_ablation_names_each_part_with_its_difference() -> None:
    parts = ("momentum = 0.0", "layers = [2, 2]", "epochs = 1", "batch_size = 1", "width = 3")
    task = spanned("[ablation]\n" + "\n".join(parts) + "\n")
    values = np.random.default_rng(4).normal(0.5, 0.001, (6, 8))
    values[0] += 0.1
    values[2] += 0.2
    text = plain_text(answer(analyse(study_of(values, task))))
    assert "WORSE than without-layers -" in text
    assert "BETTER than without-momentum +" in text
    assert "without-width +" in text


def test_the_picture_has_every_axis_and_is_the_same_each_time() -> None:
    study = study_of(spread(5))
    assert axes_of(study) == {"lr": [0.1, 1.0], "layers": [[2, 2], [2, 5, 2], [2, 7, 2]]}
    picture = sweep_figure(study)
    assert picture is not None
    assert picture == sweep_figure(study)
    assert sweep_figure(study_of(np.empty((6, 0)))) is not None  # nothing measured yet


def test_three_axes_have_a_panel_for_each_value_of_the_shortest() -> None:
    task = spanned("[grid]\nlr = [0.1, 0.2, 0.4]\nepochs = [1, 2]\nwidth = [1, 2, 3]\n")
    values = np.random.default_rng(6).normal(0.5, 0.01, (18, 4))
    picture = sweep_figure(study_of(values, task))
    assert picture is not None
    assert picture.count('id="axes_') == 2
