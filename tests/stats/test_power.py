"""Power and numbers of seeds against textbooks, SciPy and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.stats import (
    detectable_gap,
    power,
    seeds_for_gap,
    seeds_for_tie,
    tie_power,
    upper_deviation,
)
from suite.stats.sequential import confidence_sequence, sequence_critical


@pytest.mark.parametrize(
    ("effect", "n"), [(0.3, 90), (0.5, 34), (0.8, 15), (1.0, 10), (1.5, 7), (-1.0, 10)]
)
def test_seeds_for_one_pair_are_the_textbooks(effect: float, n: int) -> None:
    """But for 6 (1.5 sd): there the sign flips need one more."""
    assert seeds_for_gap(effect, 1.0) == n
    assert seeds_for_gap(1e-6, 1.0) is None
    assert seeds_for_gap(0.0, 1.0) is None


def test_a_family_needs_more_seeds() -> None:
    needed = [seeds_for_gap(0.8, 1.0, pairs) or 0 for pairs in (1, 3, 10, 100)]
    assert needed == sorted(set(needed))
    assert power(0.8, needed[2], 10) >= 0.8 > power(0.8, needed[2] - 1, 10)


def test_a_tie_needs_what_simulation_says() -> None:
    n = seeds_for_tie(0.5, 1.0)
    assert n is not None
    d = np.random.default_rng(1).normal(size=(4000, n))
    half = stats.t.ppf(0.95, n - 1) * d.std(axis=1, ddof=1) / n**0.5
    shown = np.mean(np.abs(d.mean(axis=1)) + half < 0.5)
    assert shown == pytest.approx(tie_power(0.5, n), abs=0.03)
    assert shown > 0.77
    assert seeds_for_tie(0.0, 1.0) is None


def test_looking_often_takes_more_seeds_and_reaches_the_power_that_is_said() -> None:
    n = seeds_for_gap(1.0, 1.0, critical=sequence_critical)
    fixed = seeds_for_gap(1.0, 1.0)
    assert n is not None
    assert fixed is not None
    assert n > fixed
    d = np.random.default_rng(3).normal(1.0, 1.0, (2000, n))
    found = [0 not in confidence_sequence(x.mean(), x.std(ddof=1), n) for x in d]
    assert np.mean(found) == pytest.approx(power(1.0, n, 1, sequence_critical), abs=0.03)
    assert (seeds_for_tie(1.0, 1.0, critical=sequence_critical) or 0) > (
        seeds_for_tie(1.0, 1.0) or 0
    )


def test_the_upper_limit_of_a_deviation_holds_in_four_of_five_studies() -> None:
    deviations = np.random.default_rng(2).normal(size=(4000, 8)).std(axis=1, ddof=1)
    assert np.mean([upper_deviation(d, 8) > 1 for d in deviations]) == pytest.approx(0.8, abs=0.02)


def test_the_detectable_gap_is_where_the_power_is_80_percent() -> None:
    # with the wrong direction, which is left out
    assert power(detectable_gap(12, 2.0) / 2.0, 12) == pytest.approx(0.8, abs=2e-6)
    assert power(detectable_gap(10_000, 1.0), 10_000) == pytest.approx(0.8, abs=2e-6)


@pytest.mark.parametrize("n", [6, 20, 1000])
def test_the_power_is_scipys_of_the_noncentral_t(n: int) -> None:
    for effect in (0.0, 0.05, 0.5 / n**0.5, 3 / n**0.5):
        edge, shift = stats.t.ppf(0.975, n - 1), effect * n**0.5
        expected = stats.nct.sf(edge, n - 1, shift) + stats.nct.cdf(-edge, n - 1, shift)
        assert power(effect, n) == pytest.approx(expected, abs=1e-9)
    assert power(20.0, n) == 1.0
