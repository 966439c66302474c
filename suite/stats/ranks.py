"""Ranks that say what they do not know: an interval for every rank, and who is tied with the best.

They follow from simultaneous intervals of the pairs' gaps (Mogstad, Romano, Shaikh and Wilhelm
2024, Review of Economic Studies 91): whoever is shown to be better stands above, whoever is shown
to be worse stands below, and nothing else is known. Where the intervals of all gaps hold together
at 95%, all that is said here of all ranks holds together at 95%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.stats.gaps import ROUNDING
from suite.stats.summaries import Interval

Pair = tuple[int, int]


@dataclass(frozen=True)
class RankInterval:
    """The ranks that an arm may have, from `best` to `worst`, both included; 1 is the best rank."""

    best: int
    worst: int


def shown_better(
    pairs: Sequence[Pair],
    gaps: Sequence[Interval],
    *,
    arms: int,
    higher_is_better: bool,
) -> np.ndarray:
    """Whether arm i is shown to be better than arm j, as booleans (arms, arms).

    `pairs`: arms by their number in [0, arms). `gaps` (pairs): the simultaneous interval of each
    pair's gap, its first arm minus its second. Of a pair that is not listed nothing is shown.
    Raises ValueError for another number of gaps, and for a pair of what is no arm.
    """
    if len(pairs) != len(gaps):
        raise ValueError(f"expected a gap for each of {len(pairs)} pairs, got {len(gaps)}")
    wins = np.zeros((arms, arms), dtype=bool)
    for (a, b), gap in zip(pairs, gaps, strict=True):
        if a == b or not (0 <= a < arms and 0 <= b < arms):
            raise ValueError(f"expected two different arms below {arms}, got {a} and {b}")
        better, worse = (a, b) if higher_is_better else (b, a)
        wins[better, worse] |= gap.low > 0
        wins[worse, better] |= gap.high < 0
    return wins


def rank_intervals(wins: np.ndarray) -> list[RankInterval]:
    """The interval of every arm's rank, from `wins` (arms, arms) as `shown_better` gives it.

    An arm's rank is 1 + the number of arms that are better. Raises ValueError as `checked_wins`.
    """
    wins = checked_wins(wins)
    above, below = wins.sum(axis=0), wins.sum(axis=1)
    return [
        RankInterval(1 + int(better), len(wins) - int(worse))
        for better, worse in zip(above, below, strict=True)
    ]


def tied_with_best(wins: np.ndarray) -> list[int]:
    """The arms that no arm is shown to beat, which hold the best one (or all that are best).

    `wins` (arms, arms) as `shown_better` gives it. Empty only where wins go round in a circle, as
    those of pairs that lack different units can. Raises ValueError as `checked_wins`.
    """
    return [int(arm) for arm in np.flatnonzero(~checked_wins(wins).any(axis=0))]


def not_told_apart(wins: np.ndarray) -> np.ndarray:
    """Whether neither of arms i and j is shown to be better, as booleans (arms, arms).

    That is not to be read as "equal", and it goes no further: A may not be told from B nor B from
    C while A is shown to be better than C. Raises ValueError as `checked_wins`.
    """
    wins = checked_wins(wins)
    return np.asarray(~(wins | wins.T | np.eye(len(wins), dtype=bool)))


def checked_wins(wins: np.ndarray) -> np.ndarray:
    """`wins` as booleans (arms, arms).

    Raises ValueError where it is not square, and where an arm is better than itself or than one
    that is better.
    """
    array = np.asarray(wins, dtype=bool)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"expected wins of every arm over every arm, got shape {array.shape}")
    if (array & array.T).any():
        arm, other = np.argwhere(array & array.T)[0]
        raise ValueError(f"expected one of arms {arm} and {other} to be better, got both")
    return array


def block_ranks(values: np.ndarray, *, higher_is_better: bool) -> np.ndarray:
    """The ranks (blocks, arms) of the arms in every block, 1 for the best; ties get their mean.

    `values` (blocks, arms): the value of each arm on each block. Values that differ by no more
    than their rounding are tied. Raises ValueError for values that are not finite, for fewer than
    two arms and for no block.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] < 1 or array.shape[1] < 2:
        raise ValueError(f"expected values of blocks by two arms or more, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("expected a finite value of every arm on every block")
    signed = -array if higher_is_better else array
    return np.array([mid_ranks(row, size=float(np.abs(row).max())) for row in signed])


def mean_ranks(values: np.ndarray, *, higher_is_better: bool) -> np.ndarray:
    """The mean over blocks of every arm's rank (arms,); `values` and errors as `block_ranks`."""
    return np.asarray(block_ranks(values, higher_is_better=higher_is_better).mean(axis=0))


def mid_ranks(values: np.ndarray, *, size: float) -> np.ndarray:
    """The ranks (n,) of `values` (n,), 1 for the smallest; ties get the mean of their ranks.

    Tied are neighbours that differ by no more than the rounding of numbers of this size.
    """
    order = np.argsort(values, kind="stable")
    starts = np.diff(values[order], prepend=-np.inf) > ROUNDING * size
    group = np.cumsum(starts) - 1
    means = np.bincount(group, weights=np.arange(1, len(values) + 1)) / np.bincount(group)
    ranks = np.empty(len(values))
    ranks[order] = means[group]
    return ranks
