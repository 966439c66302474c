"""The answer where one arm is held against many: who is ahead of it, who behind, who is open.

A sentence of each kind in the place of one a pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.reports.numbers import format_interval, format_value, percent_sign, points
from suite.reports.prose import Link, Piece, Prose, anchor_of, join
from suite.reports.wording import phrase
from suite.task.components import Metric

FEWEST_PAIRS = 4  # with fewer, each has a sentence of its own
MOST_NAMED = {True: 3, False: 6}  # arms of a kind, where results chose the arm or not


def centre_of(pairs: Sequence[Comparison]) -> str | None:
    """The arm that all of these pairs have; None where they are few or none has."""
    if len(pairs) < FEWEST_PAIRS:
        return None
    common = set.intersection(*({pair.first, pair.second} for pair in pairs))
    return min(common, default=None)


def star_words(study: Study, pairs: Sequence[Comparison], centre: str, metric: Metric) -> Prose:
    """What is said of the arm against all others, with its differences to them."""
    mean = _mean(pairs[0], centre)
    head = f"{centre} {format_value(mean, metric)}{percent_sign(metric)}"
    if study.task.comparisons == "best":
        head += f" has the best mean of {len(study.task.arms)} arms"
    head += " (differences: it less the other)"
    return join("; ", [head, *_kinds(study, pairs, centre, metric)])


def _kinds(
    study: Study, pairs: Sequence[Comparison], centre: str, metric: Metric
) -> Iterator[Prose]:
    """The others by what is said of them, in the order of the pairs."""
    kinds: dict[str, list[Comparison]] = {}
    for pair in pairs:
        kinds.setdefault(_kind(pair, centre), []).append(pair)
    for kind, of_kind in kinds.items():
        word: Piece = Link(kind, anchor_of(of_kind[0].verdict))
        if len(of_kind) > MOST_NAMED[study.task.comparisons == "best"]:
            said = f" {len(of_kind)} of {len(pairs)}, by {_range(of_kind, centre, metric)}"
        else:
            said = " " + ", ".join(
                f"{_other(pair, centre)} {_difference(pair, centre, metric)}" for pair in of_kind
            )
        yield (word, said)


def _range(pairs: Sequence[Comparison], centre: str, metric: Metric) -> str:
    """From the smallest difference to the largest."""
    gaps = [pair.gap.mean * (1 if pair.first == centre else -1) for pair in pairs]
    low, high = (format_value(gap, metric, signed=True) for gap in (min(gaps), max(gaps)))
    return f"{low} to {high}{points(metric)}"


def _kind(pair: Comparison, centre: str) -> str:
    """What the verdict says of the centre and the other arm, without their names."""
    if pair.winner is not None:
        return "BETTER than" if pair.winner == centre else "WORSE than"
    if pair.not_worse is not None:
        return "NOT WORSE than" if pair.not_worse == centre else "may be worse than"
    return f"{phrase(pair)} against"


def _other(pair: Comparison, centre: str) -> str:
    return pair.second if pair.first == centre else pair.first


def _mean(pair: Comparison, centre: str) -> float:
    return pair.gap.mean_a if pair.first == centre else pair.gap.mean_b


def _difference(pair: Comparison, centre: str, metric: Metric) -> str:
    """The difference to the other arm, as the centre sees it."""
    sign = 1 if pair.first == centre else -1
    mean = f"{format_value(sign * pair.gap.mean, metric, signed=True)}{points(metric)}"
    interval = pair.gap.interval
    if interval is None:
        return mean
    seen = interval if sign == 1 else type(interval)(-interval.high, -interval.low)
    return f"{mean} {format_interval(seen, metric, signed=True)}"


def chosen_words(study: Study) -> str:
    """That results chose the arm which is held against the rest, and what allows for it."""
    if study.task.comparisons != "best" or study.best_arm is None:
        return ""
    pairs = len(study.task.pairs())
    return (
        f"the best arm was chosen by these results: intervals and p hold for all {pairs:,} pairs of"
        " arms together, which allows for that; its mean is optimistic"
    )
