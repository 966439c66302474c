"""The mean difference over several data sets (blocks), each with seeds of its own.

Two questions, two units. About *these* data sets, a seed is the unit and data sets are strata.
About data sets *like these*, a data set is the unit: 12 data sets of 5 seeds are 12, not 60, for
the seeds of one data set share what is special to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, fdtri, stdtrit

from suite.stats.estimates import Estimate, t_estimate
from suite.stats.layouts import Labels, Layout, group, layout_means
from suite.stats.summaries import ALPHA, Interval, Values, finite


@dataclass(frozen=True)
class _Blocks:
    """For every block: its values' number, mean and sum of squares around the mean (blocks,)."""

    counts: np.ndarray
    means: np.ndarray
    squares: np.ndarray


def _in_blocks(values: Values, blocks: Labels) -> _Blocks:
    array = finite(values)
    index, count = group(blocks, len(array))
    counts = np.bincount(index, minlength=count)
    means = np.bincount(index, weights=array) / counts
    squares = np.bincount(index, weights=(array - means[index]) ** 2)
    return _Blocks(counts, means, squares)


MeanSquare = tuple[float, float]  # a variance and its degrees of freedom


def _noise(parts: _Blocks) -> MeanSquare:
    """The mean over blocks of the variance s_D^2 / n_D of their means, by Satterthwaite."""
    variances = parts.squares / (parts.counts - 1) / parts.counts
    weight = float((variances**2 / (parts.counts - 1)).sum())
    freedom = float(variances.sum()) ** 2 / weight if weight else float((parts.counts - 1).sum())
    return float(variances.mean()), freedom


def these_blocks_mean(values: Values, blocks: Labels, *, level: float = 1 - ALPHA) -> Estimate:
    """The mean over these blocks of their means, every block counting alike; `n` counts values.

    `values` (n,): differences; `blocks` (n,): the label of each one's block. Stratified t:
    error^2 = sum of s_D^2 / n_D, over blocks^2, with Satterthwaite's degrees of freedom (1946,
    Biometrics Bulletin 2). With one block it is the t interval. It speaks about further seeds on
    these data sets and not about other data sets.

    Raises ValueError for values that are not finite, for labels of another number, and for a block
    of a single value.
    """
    array = finite(values)
    return layout_means(array[:, None], Layout(blocks)).estimate(len(array), level=level)


@dataclass(frozen=True)
class LikeBlocks:
    """The mean over blocks like these, and how much blocks differ.

    `estimate`: of the mean, with `n` the number of blocks. `balanced`: whether all blocks have as
    many values. `noise`: the variance that noise within blocks gives to a block's mean, on average,
    as a standard deviation; missing where a block has a single value. `spread`: the standard
    deviation of the blocks' true means, 0 where noise explains all, with an interval at the same
    level; both missing without `noise`. `prediction`: where the mean of one new block falls, seen
    with as many values as these: mean ± t s sqrt(1 + 1 / blocks), s the sd of the block means.
    """

    estimate: Estimate
    balanced: bool
    noise: float | None
    spread: float | None
    spread_interval: Interval | None
    prediction: Interval


def like_blocks_mean(values: Values, blocks: Labels, *, level: float = 1 - ALPHA) -> LikeBlocks:
    """The mean over blocks like these, each block one draw and all counting alike.

    `values` (n,): differences; `blocks` (n,): the label of each one's block. The t interval of the
    block means: exact where blocks are balanced and normal. Where they are not balanced or not
    equally noisy, the squared error is still unbiased, and a two-sided test at 5% errs in at most
    5%, whatever the variances (Bakirov and Szekely 2005; Ibragimov and Mueller 2010, Journal of
    Business and Economic Statistics 28: for levels above 91.7%, and for 90% up to 14 blocks). REML
    with Kenward and Roger's error is not used: it takes noise to be alike in all blocks, and where
    it estimates the spread at 0, intervals of 6 unequal blocks are wider by 86% or have no end.

    Raises ValueError for values that are not finite, for labels of another number and for fewer
    than two blocks.
    """
    parts = _in_blocks(values, blocks)
    count = len(parts.means)
    if count < 2:
        raise ValueError("expected two blocks or more, got 1")
    mean, deviation = float(parts.means.mean()), float(parts.means.std(ddof=1))
    estimate = t_estimate(count, mean, deviation / count**0.5, count - 1, level=level)
    half = float(stdtrit(count - 1, (1 + level) / 2)) * deviation * (1 + 1 / count) ** 0.5
    noise = _noise(parts) if parts.counts.min() > 1 else None
    return LikeBlocks(
        estimate,
        bool((parts.counts == parts.counts[0]).all()),
        noise and noise[0] ** 0.5,
        noise and max(0.0, deviation**2 - noise[0]) ** 0.5,
        noise and _spread_interval((deviation**2, count - 1), noise, level),
        Interval(mean - half, mean + half),
    )


def _spread_interval(between: MeanSquare, within: MeanSquare, level: float) -> Interval:
    """The interval of sqrt(E[between] - E[within]), 0 at the least.

    Source: Ting, Burdick, Graybill, Jeyaratnam and Lu (1990, Journal of Statistical Computation
    and Simulation 35).
    """
    tail = (1 - level) / 2
    low, high = _limit(between, within, tail), _limit(between, within, 1 - tail)
    return Interval(max(0.0, low) ** 0.5, max(0.0, high) ** 0.5)


def _limit(between: MeanSquare, within: MeanSquare, above: float) -> float:
    """The limit of E[between] - E[within] that is exceeded with probability 1 - `above`.

    Exact where either mean square is 0, for each of its three terms is.
    """
    (first, outer), (second, inner) = between, within
    g = 1 - outer / chdtri(outer, above)
    h = inner / chdtri(inner, 1 - above) - 1
    ratio = float(fdtri(outer, inner, 1 - above))
    cross = ((ratio - 1) ** 2 - (g * ratio) ** 2 - h**2) / ratio
    root = max(0.0, (g * first) ** 2 + (h * second) ** 2 + cross * first * second) ** 0.5
    return float(first - second - root if above < 1 / 2 else first - second + root)
