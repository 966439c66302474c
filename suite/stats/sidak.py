"""Sidak's correction, for comparisons that are independent or taken to be (1967, JASA 62)."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit


def sidak(p: float, pairs: float) -> float:
    """The p of one of `pairs` comparisons, corrected for all."""
    return float(-np.expm1(pairs * np.log1p(-p))) if p < 1 else 1.0


def sidak_level(level: float, pairs: float) -> float:
    """The level of each of `pairs` intervals that hold together with probability `level`."""
    return float(level ** (1 / pairs))


def sidak_critical(alpha: float, freedom: float, pairs: float) -> float:
    """The |t| that one of `pairs` independent means reaches with probability `alpha`."""
    return float(stdtrit(freedom, (1 + sidak_level(1 - alpha, pairs)) / 2))
