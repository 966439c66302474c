"""Intervals that hold for a whole family of comparisons together, and the p that go with them.

The intervals are single-step: every gap gets the same critical value of the largest |t| of the
family. It is that of normal differences with the correlation that was measured between the pairs,
each pair with a standard deviation of its own (Hothorn, Bretz and Westfall 2008, Biometrical
Journal 50). Where pairs do not share all units, or are very many, it is Sidak's (1967).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, stdtr, stdtrit

from suite.stats.gaps import Gap
from suite.stats.layouts import LayoutMeans
from suite.stats.permutations import permuted_arms_p, sign_flip_p
from suite.stats.sidak import sidak, sidak_critical
from suite.stats.summaries import ALPHA, Interval

DRAWS, DRAWS_OF_MANY, MANY = 4_096, 1_024, 50  # of families up to and above MANY pairs
MOST_FREEDOM = 200  # above that, the standard deviations are taken as known
MOST_CORRELATED = 300  # pairs; of more, the correlation takes long and buys little
SEED = 20_260_000  # of the directions that the tail is averaged over: a constant, as for any table
GRID = np.geomspace(0.25, 60, 32)  # of |t|, between which the tail is interpolated


@dataclass(frozen=True)
class Simultaneous:
    """What a family says of one of its pairs, on which its verdict stands.

    `interval`: 95% over the family, `inner`: 90%. `p`: two-sided, corrected for the family, below
    5% exactly where `interval` excludes 0.
    """

    interval: Interval
    inner: Interval
    p: float


class LargestT:
    """The distribution of the largest |t| of a family of correlated means.

    `correlation` (pairs, pairs) is that of the means. It is shrunk by 1 / `freedom`, without which
    all pairs of five arms err in 5.6% instead of 4.6% at n = 6.
    """

    def __init__(self, correlation: np.ndarray, freedom: float) -> None:
        self.pairs, self.freedom = len(correlation), freedom
        self.sizes = np.ones((1, 1))
        self.shares: dict[int, float] = {}
        if self.pairs > 1:
            shrink = min(1 / freedom, 1.0)
            shrunk = (1 - shrink) * correlation + shrink * np.eye(self.pairs)
            self.sizes = _drawn_sizes(np.linalg.cholesky(shrunk), max(1, round(freedom)))

    @classmethod
    def of_differences(cls, differences: np.ndarray) -> LargestT:
        """That of the means of `differences` (n, pairs), no column constant."""
        aligned = _aligned(differences, differences.mean(axis=0))
        return cls(np.atleast_2d(np.corrcoef(aligned, rowvar=False)), len(differences) - 1)

    @classmethod
    def of_layout(cls, estimates: LayoutMeans) -> LargestT:
        """That of means of units that belong together, none of error 0; each has its own freedom.

        The shares of the tails are those of the middle freedom.
        """
        aligned = _aligned(estimates.parts / estimates.errors, estimates.means)
        return cls(aligned.T @ aligned, float(np.median(estimates.freedoms)))

    def p(self, t: float, freedom: float | None = None) -> float:
        """P(largest |t| of the family >= |t|) where no pair differs.

        `freedom`: that of this pair, where it is not that of all.
        """
        if np.isinf(t):
            return 0.0
        single = 2 * float(stdtr(freedom or self.freedom, -abs(t)))
        share = self._share_of_sum(abs(t))
        independent = -np.expm1(self.pairs * np.log1p(-min(single, 1 - 1e-15)))
        return float(min(1.0, self.pairs * single * share, max(independent, single)))

    def critical(self, alpha: float, freedom: float | None = None) -> float:
        """The |t| that is reached with probability `alpha`; `freedom` as that of `p`."""
        own = freedom or self.freedom
        low, high = (float(stdtrit(own, 1 - alpha / 2 / count)) for count in (1, self.pairs))
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.p(middle, own) > alpha else (low, middle)
        return high

    def _share_of_sum(self, t: float) -> float:
        """P(largest |t| > c) over the sum of P(|t_k| > c): between 1 / pairs and 1, rising."""
        place = float(np.interp(t, GRID, np.arange(len(GRID))))
        below = min(int(place), len(GRID) - 2)
        first, second = (self._share_at(node) for node in (below, below + 1))
        return first + (place - below) * (second - first)

    def _share_at(self, node: int) -> float:
        """The same at a point of the grid.

        The quotient needs few draws, for both of its sides come from the same ones, and the sum is
        known exactly.
        """
        if node not in self.shares:
            tails = chdtrc(self.pairs, (GRID[node] / self.sizes) ** 2)
            total = float(tails.sum())
            self.shares[node] = float(tails.max(axis=1).sum()) / total if total else 1.0
        return self.shares[node]


@dataclass(frozen=True)
class Independent:
    """The distribution of the largest |t| of independent means, each of this freedom."""

    freedom: float
    pairs: int

    def p(self, t: float, freedom: float | None = None) -> float:
        """P(largest |t| >= |t|) where no pair differs; `freedom`: as `LargestT.p`'s."""
        return sidak(2 * float(stdtr(freedom or self.freedom, -abs(t))), self.pairs)

    def critical(self, alpha: float, freedom: float | None = None) -> float:
        """The |t| that is reached with probability `alpha`; `freedom` as that of `p`."""
        return sidak_critical(alpha, freedom or self.freedom, self.pairs)


def _aligned(columns: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Columns in an order and with signs that do not depend on names or on which arm is A."""
    signed = columns * np.where(means < 0, -1, 1)
    keys = [tuple(np.sort(signed[:, column])) for column in range(signed.shape[1])]
    return np.asarray(signed[:, sorted(range(len(keys)), key=keys.__getitem__)])


def _drawn_sizes(root: np.ndarray, freedom: int) -> np.ndarray:
    """Sizes (draws, pairs) that, times the length of a normal vector, are draws of every |t|.

    `root` (pairs, pairs) times its transpose is the correlation. Only the direction of the means
    and the standard deviations are drawn; the tail of the length is known.
    """
    pairs = len(root)
    draws = DRAWS if pairs <= MANY else DRAWS_OF_MANY
    generator = np.random.default_rng(SEED)
    direction = generator.standard_normal((draws, pairs))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    sizes = np.abs(direction @ root.T)
    if freedom <= MOST_FREEDOM:
        squares = np.zeros((draws, pairs))
        for _ in range(freedom):
            squares += (generator.standard_normal((draws, pairs)) @ root.T) ** 2
        sizes /= np.sqrt(squares / freedom)
    return np.asarray(sizes)


def simultaneous_means(
    differences: np.ndarray, margins: Sequence[float | None], *, family_size: int | None = None
) -> list[Simultaneous]:
    """The intervals and p of the mean of every column, which hold for all columns together.

    `differences` (units, pairs), nan where a pair lacks a unit; every column has two values or
    more, not all equal. `margins` (pairs): what does not matter. `family_size`: where the columns
    are a part of a family, to which the other part is taken to be independent. The t intervals
    decide, and sign flips guard them: an interval is widened until it holds each of 0 and ±margin
    that the flips do not reject, so that no word rests on normality alone.
    """
    counts = (~np.isnan(differences)).sum(axis=0)
    means = np.nanmean(differences, axis=0)
    errors = np.nanstd(differences, axis=0, ddof=1) / np.sqrt(counts)
    if (counts == len(differences)).all() and len(counts) <= MOST_CORRELATED:
        tails: list[LargestT | Independent] = [LargestT.of_differences(differences)] * len(counts)
    else:
        tails = [Independent(int(n) - 1, len(counts)) for n in counts]
    part = len(counts) / (family_size or len(counts))
    alphas = [1 - (1 - alpha) ** part for alpha in (ALPHA, 2 * ALPHA)]
    critical = {tail: [tail.critical(alpha) for alpha in alphas] for tail in dict.fromkeys(tails)}
    bands = [
        tuple(Interval(float(mean - t * error), float(mean + t * error)) for t in critical[tail])
        for mean, error, tail in zip(means, errors, tails, strict=True)
    ]
    guards = _guards(differences, margins, [inner for _, inner in bands])
    answers = []
    for k, (outer, inner) in enumerate(bands):
        p = sidak(tails[k].p(float(means[k] / errors[k])), 1 / part)
        corrected = {gap: sidak(guard, 1 / part) for gap, guard in guards[k].items()}
        answers.append(guarded(outer, inner, p, corrected))
    return answers


def simultaneous_layout(
    estimates: LayoutMeans, *, family_size: int | None = None
) -> list[Simultaneous]:
    """The intervals and p of means of units that belong together, which hold for all of them.

    None of the `estimates` has the error 0. There are no sign flips: units of one block have a mean
    in common, so that their signs are not exchangeable. `family_size`: as `simultaneous_means`'.
    """
    pairs = len(estimates.means)
    tail = (
        LargestT.of_layout(estimates)
        if pairs <= MOST_CORRELATED
        else Independent(float(np.median(estimates.freedoms)), pairs)
    )
    part = pairs / (family_size or pairs)
    outer, inner = (1 - (1 - alpha) ** part for alpha in (ALPHA, 2 * ALPHA))
    answers = []
    for mean, error, freedom in zip(
        estimates.means, estimates.errors, estimates.freedoms, strict=True
    ):
        bands = [
            Interval(float(mean - t * error), float(mean + t * error))
            for t in (tail.critical(outer, freedom), tail.critical(inner, freedom))
        ]
        p = sidak(tail.p(float(mean / error), freedom), 1 / part)
        answers.append(Simultaneous(bands[0], bands[1], p))
    return answers


def _guards(
    differences: np.ndarray, margins: Sequence[float | None], inner: Sequence[Interval]
) -> list[dict[float, float]]:
    """For every pair, the p of the sign flips of each gap that a verdict asks about.

    Of gaps that all intervals hold, the flips have nothing to say.
    """
    guards: list[dict[float, float]] = [{} for _ in margins]
    for sign in (0, -1, 1):
        gaps = {k: sign * (m or 0.0) for k, m in enumerate(margins) if sign == 0 or m}
        if all(gap in inner[k] for k, gap in gaps.items()):
            continue
        shifted = differences[:, list(gaps)] - np.array(list(gaps.values()))
        for (k, gap), p in zip(gaps.items(), sign_flip_p(shifted), strict=True):
            guards[k][gap] = float(p)
    return guards


def guarded(
    interval: Interval, inner: Interval, p: float, guards: dict[float, float]
) -> Simultaneous:
    """An answer whose intervals hold every gap that the guard does not reject.

    `guards`: the guard's two-sided p of some gaps, 0 among them; nan where there is none. The p of
    no difference is that of the gap, from 0 away from the mean, that is rejected least.
    """
    centre = (interval.low + interval.high) / 2
    beyond = [guard for gap, guard in guards.items() if gap * centre <= 0 and guard >= p]
    outer_gaps = [gap for gap, guard in guards.items() if guard >= ALPHA]
    inner_gaps = [gap for gap, guard in guards.items() if guard >= 2 * ALPHA]
    return Simultaneous(
        _holding(interval, outer_gaps),
        _holding(inner, inner_gaps),
        max([p, *beyond]),
    )


def _holding(interval: Interval, gaps: Sequence[float]) -> Interval:
    """The interval, widened to hold the gaps."""
    return Interval(min([interval.low, *gaps]), max([interval.high, *gaps]))


def simultaneous_unpaired(
    a: np.ndarray, b: np.ndarray, pairs: int, margin: float | None, gap: Gap
) -> Simultaneous:
    """The answer on arms a (n,) and b (m,) without partners, in a family of `pairs`.

    `gap`: theirs, with Welch's intervals at the family's two levels.
    """
    if gap.interval is None or gap.inner is None or gap.p is None:
        raise ValueError("expected two values of each arm, and values that vary")
    asked = [0.0, *([-margin, margin] if margin else [])]
    guards = {shift: sidak(permuted_arms_p(a - shift, b), pairs) for shift in asked}
    return guarded(gap.interval, gap.inner, sidak(gap.p, pairs), guards)
