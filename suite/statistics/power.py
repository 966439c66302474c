"""How many seeds a difference needs, and how small a difference some seeds can find: the paired t test's power."""

from __future__ import annotations

from scipy import optimize, stats

from suite.statistics.summaries import ALPHA

POWER = 0.8  # the conventional share of true differences that a study should find (Cohen 1988)
FEWEST_SEEDS = 6  # the smallest two-sided sign-flip p of n seeds is 2 / 2^n: .0625 at 5, .031 at 6
MOST_SEEDS = 100_000  # more seeds than this are not worth a number


def power(effect: float, n: int) -> float:
    """The chance that a paired t test of n seeds finds a true mean(d) / sd(d) of `effect`, at ALPHA, two-sided."""
    edge, shift = stats.t.ppf(1 - ALPHA / 2, n - 1), effect * n**0.5
    return float(stats.nct.sf(edge, n - 1, shift) + stats.nct.cdf(-edge, n - 1, shift))


def detectable_gap(n: int, deviation: float) -> float:
    """The smallest mean gap that n >= 6 seeds find with 80% power where the differences vary by `deviation`."""
    high = n**-0.5
    while power(high, n) < POWER:
        high *= 2
    return deviation * float(optimize.brentq(lambda effect: power(effect, n) - POWER, high / 2, high))


def seeds_needed(effect: float) -> int | None:
    """The seeds, 6 or more, that find a true mean(d) / sd(d) of `effect` with 80% power; None above MOST_SEEDS."""
    low, high = FEWEST_SEEDS - 1, FEWEST_SEEDS
    while power(abs(effect), high) < POWER:
        low, high = high, 2 * high
        if high > MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if power(abs(effect), middle) < POWER else (low, middle)
    return high
