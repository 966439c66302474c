"""How many seeds a verdict by betting needs, by the rule itself: the bets are simulated.

What decides is the distance of the truth from what is to be rejected, in units of the range, and
hardly the spread: bets may stake no more than a share of their capital. Differences are drawn from
a normal distribution, clipped to what the bounds allow.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from suite.stats.betting import bet_sizes, log_capital
from suite.stats.power import FEWEST_SEEDS, POWER
from suite.stats.summaries import ALPHA

STUDIES = 200  # simulated: a share of 80% has a standard error of 3 points
FIRST_LENGTH, MOST_BETS = 64, 4096  # seeds of simulated studies; above that no number is given
DRAWN_WITH = 1  # the same question has the same answer


@lru_cache(maxsize=256)  # pairs of a family often ask for the same numbers
def bets_for_gap(gap: float, deviation: float, reach: float, pairs: int = 1) -> int | None:
    """The seeds of which bets show a true gap with 80% power, in a family of `pairs`.

    `deviation`: that of the differences, which lie within +-`reach`. None above MOST_BETS, and
    where the gap is 0 or beyond the reach.
    """
    if not 0 < gap < reach:
        return None
    return _needed(gap, deviation, reach, ALPHA / pairs, (0.0,))


@lru_cache(maxsize=256)
def bets_for_tie(margin: float, deviation: float, reach: float, pairs: int = 1) -> int | None:
    """The seeds of which bets show with 80% power that equal arms differ by less than `margin`.

    As `bets_for_gap`; both ends of the margin must be rejected by the 90% sequence.
    """
    if not margin:
        return None
    edges = tuple(edge for edge in (-margin, margin) if abs(edge) < reach)
    return _needed(0.0, deviation, reach, 2 * ALPHA / pairs, edges)


def _needed(
    mean: float, deviation: float, reach: float, alpha: float, rejected: tuple[float, ...]
) -> int | None:
    """The seeds at which a share of POWER of studies has rejected every one of these means."""
    length = FIRST_LENGTH
    while length <= MOST_BETS:
        stops = np.sort(_stops(mean, deviation, reach, alpha, rejected, length))
        needed = stops[int(np.ceil(POWER * STUDIES)) - 1]
        if np.isfinite(needed):
            return max(FEWEST_SEEDS, int(needed))
        length *= 2
    return None


def _stops(
    mean: float,
    deviation: float,
    reach: float,
    alpha: float,
    rejected: tuple[float, ...],
    length: int,
) -> np.ndarray:
    """After how many of `length` seeds each study has rejected all (studies,); inf for never."""
    draws = np.random.default_rng(DRAWN_WITH).normal(mean, deviation, (STUDIES, length))
    unit = (np.clip(draws, -reach, reach) + reach) / (2 * reach)
    bets, threshold = bet_sizes(unit, alpha), np.log(2 / alpha)
    stops = np.ones(STUDIES)
    for edge in rejected:
        m = (edge + reach) / (2 * reach)
        grown = (log_capital(unit, bets, m) >= threshold) | (
            log_capital(1 - unit, bets, 1 - m) >= threshold
        )
        first = np.where(grown.any(axis=1), grown.argmax(axis=1) + 1, np.inf)
        stops = np.maximum(stops, first)
    return stops
