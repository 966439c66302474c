"""The arms of a table in order, with ranks that say what is not known.

Ranks are of all pairs and speak of places: 2 to 3. Who is best, tied or behind, within a data set
and against a baseline too, is `suite.reports.results_table.standings`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from suite.analysis.compare_table import TableAnalysis
from suite.stats.ranks import RankInterval, mean_ranks, rank_intervals


@dataclass(frozen=True)
class RankedArm:
    """An arm's mean, and its rank among all.

    `mean`: every data set counting alike. `mean_rank`: over the data sets in which all arms have a
    value, 1 is best; missing where there is none. `ranks`: those that the simultaneous intervals
    allow. `n` values, and how many units are `without_value`.
    """

    arm: str
    mean: float
    mean_rank: float | None
    ranks: RankInterval
    n: int
    without_value: int


def rank_arms(analysis: TableAnalysis) -> list[RankedArm]:
    """All arms, the best mean first; by the pairs of the family that leads."""
    arms, names = analysis.arms, list(analysis.arms.values)
    wins = wins_of(analysis)
    return [
        RankedArm(
            name,
            arms.mean(name),
            rank,
            interval,
            len(arms.values[name]),
            len(arms.tried[name]) - len(arms.values[name]),
        )
        for name, rank, interval in zip(
            names, _mean_ranks(analysis), rank_intervals(wins), strict=True
        )
    ]


def wins_of(analysis: TableAnalysis) -> np.ndarray:
    """Whether arm i is shown to be better than arm j, as booleans (arms, arms); best mean first."""
    numbers = {name: k for k, name in enumerate(analysis.arms.values)}
    wins = np.zeros((len(numbers), len(numbers)), dtype=bool)
    for pair in analysis.lead.comparisons:
        if pair.winner is not None and pair.loser is not None:
            wins[numbers[pair.winner], numbers[pair.loser]] = True
    return wins


def _mean_ranks(analysis: TableAnalysis) -> list[float | None]:
    """The mean rank of every arm over the data sets in which all arms have a value."""
    arms = analysis.arms
    means = [
        [float(np.mean(list(numbers.values()))) for numbers in values.values()]
        for values in arms.by_block.values()
        if all(values.values())
    ]
    if not means:
        return [None] * len(arms.values)
    is_higher = arms.rule.direction == "higher"
    ranks: list[float | None] = mean_ranks(np.array(means), higher_is_better=is_higher).tolist()
    return ranks
