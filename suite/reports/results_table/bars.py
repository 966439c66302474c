"""Intervals of gaps as bars on one axis, for a column beside the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from suite.analysis.comparison import Comparison
from suite.reports.web.answers import TONES, Tone


@dataclass(frozen=True)
class Bar:
    """Where an interval and its gap lie on the axis, from 0 (left) to 100; `zero` is no gap."""

    low: float
    gap: float
    high: float
    zero: float
    tone: Tone


def make_bars(comparisons: Sequence[Comparison]) -> list[Bar | None]:
    """A bar for each comparison, all on one axis that holds 0; None where there is no interval."""
    ends = [0.0]
    for comparison in comparisons:
        interval = comparison.gap.interval
        if interval is not None and isfinite(interval.low) and isfinite(interval.high):
            ends += [interval.low, interval.high]
    least, width = min(ends), max(ends) - min(ends)
    return [_bar(comparison, least, width) for comparison in comparisons]


def _bar(comparison: Comparison, least: float, width: float) -> Bar | None:
    interval = comparison.gap.interval
    if interval is None or not width or not (isfinite(interval.low) and isfinite(interval.high)):
        return None
    places = (interval.low, comparison.gap.mean, interval.high, 0.0)
    low, gap, high, zero = (round(2 + 96 * (place - least) / width, 2) for place in places)
    return Bar(low, gap, high, zero, TONES.get(comparison.verdict, "open"))
