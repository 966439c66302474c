"""p values of many comparisons together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values (m,), in the order given.

    Where those below ALPHA are rejected, the chance that any of the m is rejected wrongly is at
    most ALPHA (Holm 1979, Scandinavian Journal of Statistics 6).
    """
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(
        (len(order) - np.arange(len(order))) * np.asarray(p_values)[order]
    )
    return [float(p) for p in np.minimum(adjusted, 1.0)]
