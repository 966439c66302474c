"""`--until decided` by each of the two sequences, on shares with and without rare collapses."""

from __future__ import annotations

import numpy as np

from suite.analysis.comparison import judge_family
from suite.analysis.pairs import Pair
from suite.task.components import Metric

Rng = np.random.Generator
LOOKS = (*range(6, 21), *range(25, 61, 5))


def runs(rng: Rng, seeds: int, collapse: float, mean: float = 0.9) -> np.ndarray:
    """Accuracies (seeds,), of which a share collapses to a tenth or so."""
    values = rng.normal(mean, 0.02, seeds)
    low = rng.random(seeds) < collapse
    return np.asarray(np.clip(np.where(low, rng.uniform(0.05, 0.15, seeds), values), 0, 1))


def stopping_seeds(
    rng: Rng,
    repeats: int,
    *,
    bets: bool,
    collapses: tuple[float, float],
    means: tuple[float, float],
) -> np.ndarray:
    """The number of seeds at which there is a winner, 0 for never; looks at 6 to 60 seeds."""
    rule, stopped = Metric(direction="higher"), np.zeros(repeats, dtype=int)
    for row in range(repeats):
        a, b = (runs(rng, max(LOOKS), c, m) for c, m in zip(collapses, means, strict=True))
        for n in LOOKS:
            first, second = (dict(enumerate(map(float, side[:n]))) for side in (a, b))
            bounds = (0.0, 1.0) if bets else None
            pair = Pair("a", "b", "accuracy", first, second, rule, sequential=True, bounds=bounds)
            (verdict,) = judge_family([pair])
            if verdict.winner is not None:
                stopped[row] = n
                break
    return stopped


def skewed_errors(rng: Rng, repeats: int, *, bets: bool) -> float:
    """The share of studies that find a winner where the means are equal and only one arm collapses.

    One run in twenty of the first arm does, by 0.8; the other runs are better by as much as makes
    the means equal.
    """
    means = (0.9 + 0.05 * 0.8 / 0.95, 0.9)
    stopped = stopping_seeds(rng, repeats, bets=bets, collapses=(0.05, 0.0), means=means)
    return float((stopped > 0).mean())


def seeds_taken(rng: Rng, repeats: int, *, bets: bool, gap: float) -> float:
    """The mean number of seeds until a gap is found, 60 where it is not, without any collapse."""
    means = (0.5 + gap, 0.5)
    stopped = stopping_seeds(rng, repeats, bets=bets, collapses=(0.0, 0.0), means=means)
    return float(np.where(stopped > 0, stopped, max(LOOKS)).mean())
