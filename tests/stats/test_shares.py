"""The interval of a share, by hand and beside SciPy."""

from __future__ import annotations

import pytest
from scipy import stats

from suite.stats import wilson


def test_wilsons_interval_by_hand() -> None:
    """965 of 1,000: (0.965 + 0.00192 ± 1.96 sqrt(0.0000338 + 0.00000096)) / 1.00384."""
    found = wilson(965, 1000)
    assert (found.low, found.high) == pytest.approx((0.95172, 0.97473), abs=1e-5)


@pytest.mark.parametrize(("right", "items"), [(0, 7), (47, 60), (7, 7)])
def test_wilsons_interval_is_scipys(right: int, items: int) -> None:
    expected = stats.binomtest(right, items).proportion_ci(method="wilson")
    found = wilson(right, items)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
