"""Tests of ranks over data sets (blocks): a second opinion, for readers who expect them.

Verdicts do not rest on them. They ask whether an arm tends to rank above another, not by how much;
Nemenyi's pairs depend on which other arms take part (Benavoli, Corani and Mangili 2016, Journal of
Machine Learning Research 17). Numbers equal those of SciPy and scikit-posthocs. Source: Demsar
(2006, Journal of Machine Learning Research 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr

from suite.stats.gaps import ROUNDING
from suite.stats.ranks import Pair, block_ranks, mid_ranks
from suite.stats.summaries import ALPHA

MOST_BLOCKS_EXACT = 50  # as SciPy chooses
MOST_TIED_BLOCKS_EXACT = 13  # as SciPy chooses where differences are tied or 0
STEP, REACH = 0.05, 9.0  # of the trapezoid rule over a normal density: exact to 1e-13


@dataclass(frozen=True)
class Friedman:
    """Whether all arms rank alike: Friedman's chi-squared, and the F of Iman and Davenport (1980).

    `f_freedom`: of its numerator and its denominator. Where all blocks rank the arms alike, `f` is
    infinite and `f_p` 0.
    """

    chi_squared: float
    freedom: int
    p: float
    f: float
    f_freedom: tuple[int, int]
    f_p: float


def friedman(values: np.ndarray) -> Friedman | None:
    """Friedman's test of `values` (blocks, arms), corrected for ties.

    The p of chi-squared is that of many blocks; F's errs less with few. None where every block has
    all arms equal. Raises ValueError as `block_ranks`, and for a single block.
    """
    ranks = block_ranks(values, higher_is_better=False)
    blocks, arms = ranks.shape
    if blocks < 2:
        raise ValueError("expected two blocks or more, got 1")
    spread = float(((ranks - (arms + 1) / 2) ** 2).sum())
    if not spread:
        return None
    means = ranks.mean(axis=0)
    chi_squared = (arms - 1) * blocks**2 * float(((means - (arms + 1) / 2) ** 2).sum()) / spread
    most = blocks * (arms - 1)
    freedom = (arms - 1, (arms - 1) * (blocks - 1))
    rest = most - chi_squared
    f = (blocks - 1) * chi_squared / rest if rest > ROUNDING * most else float("inf")
    return Friedman(
        chi_squared,
        arms - 1,
        float(chdtrc(arms - 1, chi_squared)),
        f,
        freedom,
        float(fdtrc(*freedom, f)) if np.isfinite(f) else 0.0,
    )


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed-rank test of one pair of arms, by their number.

    `n`: blocks whose difference is not 0. `statistic`: the smaller of the two sums of ranks.
    `higher`: the arm with the larger sum, which tends to have the higher values; None where they
    are equal. `p`: two-sided; 1 for n = 0. `adjusted`: by Holm's method (1979) over the pairs asked
    about together.
    """

    pair: Pair
    n: int
    statistic: float
    higher: int | None
    p: float
    adjusted: float


def signed_ranks(values: np.ndarray, pairs: Sequence[Pair]) -> list[SignedRank]:
    """Wilcoxon's test of each of the `pairs`, corrected together by Holm's method.

    `values` (blocks, arms); `pairs`: columns, such as all pairs or all against a control. Blocks
    whose difference is 0 are left out, and p is exact or normal, without a correction for
    continuity, as `scipy.stats.wilcoxon` chooses. Differences that are equal but for rounding are
    tied (0.3 - 0.1 and 0.6 - 0.4), for which SciPy asks its users to round them first. Raises
    ValueError as `block_ranks`.
    """
    array = np.asarray(values, dtype=np.float64)
    block_ranks(array, higher_is_better=True)
    tests = [_signed_rank(array, pair) for pair in pairs]
    adjusted = holm([test.p for test in tests])
    return [replace(test, adjusted=p) for test, p in zip(tests, adjusted, strict=True)]


def _signed_rank(values: np.ndarray, pair: Pair) -> SignedRank:
    """The test of one pair by itself, whose adjusted p is its own."""
    a, b = values[:, pair[0]], values[:, pair[1]]
    d, size = a - b, float(max(np.abs(a).max(), np.abs(b).max()))
    kept = d[np.abs(d) > ROUNDING * size]
    n = len(kept)
    if not n:
        return SignedRank(pair, 0, 0.0, None, 1.0, 1.0)
    ranks = mid_ranks(np.abs(kept), size=size)
    positive = float(ranks[kept > 0].sum())
    negative = n * (n + 1) / 2 - positive
    smaller = min(positive, negative)
    higher = None if positive == negative else pair[0] if positive > negative else pair[1]
    counts = np.unique(ranks, return_counts=True)[1]
    is_tied = n < len(d) or len(counts) < n
    if len(d) <= (MOST_TIED_BLOCKS_EXACT if is_tied else MOST_BLOCKS_EXACT):
        p = _exact_p(ranks, smaller)
    else:
        variance = (n * (n + 1) * (2 * n + 1) - float((counts**3.0 - counts).sum()) / 2) / 24
        p = 2 * float(ndtr((smaller - n * (n + 1) / 4) / variance**0.5))
    return SignedRank(pair, n, smaller, higher, p, p)


def _exact_p(ranks: np.ndarray, smaller: float) -> float:
    """P(the smaller sum of ranks is as small), twice one tail, every sign being as likely.

    Twice the ranks (n,) are whole numbers, so that sums are counted by adding one rank at a time.
    """
    doubled = np.rint(2 * ranks).astype(int)
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1
    for rank in doubled:
        ways[rank:] += ways[:-rank].copy()
    return float(min(1.0, 2 * ways[: round(2 * smaller) + 1].sum() / 2.0 ** len(ranks)))


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p of every one of `p` (n,)."""
    array = np.asarray(p, dtype=np.float64)
    order = np.argsort(array, kind="stable")
    factors = np.arange(len(array), 0, -1)
    adjusted = np.empty(len(array))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * array[order]), 1.0)
    return [float(value) for value in adjusted]


def nemenyi_p(values: np.ndarray) -> np.ndarray:
    """Nemenyi's p of every pair of arms (arms, arms), 1 on the diagonal; for many blocks.

    `values` (blocks, arms). Not corrected for ties. Raises ValueError as `block_ranks`.
    """
    ranks = block_ranks(values, higher_is_better=True)
    blocks, arms = ranks.shape
    means = ranks.mean(axis=0)
    gaps = np.abs(np.subtract.outer(means, means)) / _rank_error(arms, blocks)
    return np.array([[_range_tail(float(gap), arms) for gap in row] for row in gaps])


def nemenyi_difference(arms: int, blocks: int, *, alpha: float = ALPHA) -> float:
    """The critical difference: mean ranks that differ by more are told apart by Nemenyi's test."""
    low, high = 0.0, 40.0  # a range of 40 standard deviations is beyond any number of arms
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _range_tail(middle, arms) > alpha else (low, middle)
    return high * _rank_error(arms, blocks)


def _rank_error(arms: int, blocks: int) -> float:
    """The standard error of a mean rank where all arms are alike."""
    return float((arms * (arms + 1) / (12 * blocks)) ** 0.5)


def _range_tail(q: float, arms: int) -> float:
    """P(the range of this many standard normal values > q).

    The largest value is at z with density arms φ(z) [Φ(z) - Φ(z - q)]^(arms - 1).
    """
    z = np.arange(-REACH, REACH + STEP / 2, STEP)
    density = arms * np.exp(-(z**2) / 2) / (2 * np.pi) ** 0.5
    within = float((density * (ndtr(z) - ndtr(z - q)) ** (arms - 1)).sum()) * STEP
    return min(1.0, max(0.0, 1 - within))


@dataclass(frozen=True)
class RankOpinion:
    """Mean ranks with the group tied with the best, as Friedman's and Nemenyi's tests give them.

    `mean_ranks` (arms): 1 is best. `friedman` is missing where all arms are equal on every block.
    `difference`: Nemenyi's critical difference. `group`: the arms whose mean rank is within it of
    the best; all arms where F does not reject that they rank alike.
    """

    mean_ranks: tuple[float, ...]
    friedman: Friedman | None
    difference: float
    group: tuple[int, ...]


def rank_opinion(
    values: np.ndarray, *, higher_is_better: bool, alpha: float = ALPHA
) -> RankOpinion:
    """The opinion on `values` (blocks, arms) at the level `alpha`.

    Of autorank's answer it is the branch without normality; a test for normality that chooses the
    next test is not built. Raises ValueError as `block_ranks`, and for a single block.
    """
    means = block_ranks(values, higher_is_better=higher_is_better).mean(axis=0)
    test, (blocks, arms) = friedman(values), np.shape(values)
    difference = nemenyi_difference(arms, blocks, alpha=alpha)
    rejects = test is not None and test.f_p < alpha
    near = means - np.min(means) <= difference if rejects else np.ones(arms, dtype=bool)
    return RankOpinion(
        tuple(float(rank) for rank in means),
        test,
        difference,
        tuple(int(arm) for arm in np.flatnonzero(near)),
    )
