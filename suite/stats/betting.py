"""A confidence sequence for bounded values that need not be normal: by betting.

Against every candidate mean m two gamblers bet, that values lie above m and that they lie below.
While m is true neither capital grows in expectation, so by Ville's inequality m is rejected at any
look with probability at most 1 - level, whatever the distribution in [low, high]. Where seeds are
skewed (rare collapses), the sequence of `sequential` errs in 11% to 55%.

The price is width: n values exclude no mean that is nearer than about log(2 / alpha) / n of the
range, so that bounds should be as near as what the metric allows.

Source: Waudby-Smith and Ramdas (2024, Journal of the Royal Statistical Society B 86), hedged
capital (theorem 3) with the predictable plug-in bets of equations 26 and 27.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from suite.stats.estimates import checked_level
from suite.stats.summaries import ALPHA, Interval, Values, finite

CAUTION = 0.75  # the largest share of the capital at stake: 1/2 or 3/4 in the source
HALVINGS = 50  # of [0, 1]: to 1e-15 of the range


@dataclass(frozen=True)
class BettingMean:
    """The mean of n values with what holds at whatever n was stopped.

    `interval`: the confidence sequence after n values, in [low, high]. `p`: of a mean of 0 at any
    time, two-sided, by the bets that the level asks for; 1 where 0 is not in [low, high].
    """

    n: int
    mean: float
    interval: Interval
    p: float


def betting_mean(
    values: Values,
    *,
    low: float,
    high: float,
    level: float = 1 - ALPHA,
    running: bool = True,
) -> BettingMean:
    """The mean of `values` (n,), in the order in which they came, bounded by `low` and `high`.

    For differences of a metric in [0, 1] the bounds are -1 and 1. `running`: the intersection of
    the intervals after 1, 2, ... n values, which is never wider; else the interval after n alone.
    Where the intersection is empty, the interval after n is given.

    Both capitals are monotone in m, so that their limits are found by halving: no grid is needed.

    Raises ValueError for values that are not finite or not in [low, high], for bounds that are not
    in order, and for a level outside (0, 1).
    """
    array, alpha = finite(values), 1 - checked_level(level)
    if not -np.inf < low < high < np.inf:
        raise ValueError(f"expected a lower bound below an upper one, got {low!r} and {high!r}")
    least, largest = float(array.min()), float(array.max())
    if least < low or largest > high:
        raise ValueError(f"expected values from {low!r} to {high!r}, got {least!r} to {largest!r}")
    unit = (array - low) / (high - low)
    bets = bet_sizes(unit, alpha)
    limits = _limits(unit, bets, alpha, running=running)
    if limits[0] > limits[1]:
        limits = _limits(unit, bets, alpha, running=False)
    zero = -low / (high - low)
    return BettingMean(
        len(array),
        float(array.mean()),
        Interval(low + limits[0] * (high - low), low + limits[1] * (high - low)),
        _p(unit, bets, zero) if 0 <= zero <= 1 else 1.0,
    )


def bet_sizes(x: np.ndarray, alpha: float) -> np.ndarray:
    """The bet on each of x (*S, n), from the values before it: equations 26 and 27."""
    t = np.arange(1, x.shape[-1] + 1)
    means = (0.5 + np.cumsum(x, axis=-1)) / (t + 1)
    variances = (0.25 + np.cumsum((x - means) ** 2, axis=-1)) / (t + 1)
    first = np.full((*x.shape[:-1], 1), 0.25)
    before = np.concatenate([first, variances[..., :-1]], axis=-1)
    return np.asarray(np.sqrt(2 * np.log(2 / alpha) / (before * t * np.log1p(t))))


def log_capital(x: np.ndarray, bets: np.ndarray, m: float) -> np.ndarray:
    """The log capital (*S, n) of the bets that x lies above m in [0, 1]; it falls as m rises."""
    stakes = np.minimum(bets, CAUTION / m) if m > 0 else bets
    return np.asarray(np.cumsum(np.log1p(stakes * (x - m)), axis=-1))


def _limits(x: np.ndarray, bets: np.ndarray, alpha: float, *, running: bool) -> tuple[float, float]:
    """The least and the largest m in [0, 1] against which neither half of the capital grew."""
    threshold = float(np.log(2 / alpha))

    def lower(above: np.ndarray) -> float:
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            capital = log_capital(above, bets, middle)
            if (capital.max() if running else capital[-1]) >= threshold:
                low = middle
            else:
                high = middle
        return low

    return lower(x), 1 - lower(1 - x)


def _p(x: np.ndarray, bets: np.ndarray, m: float) -> float:
    """The p of mean m over all looks: 1 over the largest half capital (Ville 1939)."""
    largest = max(log_capital(x, bets, m).max(), log_capital(1 - x, bets, 1 - m).max())
    return float(min(1.0, 2 * np.exp(-largest)))
