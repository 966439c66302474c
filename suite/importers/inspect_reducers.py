"""How inspect_ai makes one value of a sample's epochs: inspect_ai.scorer's reducers (0.3.285).

Epochs that were not scored are left out before. Others than these (`majority`, `collect`, a user's
own) are read from the log's `reductions`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean, median

MEAN = "mean"  # what inspect_ai does where a log names no reducer
CORRECT = 1.0  # the default of the reducers' parameter `value`, which logs do not write
Share = Callable[[object], float]  # a score as a number
Reduce = Callable[[Sequence[object], Share], float]


def _mode(scores: Sequence[object], share: Share) -> float:
    """The most frequent score, the first of those that tie; "I" and "N" are two, though both 0."""
    return share(Counter(scores).most_common(1)[0][0])


def _at_least(values: Sequence[float], k: int) -> float:
    return float(sum(value >= CORRECT for value in values) >= k)


def _pass_at(values: Sequence[float], k: int) -> float:
    """The probability that one of k drawn epochs is right (Chen et al., 2021, equation 1)."""
    total, right = len(values), sum(value >= CORRECT for value in values)
    return 1 - math.comb(total - right, k) / math.comb(total, k) if total >= k else math.nan


def _pass_k(values: Sequence[float], k: int) -> float:
    """The probability that all of k drawn epochs are right (Yao et al., 2024)."""
    total, right = len(values), sum(value >= CORRECT for value in values)
    return math.comb(right, k) / math.comb(total, k) if total >= k else math.nan


PLAIN: dict[str, Callable[[Sequence[float]], float]] = {MEAN: fmean, "median": median, "max": max}
COUNTING = {"at_least": _at_least, "pass_at": _pass_at, "pass_k": _pass_k}


def find_reducer(name: str) -> Reduce | None:
    """The reducer that a log calls `name`, such as "mean" or "pass_at_2"; None for another."""
    if name == "mode":
        return _mode
    if name in PLAIN:
        plain = PLAIN[name]
        return lambda scores, share: plain([share(score) for score in scores])
    match = re.fullmatch(r"(\w+?)_(\d+)", name)
    if match is None or match[1] not in COUNTING or int(match[2]) < 1:
        return None
    count, k = COUNTING[match[1]], int(match[2])
    return lambda scores, share: count([share(score) for score in scores], k)


def is_certain(name: str) -> bool:
    """Whether the name says everything; the others may have a parameter that logs do not write."""
    return name in {*PLAIN, "mode"}
