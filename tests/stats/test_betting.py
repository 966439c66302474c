"""Betting sequences: against a plain reading of the paper, and how often they err."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.stats import betting_mean
from suite.stats.sequential import bayes_factor


def rejected(x: list[float], m: float, alpha: float) -> list[bool]:
    """Whether mean m of x in [0, 1] is rejected after each value, written as the paper's loop."""
    above, below = 1.0, 1.0
    total, squares, variance, answers = 0.0, 0.0, 0.25, []
    for t, value in enumerate(x, start=1):
        bet = (2 * np.log(2 / alpha) / (variance * t * np.log(t + 1))) ** 0.5
        above *= 1 + min(bet, 0.75 / m) * (value - m)
        below *= 1 - min(bet, 0.75 / (1 - m)) * (value - m)
        total += value
        squares += (value - (0.5 + total) / (t + 1)) ** 2
        variance = (0.25 + squares) / (t + 1)
        answers.append(max(above / 2, below / 2) >= 1 / alpha)
    return answers


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_the_interval_holds_the_means_that_are_not_rejected(level: float) -> None:
    x = list(np.random.default_rng(2).beta(2, 5, 60))
    running = betting_mean(x, low=0, high=1, level=level)
    last = betting_mean(x, low=0, high=1, level=level, running=False)
    for m in np.linspace(0.003, 0.997, 400):
        looks = rejected(x, float(m), 1 - level)
        assert (m in running.interval) == (not any(looks))
        assert (m in last.interval) == (not looks[-1])


def test_bounds_only_set_the_unit() -> None:
    x = np.random.default_rng(3).random(40)
    unit, wide = betting_mean(list(x), low=0, high=1), betting_mean(list(8 * x - 3), low=-3, high=5)
    assert wide.interval.low == pytest.approx(8 * unit.interval.low - 3)
    assert wide.interval.high == pytest.approx(8 * unit.interval.high - 3)
    assert wide.n == 40
    assert wide.mean == pytest.approx(8 * x.mean() - 3)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40))
def test_intervals_turn_with_the_arms_and_agree_with_p(d: list[float]) -> None:
    own, turned = betting_mean(d, low=-1, high=1), betting_mean([-x for x in d], low=-1, high=1)
    assert turned.interval.low == pytest.approx(-own.interval.high, abs=1e-9)
    assert turned.p == pytest.approx(own.p)
    assert -1 <= own.interval.low <= own.interval.high <= 1
    if abs(own.p - 0.05) > 1e-9:
        assert (0.0 in own.interval) == (own.p > 0.05)
    last = betting_mean(d, low=-1, high=1, running=False)
    assert own.interval.lies_in(last.interval)


def test_skewed_seeds_err_in_less_than_5_percent_over_all_looks() -> None:
    """One seed in 20 collapses: the t sequence errs in more than 5%, the betting one does not."""
    rng, repeats, wrong, by_t = np.random.default_rng(9), 500, 0, 0
    for _ in range(repeats):
        d = np.where(rng.random(200) < 0.05, -0.95, 0.05) + rng.uniform(-0.01, 0.01, 200)
        wrong += 0.0 not in betting_mean(list(d), low=-1, high=1).interval
        by_t += any(bayes_factor(d[:n].mean(), d[:n].std(ddof=1), n) >= 20 for n in range(5, 60, 5))
    assert wrong / repeats <= 0.05
    assert by_t / repeats > 0.2


def test_a_gap_is_found_in_the_end() -> None:
    d = np.random.default_rng(4).normal(0.2, 0.1, 60).clip(-1, 1)
    own = betting_mean(list(d), low=-1, high=1)
    assert own.interval.low > 0
    assert own.p < 1e-3


def test_values_at_a_bound_keep_the_bound() -> None:
    assert betting_mean([1.0] * 50, low=-1, high=1).interval.high == 1
    assert betting_mean([0.0] * 50, low=0, high=1).interval.low == 0
    assert betting_mean([0.0] * 50, low=0, high=1).p == 1.0
    assert betting_mean([2.0, 3.0], low=1, high=4).p == 1.0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"values from 0 to 1, got 0\.5 to 1\.5"):
        betting_mean([0.5, 1.5], low=0, high=1)
    with pytest.raises(ValueError, match="a lower bound below an upper one, got 1 and 1"):
        betting_mean([1.0], low=1, high=1)
    with pytest.raises(ValueError, match="a level between 0 and 1"):
        betting_mean([0.5], low=0, high=1, level=1.5)
    with pytest.raises(ValueError, match="finite values"):
        betting_mean([], low=0, high=1)
