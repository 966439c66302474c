"""exp, log, erf and what follows from them, as polynomials in float64 by fma: the same everywhere.

Errors are below 1e-15 relative for exp and log and 1e-12 absolute for erf, before a result is
rounded to float32. Branches and the bits of a float64 choose ranges; there is no library.
"""

from __future__ import annotations

import math

import numpy as np

from suite.engine.cache import kernel
from suite.engine.intrinsics import bits_as_float, float_as_bits, fma

LOG2_E = 1.4426950408889634
# ln 2 in two parts: the first has 21 zero bits at its end, so that n times it is exact
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
SHIFT = 6755399441055744.0  # 1.5 2^52: adding it rounds to the nearest integer
EXP_TERMS = tuple(1.0 / math.factorial(n) for n in range(13, -1, -1))
LOG_TERMS = tuple(1.0 / n for n in range(23, 0, -2))  # of 2 atanh(z) = 2 (z + z^3/3 + z^5/5 ...)
LEAST, LARGEST = -708.0, 709.0  # where exp leaves the normal float64
SQRT_HALF = 0.7071067811865476
TWO_OVER_SQRT_PI = 1.1283791670955126

# (x + 2) e^(x^2) erfc(x) as a polynomial of (x - 2) / (x + 2): fitted at 400 Chebyshev points to
# SciPy's erfcx, of degree 18
ERFC_TERMS = (
    -2.2511756251381656e-07,
    -4.6810490477211968e-07,
    1.1481072590381011e-06,
    4.0080820214301679e-06,
    -9.3418511261064710e-08,
    -1.6250926146596753e-05,
    -2.2431330562706744e-05,
    3.4140877728614869e-05,
    1.4479262368631053e-04,
    3.4396559814887969e-05,
    -6.6315916523128175e-04,
    -8.3730520645907336e-04,
    3.0906251523701691e-03,
    6.4791865045646059e-03,
    -2.1510662906289144e-02,
    -3.6442231600796224e-02,
    2.7947209258670525e-01,
    -6.8716068441208911e-01,
    1.0215827052418709e00,
)


@kernel
def horner(terms: tuple[float, ...], x: float) -> float:
    """The polynomial with these coefficients, the highest power first."""
    total = terms[0]
    for n in range(1, len(terms)):
        total = fma(total, x, terms[n])
    return total


@kernel
def exp(x: float) -> float:
    """e^x of a float64; 0 or infinity outside [-708, 709]."""
    if not (x >= LEAST):
        return 0.0 if x < LEAST else x
    if x > LARGEST:
        return np.inf
    shifted = fma(x, LOG2_E, SHIFT)
    n = shifted - SHIFT
    r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, x))
    return horner(EXP_TERMS, r) * bits_as_float((np.int64(n) + 1023) << 52)


@kernel
def log(x: float) -> float:
    """Ln x of a positive, normal float64; infinity and nan stay what they are."""
    if not x < np.inf:
        return x
    bits = float_as_bits(x)
    power = (bits >> 52) - 1023
    part = bits_as_float((bits & 0xFFFFFFFFFFFFF) | (1023 << 52))
    if part > 2 * SQRT_HALF:
        part, power = part * 0.5, power + 1
    z = (part - 1.0) / (part + 1.0)
    return fma(float(power), LN2_HIGH, fma(2.0 * z, horner(LOG_TERMS, z * z), power * LN2_LOW))


@kernel
def sigmoid(x: float) -> float:
    """1 / (1 + e^-x) of a float64."""
    e = exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0 else e / (1.0 + e)


@kernel
def tanh(x: float) -> float:
    """(1 - e^-2x) / (1 + e^-2x) of a float64."""
    e = exp(-2.0 * abs(x))
    y = (1.0 - e) / (1.0 + e)
    return y if x >= 0 else -y


@kernel
def softplus(x: float) -> float:
    """ln(1 + e^x) of a float64."""
    return (x if x > 0 else 0.0) + log(1.0 + exp(-abs(x)))


@kernel
def erf(x: float) -> float:
    """The error function of a float64."""
    size = abs(x)
    u = (size - 2.0) / (size + 2.0)
    y = 1.0 - exp(-size * size) * horner(ERFC_TERMS, u) / (size + 2.0)
    return y if x >= 0 else -y
