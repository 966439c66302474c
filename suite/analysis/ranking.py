"""The arms of a table in order, with ranks that say what is not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from suite.analysis.compare_table import TableAnalysis


@dataclass(frozen=True)
class Standing:
    """Where an arm stands among `arms` arms.

    `mean`: every data set counting alike. `mean_rank`: over the data sets, 1 is best, ties share
    their mean rank. `ranks`: the lowest and highest rank that the simultaneous intervals allow; all
    hold together at 95% (Mogstad, Romano, Shaikh and Wilhelm 2024). `is_tied_with_best`: no arm is
    shown to be better.
    """

    arm: str
    mean: float
    mean_rank: float
    ranks: tuple[int, int]
    n: int
    without_value: int
    is_tied_with_best: bool


def standings(analysis: TableAnalysis) -> list[Standing]:
    """All arms, the best mean first; by the pairs of the family that leads."""
    arms = analysis.arms
    names = list(arms.values)
    worse = dict.fromkeys(names, 0)  # how many are shown to be worse than it
    better = dict.fromkeys(names, 0)
    for pair in analysis.lead.comparisons:
        if pair.winner is not None and pair.loser is not None:
            worse[pair.winner] += 1
            better[pair.loser] += 1
    ranks = _mean_ranks(analysis)
    return [
        Standing(
            name,
            arms.mean(name),
            ranks[name],
            (1 + better[name], len(names) - worse[name]),
            len(arms.values[name]),
            len(arms.tried[name]) - len(arms.values[name]),
            better[name] == 0,
        )
        for name in names
    ]


def _mean_ranks(analysis: TableAnalysis) -> dict[str, float]:
    """The mean rank of every arm over the data sets in which all arms have a value."""
    arms, sums, count = analysis.arms, dict.fromkeys(analysis.arms.values, 0.0), 0
    sign = -1 if arms.rule.direction == "higher" else 1
    for values in arms.by_block.values():
        if all(values.values()):
            means = np.array(
                [sign * np.mean(list(numbers.values())) for numbers in values.values()]
            )
            below = (means[:, None] > means[None, :]).sum(axis=1)
            equal = (means[:, None] == means[None, :]).sum(axis=1)
            for name, rank in zip(values, below + (equal + 1) / 2, strict=True):
                sums[name] += float(rank)
            count += 1
    return {name: total / count if count else float("nan") for name, total in sums.items()}
