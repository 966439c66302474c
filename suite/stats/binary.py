"""Items that are right or wrong: the gap between two arms' shares of right items, from counts.

The score intervals here hold where no item or all items differ, where a t interval has no width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, ndtr, ndtri

from suite.stats.estimates import checked_level
from suite.stats.shares import wilson
from suite.stats.summaries import ALPHA, Interval, Values

HALVINGS = 60  # of an interval of width 2 at most: to the last bit of a share


@dataclass(frozen=True)
class PairedCounts:
    """How many items both arms have right, only A (`wins`), only B (`losses`), and neither.

    Raises ValueError for a negative number and for no items.
    """

    both: int
    wins: int
    losses: int
    neither: int

    def __post_init__(self) -> None:
        if min(self.both, self.wins, self.losses, self.neither) < 0 or not self.n:
            raise ValueError(f"expected counts of one item or more, got {self}")

    @property
    def n(self) -> int:
        """The number of items."""
        return self.both + self.wins + self.losses + self.neither


def count_pairs(a: Values | np.ndarray, b: Values | np.ndarray) -> PairedCounts:
    """The counts of `a` (items,) and `b` (items,), 0 or 1 or booleans, paired by position.

    Raises ValueError for unequal numbers, for none and for another value than 0 and 1.
    """
    first, second = _right(a), _right(b)
    if first.shape != second.shape:
        raise ValueError(
            f"expected as many values of A as of B, got {len(first)} and {len(second)}"
        )
    both = int(np.count_nonzero(first & second))
    wins, losses = int(np.count_nonzero(first)) - both, int(np.count_nonzero(second)) - both
    return PairedCounts(both, wins, losses, len(first) - both - wins - losses)


def _right(values: Values | np.ndarray) -> np.ndarray:
    array = np.asarray(values)
    right = np.asarray(array == 1)
    if array.ndim != 1 or not bool((right | (array == 0)).all()):
        raise ValueError("expected values of 0 and 1 alone, in one row")
    return right


@dataclass(frozen=True)
class PairedShareGap:
    """The gap A - B of two shares of right items, of the same items.

    `error`: Wald's standard error, sqrt(wins + losses - (wins - losses)^2 / n) / n; it is 0 where
    no item differs, and no interval here rests on it. `interval`: Tango's. `p`: McNemar's, exact.
    For another critical value c of a family, ask for the level 2 Phi(c) - 1.
    """

    counts: PairedCounts
    mean: float
    error: float
    interval: Interval
    p: float


def paired_share_gap(counts: PairedCounts, *, level: float = 1 - ALPHA) -> PairedShareGap:
    """The gap of two arms on the same items. Raises ValueError for a level outside (0, 1)."""
    n, wins, losses = counts.n, counts.wins, counts.losses
    return PairedShareGap(
        counts,
        (wins - losses) / n,
        max(0.0, wins + losses - (wins - losses) ** 2 / n) ** 0.5 / n,
        tango_interval(counts, level=level),
        mcnemar_p(wins, losses),
    )


def mcnemar_p(wins: int, losses: int) -> float:
    """The exact two-sided p of as many wins as losses; 1 where no item differs (McNemar 1947).

    Raises ValueError for a negative number.
    """
    if min(wins, losses) < 0:
        raise ValueError(f"expected counts, got {wins} wins and {losses} losses")
    return min(1.0, 2 * float(bdtr(min(wins, losses), wins + losses, 0.5)))


def tango_interval(counts: PairedCounts, *, level: float = 1 - ALPHA) -> Interval:
    """Tango's score interval of the gap, in [-1, 1].

    It holds the gaps that the score test does not reject, for which the share of losses is
    estimated anew under each gap. Source: Tango (1998, Statistics in Medicine 17), equations 12
    to 16. Raises ValueError for a level outside (0, 1).
    """
    z = float(-ndtri((1 - checked_level(level)) / 2))
    return Interval(
        _lower_limit(counts.n, counts.wins, counts.losses, z),
        -_lower_limit(counts.n, counts.losses, counts.wins, z),
    )


def _lower_limit(n: int, wins: int, losses: int, z: float) -> float:
    """The smallest gap whose score is at most z."""
    low, high = -1.0, (wins - losses) / n
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        excess = wins - losses - n * middle
        if excess > z * (n * _variance(n, wins, losses, middle)) ** 0.5:
            low = middle
        else:
            high = middle
    return high


def _variance(n: int, wins: int, losses: int, gap: float) -> float:
    """The variance of one item's difference where the true gap is this one.

    2 q + gap (1 - gap), with q the likeliest share of losses. A negative gap is turned about, and
    each root is written without a difference of near numbers.
    """
    if gap < 0:
        wins, losses, gap = losses, wins, -gap
    linear = (2 * n - wins + losses) * gap - wins - losses
    product = losses * gap * (1 - gap)
    root = (linear**2 + 8 * n * product) ** 0.5
    q = 2 * product / (root + linear) if linear > 0 else (root - linear) / (4 * n)
    return float(2 * q + gap * (1 - gap))


def newcombe_paired_interval(counts: PairedCounts, *, level: float = 1 - ALPHA) -> Interval:
    """Newcombe's hybrid score interval of the gap of paired shares, in [-1, 1].

    Wilson's limits of both shares, joined with their correlation. Source: Newcombe (1998,
    Statistics in Medicine 17, 2635-2650), method 10; its correlation is corrected for continuity.
    Raises ValueError for a level outside (0, 1).
    """
    checked_level(level)
    n, right_a, right_b = counts.n, counts.both + counts.wins, counts.both + counts.losses
    margins = right_a * (n - right_a) * right_b * (n - right_b)
    cross = counts.both * counts.neither - counts.wins * counts.losses
    corrected = max(cross - n / 2, 0.0) if cross > 0 else float(cross)
    return _joined(
        (right_a / n, wilson(right_a, n, level=level)),
        (right_b / n, wilson(right_b, n, level=level)),
        corrected / margins**0.5 if margins else 0.0,
    )


@dataclass(frozen=True)
class UnpairedShareGap:
    """The gap A - B of two shares of items that are not the same.

    `error`: Wald's standard error, sqrt(a (1 - a) / n_a + b (1 - b) / n_b); it is 0 for shares of 0
    and 1, and the interval does not rest on it. `interval`: Newcombe's. `p`: of no gap, two-sided,
    by the score test.
    """

    mean: float
    error: float
    interval: Interval
    p: float


def unpaired_share_gap(
    right_a: int, items_a: int, right_b: int, items_b: int, *, level: float = 1 - ALPHA
) -> UnpairedShareGap:
    """The gap of two arms, `right_a` of `items_a` items against `right_b` of `items_b`.

    The interval joins Wilson's limits of both (Newcombe 1998, Statistics in Medicine 17, 873-890,
    method 10). The score test is z = gap / sqrt(share (1 - share) (1 / n_a + 1 / n_b)) with the
    share of all items together: Pearson's chi-squared, uncorrected.

    Raises ValueError for counts that cannot be, and for a level outside (0, 1).
    """
    if not (0 <= right_a <= items_a and 0 <= right_b <= items_b and items_a and items_b):
        raise ValueError(
            f"expected right items of one or more, got {right_a} of {items_a} and "
            f"{right_b} of {items_b}"
        )
    checked_level(level)
    a, b = right_a / items_a, right_b / items_b
    together = (right_a + right_b) / (items_a + items_b)
    pooled = (together * (1 - together) * (1 / items_a + 1 / items_b)) ** 0.5
    limits = (
        (a, wilson(right_a, items_a, level=level)),
        (b, wilson(right_b, items_b, level=level)),
    )
    return UnpairedShareGap(
        a - b,
        (a * (1 - a) / items_a + b * (1 - b) / items_b) ** 0.5,
        _joined(*limits, 0.0),
        2 * float(ndtr(-abs(a - b) / pooled)) if pooled else 1.0,
    )


def _joined(a: tuple[float, Interval], b: tuple[float, Interval], correlation: float) -> Interval:
    """The interval of a - b from a share with its limits, twice, and their correlation."""
    below_a, above_a = a[0] - a[1].low, a[1].high - a[0]
    below_b, above_b = b[0] - b[1].low, b[1].high - b[0]

    def length(first: float, second: float) -> float:
        return float(max(0.0, first**2 - 2 * correlation * first * second + second**2) ** 0.5)

    gap = a[0] - b[0]
    return Interval(
        max(-1.0, gap - length(below_a, above_b)), min(1.0, gap + length(above_a, below_b))
    )
