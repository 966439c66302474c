"""How many seeds bets need, against the sequence that judges."""

from __future__ import annotations

import numpy as np
import pytest

from suite.stats import betting_mean
from suite.stats.betting_plan import MOST_BETS, bets_for_gap, bets_for_tie


def first_seed(d: float, excluded: list[float], level: float) -> int:
    """How many equal differences it takes until none of these means is in the interval."""
    n = 2
    while any(m in betting_mean([d] * n, low=-1, high=1, level=level).interval for m in excluded):
        n += 1
    return n


@pytest.mark.parametrize(("gap", "pairs"), [(0.3, 1), (0.1, 3)])
def test_without_spread_the_number_is_that_of_the_sequence(gap: float, pairs: int) -> None:
    assert bets_for_gap(gap, 0.0, 1.0, pairs) == first_seed(gap, [0.0], 1 - 0.05 / pairs)
    assert bets_for_tie(gap, 0.0, 1.0, pairs) == first_seed(0.0, [-gap, gap], 1 - 0.1 / pairs)


def test_the_promised_power_is_that_of_the_verdict() -> None:
    rng, repeats = np.random.default_rng(3), 200
    for_gap, for_tie = bets_for_gap(0.2, 0.3, 1.0, 2), bets_for_tie(0.2, 0.3, 1.0, 2)
    assert for_gap is not None
    assert for_tie is not None
    shown = np.zeros(2)
    for _ in range(repeats):
        d = rng.normal(0.2, 0.3, for_gap).clip(-1, 1)
        shown[0] += betting_mean(list(d), low=-1, high=1, level=0.975).interval.low > 0
        d = rng.normal(0, 0.3, for_tie).clip(-1, 1)
        tie = betting_mean(list(d), low=-1, high=1, level=0.95).interval
        shown[1] += tie.low > -0.2 and tie.high < 0.2
    assert (shown / repeats >= 0.7).all()
    assert (shown / repeats <= 0.92).all()


def test_the_unit_of_the_metric_does_not_matter() -> None:
    assert bets_for_gap(20.0, 30.0, 100.0) == bets_for_gap(0.2, 0.3, 1.0)
    assert bets_for_tie(20.0, 30.0, 100.0) == bets_for_tie(0.2, 0.3, 1.0)


def test_a_margin_as_wide_as_the_metric_needs_no_bets_and_a_tiny_one_has_no_number() -> None:
    assert bets_for_tie(1.0, 0.1, 1.0) == 6
    assert bets_for_gap(1.0, 0.1, 1.0) is None
    assert bets_for_gap(1e-4, 0.1, 1.0) is None
    assert bets_for_gap(0.0, 0.1, 1.0) is None
    assert bets_for_tie(0.0, 0.1, 1.0) is None
    assert MOST_BETS >= (bets_for_gap(0.002, 0.002, 1.0) or 0) > 1000
