"""Permutation tests against SciPy, exact enumeration, brute force and McNemar."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from suite.stats import permutations, sign_flip_p
from suite.stats.permutations import permuted_arms_p


def alone(d: np.ndarray) -> float:
    (p,) = sign_flip_p(np.asarray(d, dtype=float)[:, None])
    return float(p)


def brute_force(d: np.ndarray) -> np.ndarray:
    """Westfall and Young's adjusted p, by their definition."""
    n, pairs = d.shape

    def t(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(values.mean(axis=0)) / values.std(axis=0, ddof=1) * n**0.5)

    observed = t(d)
    order = np.argsort(-observed)
    flipped = np.array([t(d * np.array(signs)[:, None]) for signs in product((-1, 1), repeat=n)])
    p = np.zeros(pairs)
    for place, column in enumerate(order):
        largest = flipped[:, order[place:]].max(axis=1)
        p[column] = np.mean(largest >= observed[column] * (1 - 1e-12))
        if place:
            p[column] = max(p[column], p[order[place - 1]])
    return p


def test_a_family_has_westfall_and_youngs_p() -> None:
    d = np.random.default_rng(3).normal([1.5, 0.8, 0.0, 0.3], size=(7, 4))
    assert sign_flip_p(d) == pytest.approx(brute_force(d), abs=1e-12)


def test_the_smallest_p_does_not_depend_on_the_number_of_pairs() -> None:
    d = 5 + np.random.default_rng(1).normal(size=(6, 250)) / 10
    assert sign_flip_p(d) == pytest.approx(np.full(250, 2 / 64))


def test_batches_of_flips_are_all_flips(monkeypatch: pytest.MonkeyPatch) -> None:
    d = np.random.default_rng(3).normal([1.5, 0.8, 0.0, 0.3], size=(9, 4))
    expected = sign_flip_p(d)
    monkeypatch.setattr(permutations, "MOST_NUMBERS", 9 * 7)  # 7 of 256 at a time
    assert sign_flip_p(d) == pytest.approx(expected, abs=1e-12)


def test_a_pair_of_few_units_leaves_the_others_their_p() -> None:
    """By |t| alone the three units, whose t is 30 in 2 of 2^3 flips, would give it a p of 25%."""
    d = np.full((10, 2), np.nan)
    d[:, 0] = 3 + np.random.default_rng(2).normal(size=10)
    d[:3, 1] = 1.0, 1.1, 0.9
    assert sign_flip_p(d) == pytest.approx([2 / 2**10, 2 / 2**3])


@pytest.mark.parametrize("seed", range(12))
def test_one_pair_has_scipys_p(seed: int) -> None:
    """Accuracies on few items are multiples of one number, and their sums are rounded."""
    a, b = np.random.default_rng(seed).integers(0, 5, (2, 9))
    d = a - b
    if not d.any():
        d[0] = 1
    expected = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=9999)
    assert alone(d / 10) == pytest.approx(expected.pvalue, abs=1e-12)


def test_arms_without_partners_have_the_p_of_all_ways_to_share_them_out() -> None:
    a, b = np.array([1.0, 2.0, 4.0, 7.0, 7.5]), np.array([0.5, 0.6, 0.9, 3.0])

    def welch(x: np.ndarray, y: np.ndarray) -> float:
        return float(abs(stats.ttest_ind(x, y, equal_var=False).statistic))

    expected = stats.permutation_test((a, b), welch, alternative="greater", n_resamples=9999)
    assert permuted_arms_p(a, b) == pytest.approx(expected.pvalue, abs=1e-12)
    assert permuted_arms_p(b, a) == pytest.approx(expected.pvalue, abs=1e-12)


@pytest.mark.parametrize("n", [15, 16, 20])
def test_halves_that_meet_in_the_middle_give_the_enumerated_p(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    d = np.random.default_rng(n).normal(0.4, 1, n)
    halved = alone(d)
    monkeypatch.setattr(permutations, "MOST_UNITS_ENUMERATED", 20)
    monkeypatch.setattr(permutations, "MOST_NUMBERS", 2**24)
    assert halved == pytest.approx(alone(d), abs=1e-12)


def test_drawn_flips_come_near_the_exact_p(monkeypatch: pytest.MonkeyPatch) -> None:
    d = np.random.default_rng(5).normal(0.4, 1, 30)
    exact = alone(d)
    monkeypatch.setattr(permutations, "MOST_UNITS_HALVED", 0)
    assert alone(d) == pytest.approx(exact, abs=4 * (exact / permutations.MOST_DRAWS) ** 0.5)


def test_binary_items_have_mcnemars_exact_p_in_any_order() -> None:
    d = np.repeat([1.0, -1.0, 0.0], [29, 15, 56])
    expected = stats.binomtest(15, 44).pvalue
    for seed in range(3):
        np.random.default_rng(seed).shuffle(d)
        assert alone(d) == alone(-d) == pytest.approx(expected, abs=1e-12)


def test_neither_names_nor_orders_nor_sides_decide() -> None:
    d = np.random.default_rng(8).normal(0.3, 1, (40, 3))
    p = sign_flip_p(d)
    assert sign_flip_p(d[::-1]) == pytest.approx(p, abs=0)
    assert sign_flip_p(-d) == pytest.approx(p, abs=0)
    assert sign_flip_p(d[:, [2, 0, 1]]) == pytest.approx(p[[2, 0, 1]], abs=0)


def test_units_that_a_pair_lacks_leave_its_p_alone() -> None:
    d = np.random.default_rng(2).normal(1, 1, (9, 2))
    d[7:, 1] = np.nan
    assert sign_flip_p(d)[1] >= alone(d[:7, 1]) - 1e-12
    assert sign_flip_p(d[:, :1])[0] == pytest.approx(alone(d[:, 0]))


def test_many_units_need_no_flips() -> None:
    assert np.isnan(alone(np.random.default_rng(1).normal(size=2_001)))
