"""Random numbers from a counter: number n of a stream does not depend on who draws, or when."""

from __future__ import annotations

from typing import Any

import numpy as np

from suite.engine.cache import Memory, compiled, kernel
from suite.engine.elementary import log
from suite.engine.intrinsics import fma
from suite.engine.layers import mixed

BITS = 53  # of a float64's fraction
Floats = np.ndarray


@compiled
def _fill_uniform(stream: int, first: int, shares: Memory) -> None:
    golden = np.uint64(0x9E3779B97F4A7C15)
    begin = mixed(np.uint64(stream) + golden)
    for n in range(len(shares)):
        drawn = mixed(begin + np.uint64(first + n) * golden) >> np.uint64(64 - BITS)
        shares[n] = np.float64(drawn) * 2.0**-BITS


@kernel
def _side(bits: Any) -> float:
    """Uniform in [-1, 1), exact."""
    return fma(np.float64(bits >> np.uint64(64 - BITS)), 2.0 ** (1 - BITS), -1.0)


@compiled
def _fill_normal(stream: int, first: int, values: Memory) -> None:
    """Marsaglia's polar method (1964): no angle, and of functions only the logarithm."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    for n in range(len(values)):
        begin = mixed(mixed(np.uint64(stream) + golden) + np.uint64(first + n) * golden)
        tries = np.uint64(0)
        while True:
            x = _side(mixed(begin + tries * golden))
            y = _side(mixed(begin + (tries + np.uint64(1)) * golden))
            tries += np.uint64(2)
            square = fma(x, x, y * y)
            if 0.0 < square < 1.0:
                break
        values[n] = x * np.sqrt(-2.0 * log(square) / square)


def uniform(stream: int, first: int, count: int, low: float, high: float) -> Floats:
    """Numbers `first` to `first` + `count` of a stream, uniform in [low, high)."""
    shares = np.zeros(count)
    _fill_uniform(stream, first, shares)
    return low + (high - low) * shares


def normal(stream: int, first: int, count: int, mean: float, deviation: float) -> Floats:
    """Numbers `first` to `first` + `count` of a stream, normal."""
    values = np.zeros(count)
    _fill_normal(stream, first, values)
    return mean + deviation * values
