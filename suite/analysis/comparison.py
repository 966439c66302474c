"""Results -> what they say about pairs of arms. A verdict is a word and its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.importers.measured import Observed
from suite.provenance.seeding import stream_seed
from suite.stats import (
    ALPHA,
    FEWEST_SEEDS,
    Gap,
    Interval,
    holm,
    paired_gap,
    seeds_needed,
    unpaired_gap,
)
from suite.stats.sequential import at_any_time
from suite.task.choices import Direction
from suite.task.components import Metric

PairWord = Literal["BETTER", "EQUIVALENT", "UNDECIDED", "TOO FEW SEEDS", "TOO MANY FAILURES"]


@dataclass(frozen=True)
class Comparison:
    """The verdict on two arms under one metric.

    `p` is Holm's, over all pairs and metrics of the task. BETTER names the `winner`, `by_margin`
    where the whole interval lies beyond the margin. UNDECIDED says how many seeds would decide with
    80% power at the gap observed (None: no number worth having). No verdict says anything about
    other data, other protocols or other environments.
    """

    first: str
    second: str
    metric: str
    gap: Gap
    p: float | None
    word: PairWord
    winner: str | None = None
    by_margin: bool = False
    seeds_needed: int | None = None
    direction: Direction = "higher"
    margin: float | None = None


def compare(study: Study) -> list[Comparison]:
    """The verdicts on all pairs of arms that the task compares, under every metric that both have."""
    found = [
        (first, second, metric, gap)
        for metric in study.task.metrics
        for first, second in study.task.pairs()
        if (gap := study.gap(first, second, metric)) is not None
    ]
    tested = [gap.p for *_, gap in found if gap.p is not None]
    adjusted = iter(holm(tested))
    return [
        decide(study, first, second, metric, gap, next(adjusted) if gap.p is not None else None)
        for first, second, metric, gap in found
    ]


def is_decided(study: Study) -> bool:
    """Whether every pair has a verdict under the primary metric that more seeds would not change
    for the asking."""
    words = [one.word for one in compare(study) if one.metric == study.primary_metric]
    return len(words) == len(study.task.pairs()) and not {"UNDECIDED", "TOO FEW SEEDS"} & set(words)


def decide(
    study: Study, first: str, second: str, metric: str, gap: Gap, p: float | None
) -> Comparison:
    """The verdict on one pair of a study, from its gap and its adjusted p."""
    failed = (
        max(study.failed_share(first), study.failed_share(second))
        > study.task.protocol.max_failed_share
    )
    return judge(
        first, second, metric, gap, p, study.task.metrics[metric], too_many_failures=failed
    )


def judge(
    first: str,
    second: str,
    metric: str,
    gap: Gap,
    p: float | None,
    rule: Metric,
    *,
    too_many_failures: bool = False,
) -> Comparison:
    """The verdict on a gap first - second by the metric's direction and margin; `p` is adjusted
    already."""

    def said(
        word: PairWord,
        winner: str | None = None,
        *,
        by_margin: bool = False,
        more: int | None = None,
    ) -> Comparison:
        return Comparison(
            first,
            second,
            metric,
            gap,
            p,
            word,
            winner,
            by_margin,
            more,
            rule.direction,
            rule.margin,
        )

    if too_many_failures:
        return said("TOO MANY FAILURES")
    if gap.n < FEWEST_SEEDS or gap.interval is None or gap.inner is None or p is None:
        return said("TOO FEW SEEDS")
    if 0 not in gap.interval and p < ALPHA:
        higher_wins = rule.direction == "higher"
        winner = first if (gap.mean > 0) == higher_wins else second
        edge = min(abs(gap.interval.low), abs(gap.interval.high))
        return said("BETTER", winner, by_margin=rule.margin is not None and edge >= rule.margin)
    if rule.margin is not None and gap.inner.lies_in(Interval(-rule.margin, rule.margin)):
        return said("EQUIVALENT")
    return said("UNDECIDED", more=seeds_needed(gap.effect) if gap.effect else None)


def compare_observed(
    pairs: Sequence[tuple[Observed, Observed]],
    *,
    direction: Direction | None = None,
    margin: float | None = None,
    paired: bool = True,
) -> list[Comparison]:
    """The verdicts on pairs of arms measured anywhere, all of them one family. `direction` and
    `margin` stand before what the arms' sources say. Raises SuiteError where a pair has too little
    in common, or nothing says what is better."""
    rules = [_rule(a, b, direction, margin) for a, b in pairs]
    gaps = [_gap_between(a, b, paired=paired) for a, b in pairs]
    adjusted = holm(
        [1.0 if gap.p is None else gap.p for gap in gaps]
    )  # two values on each side or more: p is there
    return [
        judge(
            a.name,
            b.name,
            a.metric,
            gap,
            p,
            rule,
            too_many_failures=a.failed_too_often or b.failed_too_often,
        )
        for (a, b), gap, p, rule in zip(pairs, gaps, adjusted, rules, strict=True)
    ]


def _rule(a: Observed, b: Observed, direction: Direction | None, margin: float | None) -> Metric:
    said = {one.rule.direction for one in (a, b) if one.rule}
    if direction is None and len(said) != 1:
        reason = "does not say" if not said else "contradict each other on"
        raise SuiteError(
            f"{a.name}, {b.name}: what they come from {reason} whether {a.metric} is better when"
            " higher or lower: give --direction"
        )
    declared = a.rule or b.rule
    return Metric(
        direction=direction or said.pop(),
        margin=margin or (declared.margin if declared else None),
        unit="none",
    )


def _gap_between(a: Observed, b: Observed, *, paired: bool) -> Gap:
    generator = np.random.default_rng(stream_seed("sign flips", a.name, b.name))
    if not paired:
        if a.sequential or b.sequential:
            raise SuiteError(
                f"--unpaired: seeds of {a.name} or {b.name} were added until decided: expected"
                " fixed numbers"
            )
        if min(len(a.values), len(b.values)) < 2:
            raise SuiteError(
                f"expected at least 2 values of {a.name} and of {b.name}, got {len(a.values)} and"
                f" {len(b.values)}"
            )
        return unpaired_gap(list(a.values.values()), list(b.values.values()), generator=generator)
    common = sorted(a.values.keys() & b.values.keys())
    if len(common) < 2:
        raise SuiteError(
            f"expected at least 2 seeds or items that {a.name} and {b.name} have in common, got"
            f" {len(common)}; --unpaired compares arms that share none"
        )
    gap = paired_gap(
        [a.values[one] for one in common], [b.values[one] for one in common], generator=generator
    )
    return at_any_time(gap) if a.sequential or b.sequential else gap
