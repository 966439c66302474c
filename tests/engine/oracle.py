"""The rule in a few lines of NumPy for each kernel: one chain of fma an output, nothing split."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = Any


def fma(a: Floats, b: Floats, c: Floats) -> Floats:
    """a b + c of float32, rounded once.

    In float64 the product is exact. The sum is rounded to odd there, which makes the second
    rounding harmless (Boldo and Melquiond, 2008).
    """
    product = np.asarray(a, np.float64) * np.asarray(b, np.float64)
    c = np.asarray(c, np.float64)
    total = product + c
    of_c = total - product
    error = (product - (total - of_c)) + (c - of_c)  # Knuth's two-sum
    is_even = (total.view(np.int64) & 1) == 0
    odd = np.nextafter(total, np.where(error > 0, np.inf, -np.inf))
    return np.where((error != 0) & is_even, odd, total).astype(np.float32)


def product(start: Floats, a: Floats, b: Floats) -> Floats:
    """start + A B, over the columns of A in their order."""
    total = np.broadcast_to(start, (len(a), b.shape[1])).astype(np.float32)
    for k in range(a.shape[1]):
        total = fma(a[:, k : k + 1], b[k : k + 1], total)
    return total


def added(rows: Floats) -> Floats:
    """The sum of the rows, from the first on."""
    total = np.zeros(rows.shape[1], np.float32)
    for row in rows:
        total = total + row
    return total
