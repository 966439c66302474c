"""How many seeds a verdict needs, and how small a difference some seeds can find.

By the rule of the verdicts: intervals that hold for the whole family. The standard deviation is
known from few seeds only, so its upper 80% limit is planned with, never the measured one; and never
the measured gap, which at n = 10 gives anything between half and a hundred times the right number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import isfinite
from typing import TypeAlias

import numpy as np
from scipy.special import chdtri, nctdtr, nctdtrinc, ndtr, stdtrit

from suite.stats.sidak import sidak_critical
from suite.stats.summaries import ALPHA

POWER = 0.8  # the conventional share of true differences that a study should find (Cohen 1988)
FEWEST_SEEDS = 6  # the smallest two-sided sign-flip p of n seeds is 2 / 2^n: .0625 at 5, .031 at 6
MOST_SEEDS = 100_000  # more seeds than this are not worth a number
FLIPS_COST = 8  # up to so many seeds the sign flips need one more than the t interval
NODES = (np.arange(400) + 0.5) / 400  # quantiles of the standard deviation, for an average over it


# alpha, the number of seeds, the pairs of the family -> the |t| that an interval reaches to
Critical: TypeAlias = Callable[[float, int, int], float]


def fixed_critical(alpha: float, n: int, pairs: int) -> float:
    """The critical value where the number of seeds was fixed before any was seen."""
    return sidak_critical(alpha, n - 1, pairs)


def upper_deviation(deviation: float, n: int) -> float:
    """The upper 80% limit of a standard deviation that n >= 2 normal values gave."""
    return float(deviation * ((n - 1) / chdtri(n - 1, POWER)) ** 0.5)


def power(effect: float, n: int, pairs: int = 1, critical: Critical = fixed_critical) -> float:
    """The chance that n seeds find a true mean(d) / sd(d) of `effect`, in a family of `pairs`.

    Two-sided, by the interval that holds for the family; `critical` gives its width.
    """
    edge, shift = critical(ALPHA, n, pairs), abs(effect) * n**0.5
    if not isfinite(edge):
        return 0.0
    chance = float(nctdtr(n - 1, -shift, -edge) + nctdtr(n - 1, shift, -edge))
    return 1.0 if np.isnan(chance) else chance  # SciPy has no number where it is 1 but for 1e-10


def tie_power(margin: float, n: int, pairs: int = 1, critical: Critical = fixed_critical) -> float:
    """The chance that n seeds show two equal arms to be equivalent.

    `margin` in units of sd(d). The 90% interval, which holds for the family, must lie within it.
    """
    edge = critical(2 * ALPHA, n, pairs)
    room = margin * n**0.5 - edge * _deviations(n - 1)
    return float(np.maximum(2 * ndtr(room) - 1, 0).mean())


@lru_cache(maxsize=4096)  # searches for the seeds of many pairs ask for the same numbers
def _deviations(freedom: int) -> np.ndarray:
    """The quantiles, at NODES, of a standard deviation whose true value is 1."""
    return np.asarray(np.sqrt(chdtri(freedom, NODES) / freedom))


def detectable_gap(n: int, deviation: float) -> float:
    """The smallest mean gap that n >= 6 seeds find with 80% power, for one pair.

    `deviation` is the standard deviation of the differences. To find the gap in the wrong direction
    has a chance below 1e-6, which is left out.
    """
    edge = stdtrit(n - 1, 1 - ALPHA / 2)
    return float(deviation * nctdtrinc(n - 1, 1 - POWER, edge) / n**0.5)


def seeds_for_gap(
    gap: float, deviation: float, pairs: int = 1, critical: Critical = fixed_critical
) -> int | None:
    """The seeds that show a true gap with 80% power; `deviation` is that of the differences.

    None above MOST_SEEDS, or where the gap is 0.
    """
    if not gap:
        return None
    if not deviation:
        return FEWEST_SEEDS
    needed = _fewest(lambda n: power(gap / deviation, n, pairs, critical))
    return needed if needed is None or needed > FLIPS_COST else needed + 1


def seeds_for_tie(
    margin: float, deviation: float, pairs: int = 1, critical: Critical = fixed_critical
) -> int | None:
    """The seeds that show with 80% power that two equal arms differ by less than `margin`.

    `deviation` is that of the differences. None above MOST_SEEDS, or where the margin is 0.
    """
    if not margin:
        return None
    if not deviation:
        return FEWEST_SEEDS
    return _fewest(lambda n: tie_power(margin / deviation, n, pairs, critical))


def _fewest(chance: Callable[[int], float]) -> int | None:
    """The smallest n whose chance reaches POWER; the chance grows with n."""
    low, high = FEWEST_SEEDS - 1, FEWEST_SEEDS
    while chance(high) < POWER:
        low, high = high, 2 * high
        if high > MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if chance(middle) < POWER else (low, middle)
    return high
