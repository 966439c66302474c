"""How many seeds a difference needs, and how small a difference some seeds can find.

By the paired t test's power, from the noncentral t distribution (Cohen 1988).
"""

from __future__ import annotations

from math import isnan

from scipy.special import nctdtr, nctdtrinc, stdtrit

from suite.stats.summaries import ALPHA

POWER = 0.8  # the conventional share of true differences that a study should find (Cohen 1988)
FEWEST_SEEDS = 6  # the smallest two-sided sign-flip p of n seeds is 2 / 2^n: .0625 at 5, .031 at 6
MOST_SEEDS = 100_000  # more seeds than this are not worth a number


def power(effect: float, n: int) -> float:
    """The chance that a paired t test of n seeds finds a true mean(d) / sd(d) of `effect`.

    The test is two-sided, at ALPHA.
    """
    edge, shift = stdtrit(n - 1, 1 - ALPHA / 2), effect * n**0.5
    chance = float(nctdtr(n - 1, -shift, -edge) + nctdtr(n - 1, shift, -edge))
    return 1.0 if isnan(chance) else chance  # SciPy has no number where it is 1 but for 1e-10


def detectable_gap(n: int, deviation: float) -> float:
    """The smallest mean gap that n >= 6 seeds find with 80% power.

    `deviation` is the standard deviation of the differences. To find the gap in the wrong direction
    has a chance below 1e-6, which is left out.
    """
    edge = stdtrit(n - 1, 1 - ALPHA / 2)
    return float(deviation * nctdtrinc(n - 1, 1 - POWER, edge) / n**0.5)


def seeds_needed(effect: float) -> int | None:
    """The seeds, 6 or more, that find a true mean(d) / sd(d) of `effect` with 80% power.

    None above MOST_SEEDS.
    """
    low, high = FEWEST_SEEDS - 1, FEWEST_SEEDS
    while power(abs(effect), high) < POWER:
        low, high = high, 2 * high
        if high > MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if power(abs(effect), middle) < POWER else (low, middle)
    return high
