"""Power, seeds needed and detectable gaps against textbooks and SciPy."""

from __future__ import annotations

import pytest
from scipy import stats

from suite.stats import (
    detectable_gap,
    power,
    seeds_needed,
)


@pytest.mark.parametrize(
    ("effect", "n"), [(0.3, 90), (0.5, 34), (0.8, 15), (1.0, 10), (1.5, 6), (-1.0, 10)]
)
def test_seeds_needed_are_the_textbooks(effect: float, n: int) -> None:
    assert seeds_needed(effect) == n
    assert seeds_needed(1e-6) is None
    assert seeds_needed(200.0) == 6


def test_the_detectable_gap_is_where_the_power_is_80_percent() -> None:
    assert power(detectable_gap(12, 2.0) / 2.0, 12) == pytest.approx(
        0.8, abs=2e-6
    )  # with the wrong direction, which is left out
    assert power(detectable_gap(10_000, 1.0), 10_000) == pytest.approx(0.8, abs=2e-6)


@pytest.mark.parametrize("n", [6, 20, 1000])
def test_the_power_is_scipys_of_the_noncentral_t(n: int) -> None:
    for effect in (0.0, 0.05, 0.5 / n**0.5, 3 / n**0.5):
        edge, shift = stats.t.ppf(0.975, n - 1), effect * n**0.5
        expected = stats.nct.sf(edge, n - 1, shift) + stats.nct.cdf(-edge, n - 1, shift)
        assert power(effect, n) == pytest.approx(expected, abs=1e-9)
    assert power(20.0, n) == 1.0
