"""Items in clusters: CR2 by its definition with matrices, and how often it errs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.stats import clustered_mean, t_interval


def by_matrices(values: np.ndarray, clusters: np.ndarray) -> tuple[float, float]:
    """CR2's standard error and degrees of freedom as Pustejovsky and Tipton define them."""
    n = len(values)
    design = np.ones((n, 1))
    hat = np.eye(n) - design @ design.T / n
    rows = []
    for cluster in np.unique(clusters):
        inside = clusters == cluster
        sizes, vectors = np.linalg.eigh(hat[np.ix_(inside, inside)])
        adjusted = vectors @ np.diag(sizes**-0.5) @ vectors.T
        rows.append(design[inside].T @ adjusted @ hat[inside] / n)
    p = np.vstack(rows)
    products = p @ p.T
    freedom = np.trace(products) ** 2 / (products**2).sum()
    return float(np.sum((p @ values) ** 2) ** 0.5), float(freedom)


def test_the_closed_form_is_the_matrices_form() -> None:
    rng = np.random.default_rng(4)
    clusters = np.repeat([7, 3, 5, 1], [2, 9, 1, 5])
    values = rng.normal(size=17) + rng.normal(size=8)[clusters]
    own = clustered_mean(list(values), clusters)
    assert (own.error, own.freedom) == pytest.approx(by_matrices(values, clusters), abs=1e-12)
    assert own.n == 4
    assert own.mean == pytest.approx(values.mean())
    half = stats.t.ppf(0.95, own.freedom) * own.error
    narrow = clustered_mean(list(values), clusters, level=0.9).interval
    assert (narrow.low, narrow.high) == pytest.approx((own.mean - half, own.mean + half))
    assert own.p == pytest.approx(2 * stats.t.sf(abs(own.mean) / own.error, own.freedom))
    assert own.around(2.0).high == own.mean + 2 * own.error


def test_clusters_of_one_item_give_the_t_interval() -> None:
    values = np.random.default_rng(1).normal(size=13)
    own = clustered_mean(list(values), [f"item {k}" for k in range(13)])
    expected = t_interval(float(values.mean()), float(values.std(ddof=1)), 13)
    assert own.freedom == pytest.approx(12, abs=1e-12)
    assert (own.interval.low, own.interval.high) == pytest.approx(
        (expected.low, expected.high), abs=1e-14
    )


def test_clusters_of_one_size_give_the_t_interval_of_their_means() -> None:
    values = np.random.default_rng(2).normal(size=(6, 4))
    own = clustered_mean(list(values.ravel()), np.repeat(np.arange(6), 4))
    expected = stats.ttest_1samp(values.mean(axis=1), 0)
    assert (own.freedom, own.p) == pytest.approx((5, expected.pvalue), abs=1e-12)


def test_a_cluster_of_nearly_all_items_leaves_one_degree_of_freedom() -> None:
    """Of 10^6 + 1 items one stands alone: two clusters never give more than two numbers."""
    values = np.zeros(10**6 + 1)
    values[-1] = 1.0
    own = clustered_mean(list(values), [0] * 10**6 + [1])
    assert own.freedom == pytest.approx(1.0, abs=1e-5)
    assert own.error > 0


def test_equal_arms_are_called_different_in_5_percent() -> None:
    """30 clusters of 1 to 20 items, correlated by .3; as independent items, 30% and more."""
    rng = np.random.default_rng(11)
    sizes = rng.integers(1, 21, 30)
    clusters = np.repeat(np.arange(30), sizes)
    wrong, naive, repeats = 0, 0, 3000
    for _ in range(repeats):
        values = 0.3**0.5 * rng.normal(size=30)[clusters] + 0.7**0.5 * rng.normal(
            size=len(clusters)
        )
        wrong += 0.0 not in clustered_mean(values, clusters).interval
        naive += 0.0 not in t_interval(float(values.mean()), float(values.std(ddof=1)), len(values))
    assert 0.04 <= wrong / repeats <= 0.06
    assert naive / repeats > 0.25


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="two clusters or more, got 1"):
        clustered_mean([1, 2], ["a", "a"])
    with pytest.raises(ValueError, match="a label for each of 2 values, got 3 labels"):
        clustered_mean([1, 2], ["a", "a", "b"])
    with pytest.raises(ValueError, match="finite"):
        clustered_mean([1, float("nan")], ["a", "b"])
    with pytest.raises(ValueError, match="a level between 0 and 1"):
        clustered_mean([1, 2], ["a", "b"], level=1.0)
