"""Where the noise comes from: the variance of results with one random stream varying at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from suite.analysis.study import Study
from suite.stats import Interval, Summary, single_run_gap, variance_interval
from suite.task.choices import Stream

Source = Stream | Literal["all"]


@dataclass(frozen=True)
class Component:
    """The variance of one arm's results over n seeds while only `source` varied.

    `interval` is the chi-squared interval of the variance. `share` is of the variance with
    everything varying, missing where that is 0. Shares need not add up to 1: sources interact, and
    each was measured at one fixed value of the others.
    """

    arm: str
    source: Source
    n: int
    variance: float
    interval: Interval
    share: float | None


def noise_components(whole: Study, parts: Mapping[Stream, Study], metric: str) -> list[Component]:
    """For every arm: each source alone, then all together ("all").

    Arms with fewer than two results are left out.
    """
    components: list[Component] = []
    for arm in whole.task.arms:
        total = _variance(whole, arm, metric)
        if total is None:
            continue
        sources: list[tuple[Source, Study]] = [*parts.items(), ("all", whole)]
        for source, study in sources:
            summary = study.summary(arm, metric)
            if summary is None or summary.deviation is None:
                continue
            variance = summary.deviation**2
            interval = variance_interval(summary.deviation, summary.n)
            share = variance / total if total else None
            components.append(Component(arm, source, summary.n, variance, interval, share))
    return components


def _variance(study: Study, arm: str, metric: str) -> float | None:
    summary = study.summary(arm, metric)
    return None if summary is None or summary.deviation is None else summary.deviation**2


def noise_floor(arm: Summary, again: Summary) -> Interval | None:
    """Where the difference of two single runs of the same arm falls 95% of the time.

    A smaller difference says nothing.
    """
    return single_run_gap(arm, again)
