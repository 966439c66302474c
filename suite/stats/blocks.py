"""The mean difference over several data sets (blocks), each with seeds of its own.

Two questions, two units. About *these* data sets, a seed is the unit and data sets are strata.
About data sets *like these*, a data set is the unit: 12 data sets of 5 seeds are 12, not 60, for
the seeds of one data set share what is special to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, fdtri, stdtrit

from suite.stats.clustered import Labels, group
from suite.stats.estimates import Estimate, checked_level, t_estimate
from suite.stats.mixed import one_way_mean
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


def these_blocks_mean(values: Values, blocks: Labels, *, level: float = 1 - ALPHA) -> Estimate:
    """The mean over these blocks of their means, every block counting alike; `n` counts values.

    `values` (n,): differences; `blocks` (n,): the label of each one's block. Stratified t:
    error^2 = sum of s_D^2 / n_D, over blocks^2, with Satterthwaite's degrees of freedom (1946,
    Biometrics Bulletin 2). With one block it is the t interval. It speaks about further seeds on
    these data sets and not about other data sets.

    Raises ValueError for values that are not finite, for labels of another number, and for a block
    of a single value.
    """
    parts = _in_blocks(values, blocks)
    if parts.counts.min() < 2:
        raise ValueError("expected two values or more of every block, got a block of 1")
    variances = parts.squares / (parts.counts - 1) / parts.counts
    total = float(variances.sum())
    spread = float((variances**2 / (parts.counts - 1)).sum())
    freedom = total**2 / spread if spread else float((parts.counts - 1).sum())
    return t_estimate(
        int(parts.counts.sum()),
        float(parts.means.mean()),
        total**0.5 / len(parts.means),
        freedom,
        level=level,
    )


@dataclass(frozen=True)
class LikeBlocks:
    """The mean over blocks like these, and how much blocks differ.

    `estimate`: of the mean, with `n` the number of blocks. `balanced`: whether all blocks have as
    many values; then the estimate is the t interval of the block means, which is exact for normal
    values. `noise`: the standard deviation of values in a block, missing where no block has two.
    `spread`: the standard deviation between the blocks' true means, 0 where noise explains it all,
    with an interval at the same level; both missing without `noise`. `prediction`: where the mean
    of one new block falls, with as many values as the blocks here have (their harmonic mean):
    mean ± t sqrt(s^2 + error^2), where s is the sd of the block means; balanced, t s sqrt(1 + 1/D).
    """

    estimate: Estimate
    balanced: bool
    noise: float | None
    spread: float | None
    spread_interval: Interval | None
    prediction: Interval


def like_blocks_mean(values: Values, blocks: Labels, *, level: float = 1 - ALPHA) -> LikeBlocks:
    """The mean over blocks like these, each counting as one draw.

    `values` (n,): differences; `blocks` (n,): the label of each one's block. Balanced, or with no
    noise in the blocks: the t interval of the block means. Else: REML for the one-way random model
    with Kenward and Roger's error and degrees of freedom (`one_way_mean`).

    Raises ValueError for values that are not finite, for labels of another number and for fewer
    than two blocks.
    """
    checked_level(level)
    parts = _in_blocks(values, blocks)
    count = len(parts.means)
    if count < 2:
        raise ValueError("expected two blocks or more, got 1")
    deviation, squares = float(parts.means.std(ddof=1)), float(parts.squares.sum())
    balanced = bool((parts.counts == parts.counts[0]).all())
    mean, error, freedom = (
        (float(parts.means.mean()), deviation / count**0.5, count - 1.0)
        if balanced or not squares
        else one_way_mean(parts.counts, parts.means, squares)
    )
    half = float(stdtrit(count - 1, (1 + level) / 2)) * (deviation**2 + error**2) ** 0.5
    inner = int(parts.counts.sum()) - count
    size = count / float((1 / parts.counts).sum())
    noise = squares / inner if inner else None
    return LikeBlocks(
        t_estimate(count, mean, error, freedom, level=level),
        balanced,
        None if noise is None else noise**0.5,
        None if noise is None else max(0.0, deviation**2 - noise / size) ** 0.5,
        None
        if noise is None
        else _spread_interval(deviation**2, count - 1, noise / size, inner, level),
        Interval(mean - half, mean + half),
    )


def _spread_interval(
    between: float, outer: int, within: float, inner: int, level: float
) -> Interval:
    """The interval of sqrt(E[between] - E[within]) of two mean squares; 0 at the least.

    `outer` and `inner`: their degrees of freedom. Source: Ting, Burdick, Graybill, Jeyaratnam and
    Lu (1990, Journal of Statistical Computation and Simulation 35); with harmonic means for
    unequal blocks after Thomas and Hultquist (1978, Annals of Statistics 6).
    """
    tail = (1 - level) / 2
    low = _limit((between, outer), (within, inner), tail)
    high = _limit((between, outer), (within, inner), 1 - tail)
    return Interval(max(0.0, low) ** 0.5, max(0.0, high) ** 0.5)


def _limit(between: tuple[float, int], within: tuple[float, int], above: float) -> float:
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
