"""Families of comparisons where the truth is known, judged as reports judge them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations

import numpy as np

from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.pairs import Pair
from suite.stats import seeds_for_gap, seeds_for_tie
from suite.task.components import Metric

Rng = np.random.Generator
Draw = Callable[[Rng, tuple[int, ...]], np.ndarray]
SD = 0.01  # of one run, or nearly so


def normal(rng: Rng, size: tuple[int, ...]) -> np.ndarray:
    return rng.normal(0.9, SD, size)


def heavy_tailed(rng: Rng, size: tuple[int, ...]) -> np.ndarray:
    """Student's t with 3 degrees of freedom."""
    return 0.9 + SD / 3**0.5 * rng.standard_t(3, size)


def skewed(rng: Rng, size: tuple[int, ...]) -> np.ndarray:
    return 0.9 - SD * rng.exponential(size=size)


def near_one(rng: Rng, size: tuple[int, ...]) -> np.ndarray:
    """Accuracies of 99% on 1,000 items."""
    return rng.binomial(1000, 0.99, size) / 1000


def collapsing(rng: Rng, size: tuple[int, ...]) -> np.ndarray:
    """One run in ten, of either arm, loses half of its accuracy."""
    return np.asarray(normal(rng, size) - 0.45 * (rng.random(size) < 0.1))


DRAWS: tuple[Draw, ...] = (normal, heavy_tailed, skewed, near_one, collapsing)


def judge(arms: np.ndarray, pairs: Sequence[tuple[int, int]], margin: float) -> list[Comparison]:
    """The verdicts on `pairs` of `arms` (arms, seeds)."""
    values = [dict(enumerate(map(float, arm))) for arm in arms]
    rule = Metric(direction="higher", margin=margin)
    return judge_family(
        [Pair(f"arm {i}", f"arm {j}", "accuracy", values[i], values[j], rule) for i, j in pairs]
    )


def all_pairs(arms: int) -> list[tuple[int, int]]:
    return list(combinations(range(arms), 2))


def separate_pairs(pairs: int) -> list[tuple[int, int]]:
    """Pairs that share no arm."""
    return [(2 * k, 2 * k + 1) for k in range(pairs)]


def share_of_families(
    rng: Rng,
    repeats: int,
    *,
    n: int,
    draw: Draw,
    pairs: Sequence[tuple[int, int]],
    is_counted: Callable[[Comparison], bool],
    shift: float = 0.0,
    margin: float = SD,
) -> float:
    """The share of families with any verdict that is counted.

    The first arm of every pair is better by `shift`: all pairs share no arm where it is not 0.
    """
    arms = 1 + max(max(pair) for pair in pairs)
    found = 0
    for _ in range(repeats):
        values = draw(rng, (arms, n))
        values[::2] += shift
        found += any(map(is_counted, judge(values, pairs, margin)))
    return found / repeats


def is_better(comparison: Comparison) -> bool:
    return comparison.winner is not None


def is_better_by_margin(comparison: Comparison) -> bool:
    return comparison.by_margin


def is_tie(comparison: Comparison) -> bool:
    return comparison.verdict in ("EQUIVALENT", "BETTER BY LESS THAN THE MARGIN")


def power_of_best_arm(rng: Rng, repeats: int, *, n: int) -> float:
    """The share of its pairs in which an arm that is 1.5 sd(d) better than four equal ones wins."""
    found = 0
    for _ in range(repeats):
        arms = normal(rng, (5, n))
        arms[0] += 1.5 * SD * 2**0.5
        found += sum(pair.winner == "arm 0" for pair in judge(arms, all_pairs(5), SD))
    return found / repeats / 4


def power_of_separate_pairs(rng: Rng, repeats: int, *, n: int) -> float:
    """The share of ten pairs without a common arm in which an arm wins that is 1.5 sd(d) better."""
    found = 0
    for _ in range(repeats):
        arms = normal(rng, (20, n))
        arms[::2] += 1.5 * SD * 2**0.5
        found += sum(map(is_better, judge(arms, separate_pairs(10), SD)))
    return found / repeats / 10


@cache
def promised_seeds(margin: float, pairs: int, *, of_tie: bool) -> int:
    """The seeds that are said to decide at this margin, in units of sd(d), with 80% power."""
    needed = (seeds_for_tie if of_tie else seeds_for_gap)(margin, 1.0, pairs)
    assert needed is not None
    return needed


def power_at_promised_seeds(
    rng: Rng, repeats: int, *, margin: float, pairs: int, of_tie: bool
) -> float:
    """The share of first pairs that are decided as was said, at the number of seeds that was said.

    The gap of the first pair is one margin, or 0; the other pairs do not differ.
    """
    n = promised_seeds(margin, pairs, of_tie=of_tie)
    found = 0
    for _ in range(repeats):
        arms = normal(rng, (2 * pairs, n)) / 2**0.5  # sd(d) is SD
        arms[0] += 0.0 if of_tie else margin * SD
        first = judge(arms, separate_pairs(pairs), margin * SD)[0]
        found += is_tie(first) if of_tie else first.winner == "arm 0"
    return found / repeats
