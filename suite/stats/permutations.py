"""Permutation tests of a difference of means, for families of comparisons (Fisher 1935).

They guard verdicts where values are not normal. All p are two-sided. Where there are too many
permutations they are drawn, the observed one counts among them (Phipson and Smyth 2010), and the
values seed the generator: neither names nor the order of arms and units decide what is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations
from math import comb

import numpy as np
from scipy.special import bdtr

MOST_UNITS_ENUMERATED = 14  # 2^14 sign flips of a family
MOST_UNITS_HALVED = 36  # 2^18 sign flips of each half of one pair's units
MOST_UNITS_FLIPPED = 2_000  # above that, the t distribution and the sign flips agree
FEWEST_DRAWS, MOST_DRAWS = 9_999, 49_999
MOST_PRODUCTS = 20_000_000  # draws x units x pairs
MOST_NUMBERS = 4_000_000  # at a time: 32 MB
ROUNDING = 1e-13  # relative: statistics that differ by less are equal, rounded


def sign_flip_p(differences: np.ndarray) -> np.ndarray:
    """The p of each pair in a family, corrected for the family: Westfall and Young's step-down.

    `differences` (units, pairs), nan where a pair lacks a unit; no column may be all 0. Every
    column is flipped by the same signs, one for each unit, so that the smallest p is 2 / 2^units
    whatever the number of pairs. The statistic is the largest |t|, as a normal deviate where pairs
    differ in units (Westfall and Young 1993,
    Resampling-Based Multiple Testing). Exact up to 14 units, for one pair up to 36 and where all
    its differences are of one size; drawn above. nan above 2,000 units.
    """
    counts = (~np.isnan(differences)).sum(axis=0)
    d = np.nan_to_num(differences)
    d = _in_canonical_order(d[(d != 0).any(axis=1)])
    units, pairs = d.shape
    if pairs == 1 and np.ptp(np.abs(d)) <= ROUNDING * np.abs(d).max():
        return np.array([_equal_sizes_p(int((d > 0).sum()), units)])
    if units > MOST_UNITS_FLIPPED:
        return np.full(pairs, np.nan)
    if pairs == 1 and MOST_UNITS_ENUMERATED < units <= MOST_UNITS_HALVED:
        return np.array([_halved_p(d[:, 0])])
    return _step_down_p(d, counts)


def _in_canonical_order(d: np.ndarray) -> np.ndarray:
    """The rows (units) in an order that does not depend on names, signs or the columns' order."""
    sizes = np.abs(d)
    columns = sorted(range(d.shape[1]), key=lambda column: tuple(np.sort(sizes[:, column])))
    return d[np.lexsort([sizes[:, column] for column in reversed(columns)])]


def _equal_sizes_p(positive: int, n: int) -> float:
    """Differences of one size: the sign test, of which McNemar's exact test is one case."""
    return float(min(1.0, 2 * bdtr(min(positive, n - positive), n, 0.5)))


def _halved_p(d: np.ndarray) -> float:
    """Exact for one pair: the sums of both halves' flips meet in the middle."""
    middle = len(d) // 2
    first, second = _all_sums(d[:middle]), np.sort(_all_sums(d[middle:]))
    observed = abs(float(d.sum())) - ROUNDING * float(np.abs(d).sum())
    above = len(second) - np.searchsorted(second, observed - first, side="left")
    return float(min(1.0, 2 * above.sum() / 2 ** len(d)))


def _all_sums(d: np.ndarray) -> np.ndarray:
    """The 2^n sums of the differences d (n,) under all their signs."""
    sums = np.zeros(1)
    for size in d:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def _step_down_p(d: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The adjusted p of every column of d (units, pairs)."""
    squares = (d**2).sum(axis=0)
    sums = np.maximum(np.abs(d.sum(axis=0)) - ROUNDING * np.abs(d).sum(axis=0), 0.0)
    observed = _sizes(sums[None, :], squares, counts)[0]
    order = np.argsort(-observed, kind="stable")
    bound = observed[order]
    above, total = np.zeros(len(order)), 0
    exact = len(d) <= MOST_UNITS_ENUMERATED
    for signs in _all_signs(d) if exact else _drawn_signs(d):
        drawn = _sizes(signs @ d, squares, counts)[:, order]
        largest = np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
        above += (largest >= bound).sum(axis=0)
        total += len(signs)
    p = above / total if exact else (above + 1) / (total + 1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(p)
    return np.minimum(adjusted, 1.0)


def _sizes(sums: np.ndarray, squares: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """How large the |t| of flipped differences are: (flips, pairs), the same scale for all counts.

    Squares of the normal deviates of those t, nearly (Wallace 1959, Annals of Mathematical
    Statistics 30). By |t| itself, pairs of few units would hide all others.
    """
    freedoms = counts - 1
    scale = freedoms * ((8 * freedoms + 1) / (8 * freedoms + 3)) ** 2
    share = np.minimum(sums**2 / (counts * squares), 1 - 1e-15)
    return np.asarray(scale * -np.log1p(-share))


def _all_signs(d: np.ndarray) -> Iterator[np.ndarray]:
    """Half of all signs of the units, in batches; the rest are their opposites, of the same |t|."""
    units, ways = len(d), 2 ** max(len(d) - 1, 0)
    rows = _batch(d)
    for start in range(0, ways, rows):
        codes = np.arange(start, min(start + rows, ways))[:, None] >> np.arange(units) & 1
        yield 1.0 - 2.0 * codes


def _drawn_signs(d: np.ndarray) -> Iterator[np.ndarray]:
    """Random signs for every unit, in batches."""
    units, pairs = d.shape
    draws = min(max(MOST_PRODUCTS // (units * pairs), FEWEST_DRAWS), MOST_DRAWS)
    generator = generator_of(np.abs(d))
    rows = _batch(d)
    for start in range(0, draws, rows):
        shape = (min(rows, draws - start), units)
        yield 1.0 - 2.0 * generator.integers(0, 2, shape, dtype=np.int8)


def _batch(d: np.ndarray) -> int:
    """How many flips of d (units, pairs) are tried at a time."""
    return max(1, MOST_NUMBERS // max(len(d), len(d.T)))


def generator_of(values: np.ndarray) -> np.random.Generator:
    """A generator seeded by the sorted values, and by nothing else."""
    digest = hashlib.sha256(np.sort(values, axis=None).astype("<f8").tobytes()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def permuted_arms_p(a: np.ndarray, b: np.ndarray) -> float:
    """The p of "it does not matter which of the values a (n,) and b (m,) are whose".

    By permuting the values, with Welch's t as the statistic, so that unequal spreads do no harm
    (Janssen 1997, Statistics and Probability Letters 36).
    """
    both, n = np.concatenate([a, b]), len(a)
    both = both - both.mean()
    observed = float(_squared_welch(both[None, :n], both)[0]) * (1 - ROUNDING)
    if comb(len(both), n) <= FEWEST_DRAWS:
        ways = both[list(combinations(range(len(both)), n))]
        return float((_squared_welch(ways, both) >= observed).mean())
    both = np.sort(both)
    generator, above = generator_of(both), 0
    rows = max(1, MOST_NUMBERS // len(both))
    for start in range(0, FEWEST_DRAWS, rows):
        copies = np.tile(both, (min(rows, FEWEST_DRAWS - start), 1))
        drawn = generator.permuted(copies, axis=1)[:, :n]
        above += int((_squared_welch(drawn, both) >= observed).sum())
    return (above + 1) / (FEWEST_DRAWS + 1)


def _squared_welch(first: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Welch's t, squared, of rows `first` (ways, n) against what they leave of `both` (n + m,)."""
    n, m = first.shape[1], len(both) - first.shape[1]
    sums, squares = first.sum(axis=1), (first**2).sum(axis=1)
    rest, rest_squares = both.sum() - sums, (both**2).sum() - squares
    spread = (squares - sums**2 / n) / (n - 1) / n + (rest_squares - rest**2 / m) / (m - 1) / m
    gap = sums / n - rest / m
    tiny = np.finfo(float).tiny
    return np.asarray(gap**2 / np.maximum(spread, tiny + 1e-15 * (both**2).sum()))
