"""Permutation tests against SciPy, exact enumeration and McNemar."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.stats import (
    paired_gap,
    permutations,
)


def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def two(n: int) -> tuple[list[float], list[float]]:
    a, b = np.random.default_rng(n).normal(0.9, 0.01, (2, n))
    return list(a), list(b)


def test_the_p_of_many_items_is_drawn_in_parts_of_bounded_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Right or wrong on 400 items: McNemar's exact test is the second method."""
    wrong, right = np.random.default_rng(1).random((2, 400)) < 0.5
    expected = stats.binomtest(int((right & ~wrong).sum()), int((right != wrong).sum())).pvalue
    monkeypatch.setattr(permutations, "MOST_NUMBERS", 50 * 400)
    p_value = paired_gap(
        list(right.astype(float)), list(wrong.astype(float)), generator=generator()
    ).p
    assert p_value == pytest.approx(expected, abs=3 * (0.25 / 9999) ** 0.5)


@pytest.mark.parametrize("seed", range(20))
def test_permutations_that_tie_are_counted_as_scipy_does(seed: int) -> None:
    """Accuracies on few items are multiples of one number, and their sums are rounded; those of
    whole numbers are not.
    """
    a, b = np.random.default_rng(seed).integers(0, 5, (2, 9))
    flips = stats.permutation_test((a - b,), np.mean, permutation_type="samples", n_resamples=9999)
    assert permutations.sign_flip_p(a / 10 - b / 10, generator()) == pytest.approx(
        flips.pvalue, abs=1e-12
    )
    ways = stats.permutation_test(
        (a[:5], b[:4]), lambda x, y: np.mean(x) - np.mean(y), n_resamples=9999
    )
    assert permutations.permuted_arms_p(a[:5] / 10, b[:4] / 10, generator()) == pytest.approx(
        ways.pvalue, abs=1e-12
    )


def test_the_sign_flip_test_is_exact_for_few_seeds() -> None:
    for n, smallest in ((5, 2 / 32), (6, 2 / 64), (13, 2 / 2**13)):
        a = [1.0 + 0.1 * seed for seed in range(n)]
        assert paired_gap(a, [0.0] * n, generator=generator()).p == pytest.approx(
            smallest, abs=1e-15
        )


def test_the_sign_flips_come_from_the_generator() -> None:
    a, b = two(40)
    assert paired_gap(a, b, generator=generator()).p == paired_gap(a, b, generator=generator()).p
    assert (
        paired_gap(a, b, generator=generator()).p
        != paired_gap(a, b, generator=np.random.default_rng(8)).p
    )
