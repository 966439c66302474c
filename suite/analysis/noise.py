"""Where the noise comes from: the variance of results with one random stream varying at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suite.analysis.study import Study
from suite.stats import Interval, Summary, single_run_gap, variance_interval
from suite.task.choices import Stream


@dataclass(frozen=True)
class Component:
    """The variance of one arm's results over n seeds while `source` varied and nothing else did,
    with its chi-squared interval.

    `share` is of the variance with everything varying, missing where that is 0. Shares need not add
    up to 1: sources interact, and each was measured at one fixed value of the others."""

    arm: str
    source: str
    n: int
    variance: float
    interval: Interval
    share: float | None


def components(whole: Study, parts: Mapping[Stream, Study], metric: str) -> list[Component]:
    """For every arm: each source alone, then all together ("all"). Arms with fewer than two results
    are left out."""
    found = []
    for arm in whole.task.arms:
        together = whole.summary(arm, metric)
        if together is None or together.deviation is None:
            continue
        for source, study in [*parts.items(), ("all", whole)]:
            alone = study.summary(arm, metric)
            if alone is None or alone.deviation is None:
                continue
            variance, total = alone.deviation**2, together.deviation**2
            around = variance_interval(alone.deviation, alone.n)
            found.append(
                Component(
                    arm, source, alone.n, variance, around, variance / total if total else None
                )
            )
    return found


def noise_floor(arm: Summary, again: Summary) -> Interval | None:
    """Where the difference of two single runs of the same arm falls 95% of the time: a smaller one
    says nothing."""
    return single_run_gap(arm, again)
