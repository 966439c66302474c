"""Permutation tests of a difference of means (Fisher 1935).

They do what scipy.stats.permutation_test does, which takes a second to import. p is two-sided:
twice the smaller share of permutations that reach as far as the observed one, at most 1. Where
there are more than `RESAMPLES`, that many are drawn, and the observed one counts among them
(Phipson and Smyth 2010).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from math import comb

import numpy as np

RESAMPLES = 9_999  # permutations; all of them, exactly, where there are fewer (sign flips: n <= 13)
MOST_NUMBERS = 10_000_000  # at a time: 80 MB, whatever the number of items
ROUNDING = 1e-14  # relative: what differs by less is the same, rounded (0.75 - 0.5 and 0.7 - 0.45)


def sign_flip_p(d: np.ndarray, generator: np.random.Generator) -> float:
    """Two-sided p of "the differences d (n,) are as likely to be negative as positive".

    By flipping their signs; `generator` draws where n > 13.
    """
    # the sum of what is positive decides
    n, observed, size = len(d), float(d.sum()), float(np.abs(d).sum())
    if 2**n <= RESAMPLES:
        return _two_sided(
            observed, [(np.arange(2**n)[:, None] >> np.arange(n) & 1) @ d], size, drawn=0
        )
    sums = _batches(n, lambda rows: generator.integers(0, 2, (rows, n), dtype=np.int8) @ d)
    return _two_sided(observed, sums, size, drawn=1)


def permuted_arms_p(a: np.ndarray, b: np.ndarray, generator: np.random.Generator) -> float:
    """Two-sided p of "it does not matter which of the values a (n,) and b (m,) are whose".

    By permuting the values; `generator` draws where there are more than `RESAMPLES` ways.
    """
    both, n = np.concatenate([a, b]), len(a)
    observed, size = float(a.sum()), float(np.abs(both).sum())  # the sum of the first arm decides
    if comb(len(both), n) <= RESAMPLES:
        return _two_sided(
            observed, [both[list(combinations(range(len(both)), n))].sum(axis=1)], size, drawn=0
        )
    sums = _batches(
        len(both),
        lambda rows: generator.permuted(np.tile(both, (rows, 1)), axis=1)[:, :n].sum(axis=1),
    )
    return _two_sided(observed, sums, size, drawn=1)


def _batches(width: int, draw: Callable[[int], np.ndarray]) -> Iterator[np.ndarray]:
    """`RESAMPLES` sums in batches of as many rows of `width` numbers as memory should hold."""
    rows = max(1, MOST_NUMBERS // width)
    for start in range(0, RESAMPLES, rows):
        yield draw(min(rows, RESAMPLES - start))


def _two_sided(observed: float, sums: Iterable[np.ndarray], size: float, *, drawn: int) -> float:
    """P of the observed sum among all `sums`.

    `drawn`: 1 where they are a sample, which it is counted into, else 0.
    """
    low, high, count = drawn, drawn, drawn
    for batch in sums:
        low += int((batch <= observed + ROUNDING * size).sum())
        high += int((batch >= observed - ROUNDING * size).sum())
        count += len(batch)
    return min(1.0, 2 * min(low, high) / count)
