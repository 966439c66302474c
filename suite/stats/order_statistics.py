"""The best, the worst and the median of k further runs, as n runs predict them.

The runs are normal with unknown mean and deviation. With u = (x - mean) / sd, z standard normal
and c^2 chi-squared over its n - 1 degrees of freedom, P(statistic <= x) is the mean over c of
G(c u), where G is the distribution of ratio * (statistic of k standard normals) + offset * z. For
k = 1 that is Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.special import beta, betainc, gammainccinv, gammaincinv, ndtr, ndtri

Statistic = Literal["highest", "lowest", "median"]

TAIL = 1e-13  # of the distribution of c: what lies beyond is left out
STEPS_OF_C, STEPS_OF_Z, STEPS_OF_MEDIAN = 160, 32, 48  # nodes: doubled, no result moves by 1e-5
REACH = 12.0  # standard deviations to which G is tabulated, each way


@dataclass(frozen=True)
class PredictiveTable:
    """A distribution as a table: where it is `chances` (points,) up to `places` (points,)."""

    places: np.ndarray
    chances: np.ndarray

    def below(self, place: float) -> float:
        """The probability, in [0, 1], of a value below `place`."""
        return float(np.interp(place, self.places, self.chances))

    def quantiles(self, chances: np.ndarray) -> np.ndarray:
        """The places below which it is with `chances` (m,)."""
        return np.asarray(np.interp(chances, self.chances, self.places))


@lru_cache(maxsize=256)
def predictive_table(
    statistic: Statistic, runs: int, n: int, ratio: float = 1.0, offset: float | None = None
) -> PredictiveTable:
    """The distribution of (statistic of `runs` further runs - mean) / sd of n >= 2 runs.

    `ratio`: the standard deviation of a further run as a multiple of one here. `offset`: that of
    the mean's error, 1 / sqrt(n) unless given. Chances are right to 1e-4.
    """
    offset = n**-0.5 if offset is None else offset
    reach = REACH * (ratio + offset)
    near = np.linspace(-reach, reach, 2401)
    z, weights = np.polynomial.hermite_e.hermegauss(STEPS_OF_Z)
    at = (near[:, None] + offset * z) / max(ratio, 1e-9)
    g = standard_chance(statistic, runs, at) @ (weights / weights.sum())
    c, density = scales_of_deviation(n - 1)
    places = np.sinh(np.linspace(-7.0, 7.0, 4001)) * (ratio + offset)
    chances = np.interp(np.outer(places, c), near, g, left=0.0, right=1.0) @ density
    return PredictiveTable(places, np.maximum.accumulate(np.clip(chances, 0.0, 1.0)))


def standard_chance(statistic: Statistic, runs: int, at: np.ndarray) -> np.ndarray:
    """The probability that the statistic of `runs` standard normal values is at most `at` (*S)."""
    if statistic == "highest":
        return np.asarray(ndtr(at) ** runs)
    if statistic == "lowest":
        return np.asarray(1 - ndtr(-at) ** runs)
    half = runs // 2
    if runs % 2:
        return np.asarray(betainc(half + 1, half + 1, ndtr(at)))
    return _even_median_chance(half, at)


def _even_median_chance(half: int, at: np.ndarray) -> np.ndarray:
    """The same of the mean of the two middle ones of 2 `half` values.

    2 / B(m, m) times the integral of F(x)^(m-1) ((1 - F(x))^m - (1 - F(2t - x))^m) dF(x) to x = t.
    Source: Desu and Rodine (1969, Skandinavisk Aktuarietidskrift 52).
    """
    nodes, weights = np.polynomial.legendre.leggauss(STEPS_OF_MEDIAN)
    top = ndtr(at)[..., None]
    lower = top * (nodes + 1) / 2  # F(x), from 0 to F(t)
    mirrored = ndtr(ndtri(lower) - 2 * at[..., None])  # 1 - F(2t - x)
    inner = lower ** (half - 1) * ((1 - lower) ** half - mirrored**half)
    return np.asarray((inner * weights).sum(axis=-1) * top[..., 0] / beta(half, half))


def scales_of_deviation(freedom: int) -> tuple[np.ndarray, np.ndarray]:
    """Values of c (nodes,) and their weights, which sum to 1; a deviation s stands for s / c.

    c^2 is chi-squared over its degrees of `freedom`. The values are even in log c: the trapezoid
    rule, nearly exact for what falls to 0 on both sides.
    """
    low, high = (
        float((2 * bound / freedom) ** 0.5)
        for bound in (gammaincinv(freedom / 2, TAIL), gammainccinv(freedom / 2, TAIL))
    )
    logs = np.linspace(np.log(low), np.log(high), STEPS_OF_C)
    exponent = freedom * (logs - np.exp(2 * logs) / 2)
    density = np.exp(exponent - np.max(exponent))
    return np.exp(logs), density / density.sum()
