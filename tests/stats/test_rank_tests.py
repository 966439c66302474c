"""Friedman, Wilcoxon, Holm and Nemenyi: by SciPy, and by values of scikit-posthocs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from suite.stats.rank_tests import (
    friedman,
    holm,
    nemenyi_difference,
    nemenyi_p,
    rank_opinion,
    signed_ranks,
)

# The values of scikit-posthocs 0.17.1: posthoc_nemenyi_friedman, and posthoc_wilcoxon by "holm"
PLAIN = np.array(
    [
        [0.787, 0.8065, 0.8483, 0.8632],
        [0.7672, 0.8099, 0.8025, 0.853],
        [0.7678, 0.8148, 0.8197, 0.8815],
        [0.8063, 0.8202, 0.7851, 0.8951],
        [0.7617, 0.832, 0.8084, 0.8324],
        [0.7869, 0.7966, 0.8226, 0.8478],
        [0.8297, 0.7734, 0.8149, 0.8322],
        [0.8155, 0.7676, 0.8081, 0.8542],
        [0.7703, 0.8297, 0.8186, 0.8701],
        [0.8192, 0.7904, 0.799, 0.8459],
        [0.815, 0.827, 0.8008, 0.8379],
    ]
)
PLAIN_NEMENYI = [
    [1.0, 0.842305576461842, 0.9118421646140074, 0.00021359535115350603],
    [0.842305576461842, 1.0, 0.9983987421491285, 0.005291179725908313],
    [0.9118421646140074, 0.9983987421491285, 1.0, 0.002946557636559821],
    [0.00021359535115350603, 0.005291179725908313, 0.002946557636559821, 1.0],
]
PLAIN_WILCOXON = [
    [1.0, 0.73046875, 0.369140625, 0.005859375],
    [0.73046875, 1.0, 0.73046875, 0.005859375],
    [0.369140625, 0.73046875, 1.0, 0.005859375],
    [0.005859375, 0.005859375, 0.005859375, 1.0],
]
TIED = np.array(
    [
        [1.0, 2.0, 2.0],
        [2.0, 4.0, 2.0],
        [2.0, 2.0, 2.0],
        [2.0, 2.0, 3.0],
        [1.0, 3.0, 2.0],
        [2.0, 3.0, 3.0],
        [3.0, 2.0, 3.0],
    ]
)
TIED_NEMENYI = [
    [1.0, 0.37497954321595073, 0.3054489816231175],
    [0.37497954321595073, 1.0, 0.9902035138922867],
    [0.3054489816231175, 0.9902035138922867, 1.0],
]
TIED_WILCOXON = [[1.0, 0.5, 0.375], [0.5, 1.0, 1.0], [0.375, 1.0, 1.0]]


def drawn(seed: int, blocks: int, arms: int, *, ties: bool) -> np.ndarray:
    """Values (blocks, arms) whose arms differ; whole numbers where there are to be ties."""
    values = np.random.default_rng(seed).normal(np.arange(arms) / 2, 2, (blocks, arms))
    return np.round(values) if ties else values


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(("blocks", "arms"), [(7, 3), (12, 5), (40, 4)])
def test_friedman_is_scipys(blocks: int, arms: int, ties: bool) -> None:
    values = drawn(3, blocks, arms, ties=ties)
    own, expected = friedman(values), stats.friedmanchisquare(*values.T)
    assert own is not None
    assert own.chi_squared == pytest.approx(expected.statistic, rel=1e-12)
    assert own.p == pytest.approx(expected.pvalue, rel=1e-11, abs=1e-12)


def test_iman_and_davenport_by_hand() -> None:
    """Mean ranks 5/4, 7/4 and 3 over 4 blocks, whose chi-squared is at most 8."""
    values = np.array([[1, 2, 3], [1, 2, 3], [1, 2, 3], [2, 1, 3]], dtype=float)
    own = friedman(values)
    assert own is not None
    chi_squared = 12 * 4 / (3 * 4) * ((5 / 4) ** 2 + (7 / 4) ** 2 + 9 - 12)
    assert own.chi_squared == pytest.approx(chi_squared, abs=1e-12)
    assert own.f == pytest.approx(3 * chi_squared / (8 - chi_squared), abs=1e-12)
    assert own.f_freedom == (2, 6)
    assert own.f_p == pytest.approx(stats.f.sf(own.f, 2, 6), abs=1e-12)


def test_without_ties_f_is_the_anova_of_the_ranks() -> None:
    values = drawn(5, 9, 4, ties=True)
    ranks = stats.rankdata(values, axis=1)
    arms = 9 * ((ranks.mean(axis=0) - 2.5) ** 2).sum() / 3
    rest = ((ranks - ranks.mean(axis=0)) ** 2).sum() / 24
    own = friedman(values)
    assert own is not None
    assert own.f == pytest.approx(arms / rest, abs=1e-12)


def test_blocks_that_all_agree_have_an_infinite_f() -> None:
    own = friedman(np.tile([3.0, 1.0, 2.0], (5, 1)))
    assert own is not None
    assert (own.chi_squared, own.f, own.f_p) == (10.0, float("inf"), 0.0)


def test_arms_that_are_equal_everywhere_have_no_test() -> None:
    values = np.tile([[0.1 + 0.2, 0.3]], (4, 1))
    assert friedman(values) is None
    assert rank_opinion(values, higher_is_better=True).group == (0, 1)
    with pytest.raises(ValueError, match="expected two blocks or more, got 1"):
        friedman(values[:1])


@pytest.mark.parametrize(
    ("blocks", "ties"),
    [
        # of 13 with ties SciPy goes through all 8,192 signs, one by one
        pytest.param(blocks, ties, marks=pytest.mark.slow if (blocks, ties) == (13, True) else ())
        for blocks in (3, 6, 13, 14, 50, 51, 70)
        for ties in (False, True)
    ],
)
def test_signed_ranks_are_scipys(blocks: int, ties: bool) -> None:
    values = drawn(7, blocks, 3, ties=ties)
    pairs = list(combinations(range(3), 2))
    for own in signed_ranks(values, pairs):
        a, b = own.pair
        expected = stats.wilcoxon(values[:, a], values[:, b])
        assert own.statistic == expected.statistic
        assert own.p == pytest.approx(expected.pvalue, abs=1e-12)
        assert own.n == (values[:, a] != values[:, b]).sum()


def test_differences_that_are_equal_but_for_rounding_are_tied() -> None:
    """SciPy finds the same once its user has rounded the differences."""
    a = np.array([0.3, 0.6, 0.9, 0.45, 0.8, 0.7, 0.2])
    b = np.array([0.1, 0.4, 0.7, 0.65, 0.75, 0.1 + 0.6, 0.9])
    (own,) = signed_ranks(np.stack([a, b], axis=1), [(0, 1)])
    expected = stats.wilcoxon(np.round(a - b, 9))
    assert own.n == 6
    assert (own.statistic, own.p) == pytest.approx((expected.statistic, expected.pvalue))


def test_arms_that_are_the_same_are_not_told_apart() -> None:
    (own,) = signed_ranks(np.ones((8, 2)), [(0, 1)])
    assert (own.n, own.statistic, own.p, own.adjusted) == (0, 0.0, 1.0, 1.0)


def test_holm_by_hand() -> None:
    """Times 4, 3, 2 and 1 from the smallest up, never falling, at most 1."""
    assert holm([0.04, 0.01, 0.03, 0.9]) == pytest.approx([0.09, 0.04, 0.09, 0.9])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("values", "nemenyi", "wilcoxon"),
    [(PLAIN, PLAIN_NEMENYI, PLAIN_WILCOXON), (TIED, TIED_NEMENYI, TIED_WILCOXON)],
)
def test_pairs_are_those_of_scikit_posthocs(
    values: np.ndarray, nemenyi: list[list[float]], wilcoxon: list[list[float]]
) -> None:
    found, expected = nemenyi_p(values), np.array(nemenyi)
    assert found == pytest.approx(expected, abs=1e-12)
    for own in signed_ranks(values, list(combinations(range(values.shape[1]), 2))):
        assert own.adjusted == pytest.approx(wilcoxon[own.pair[0]][own.pair[1]], abs=1e-12)


def test_against_a_control_holm_counts_its_pairs_alone() -> None:
    values = drawn(9, 15, 5, ties=False)
    own = signed_ranks(values, [(4, arm) for arm in range(4)])
    p = [stats.wilcoxon(values[:, 4], values[:, arm]).pvalue for arm in range(4)]
    assert [test.adjusted for test in own] == pytest.approx(holm(p), abs=1e-12)


@pytest.mark.parametrize("arms", [2, 5, 10, 50])
def test_the_critical_difference_is_of_the_studentized_range(arms: int) -> None:
    q = stats.studentized_range.isf(0.05, arms, np.inf)
    expected = q / 2**0.5 * (arms * (arms + 1) / (6 * 14)) ** 0.5
    assert nemenyi_difference(arms, 14) == pytest.approx(expected, rel=1e-10)


def test_the_critical_difference_of_demsars_example() -> None:
    """Four classifiers, 14 data sets: 2.569 sqrt(4 x 5 / (6 x 14)) = 1.25 (2006, section 3.2.4)."""
    assert nemenyi_difference(4, 14) == pytest.approx(1.25, abs=0.005)


def test_the_group_of_the_best_needs_a_test_that_rejects() -> None:
    values = np.random.default_rng(2).normal(size=(10, 4))
    assert rank_opinion(values, higher_is_better=True).group == (0, 1, 2, 3)
    apart = values + np.array([0.0, 6.0, 6.0, 20.0])
    own = rank_opinion(apart, higher_is_better=True)
    assert own.mean_ranks[3] == 1.0
    assert own.group == tuple(
        arm for arm, rank in enumerate(own.mean_ranks) if rank - 1 <= own.difference
    )
    assert 0 not in own.group
    assert rank_opinion(-apart, higher_is_better=False) == own
