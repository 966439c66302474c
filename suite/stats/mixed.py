"""The mean of a one-way random model: REML, with Kenward and Roger's error."""

from __future__ import annotations

import numpy as np

# of the variance between blocks to the one within; above, all blocks weigh alike
RATIOS = np.concatenate([[0.0], np.geomspace(1e-6, 1e8, 141)])
HALVINGS = 60  # of the bracket of two steps: to the last bit


def one_way_mean(counts: np.ndarray, means: np.ndarray, squares: float) -> tuple[float, float, float]:
    """The mean, its standard error and its degrees of freedom.

    The model: value = mean + block + noise, both normal, noise alike in all blocks. `counts`
    (blocks,) of values, block `means` (blocks,), `squares`: the positive sum of squares within
    blocks. The variances maximise the restricted likelihood, the one between blocks at 0 or more.
    For one fixed effect Kenward and Roger's F scale is 1 and their degrees of freedom are
    Satterthwaite's; the error is widened for the estimated weights. Source: Kenward and Roger
    (1997, Biometrics 53).
    """
    ratio = _reml_ratio(counts, means, squares)
    weights = counts / (1 + counts * ratio)
    mean = float(weights @ means / weights.sum())
    noise = float(squares + weights @ (means - mean) ** 2) / (int(counts.sum()) - 1)
    return mean, *_kenward_roger(counts, weights / noise, noise)


def _reml_ratio(counts: np.ndarray, means: np.ndarray, squares: float) -> float:
    """The variance between blocks over the one within that maximises the restricted likelihood."""
    best = int(np.argmin(_deviances(counts, means, squares, RATIOS)))
    low, high = RATIOS[max(best - 1, 0)], RATIOS[min(best + 1, len(RATIOS) - 1)]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _slope(counts, means, squares, middle) > 0:
            high = middle
        else:
            low = middle
    return float(low)


def _deviances(
    counts: np.ndarray, means: np.ndarray, squares: float, ratios: np.ndarray
) -> np.ndarray:
    """-2 log restricted likelihood, but for a constant, at every ratio (ratios,)."""
    sizes = 1 + np.outer(ratios, counts)
    weights = counts / sizes
    centres = weights @ means / weights.sum(axis=1)
    totals = squares + (weights * (means - centres[:, None]) ** 2).sum(axis=1)
    freedom = int(counts.sum()) - 1
    return np.asarray(
        freedom * np.log(totals) + np.log(sizes).sum(axis=1) + np.log(weights.sum(axis=1))
    )


def _slope(counts: np.ndarray, means: np.ndarray, squares: float, ratio: float) -> float:
    """The slope of the deviance in the ratio."""
    weights = counts / (1 + counts * ratio)
    total = weights.sum()
    parts = weights * (means - weights @ means / total) ** 2
    freedom = int(counts.sum()) - 1
    return float(
        total - weights @ weights / total - freedom * (weights @ parts) / (squares + parts.sum())
    )


def _kenward_roger(
    counts: np.ndarray, weights: np.ndarray, noise: float
) -> tuple[float, float]:
    """The adjusted standard error and the degrees of freedom of the weighted mean.

    `weights` (blocks,): 1 / Var(block mean). The variances' order: within, between.
    """
    variance = 1 / weights.sum()
    shares = np.stack([1 / counts, np.ones(len(counts))])  # d Var(block mean) / d variance
    slopes = -(shares * weights**2).sum(axis=1)  # P
    products = np.einsum("iD,jD,D->ij", shares, shares, weights**3)  # Q
    traces = np.einsum("iD,jD,D->ij", shares, shares, weights**2)
    traces[0, 0] += (counts - 1).sum() / noise**2
    information = (
        traces - 2 * variance * products + variance**2 * np.outer(slopes, slopes)
    ) / 2
    covariance = np.linalg.inv(information)
    extra = 2 * variance**2 * (
        covariance * (products - variance * np.outer(slopes, slopes))
    ).sum()
    freedom = 2 / (variance**2 * slopes @ covariance @ slopes)
    return float((variance + extra) ** 0.5), float(freedom)
