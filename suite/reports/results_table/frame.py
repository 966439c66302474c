"""The verdicts on a table as a frame and as CSV: a row for each pair and scope."""

from __future__ import annotations

from typing import Any

import pandas as pd

from suite.analysis.compare_table import Family, TableAnalysis
from suite.analysis.comparison import Comparison
from suite.reports.results_table.notes import both_families
from suite.stats import Interval


def as_frame(analysis: TableAnalysis) -> pd.DataFrame:
    """A row for each pair and scope, the leading scope first; what is missing is None or nan.

    `gap` is a less b, with the simultaneous interval of 95%; `p` is corrected for the family.
    """
    records = [
        _record(family, comparison)
        for family in both_families(analysis)
        for comparison in family.comparisons
    ]
    frame: pd.DataFrame = pd.DataFrame(records)
    return frame


def as_csv(analysis: TableAnalysis) -> str:
    """The same as CSV; what is missing is empty, and numbers have all their digits."""
    return as_frame(analysis).to_csv(index=False, lineterminator="\n")


def _record(family: Family, comparison: Comparison) -> dict[str, Any]:
    gap = comparison.gap
    low, high = _bounds(gap.interval)
    inner_low, inner_high = _bounds(gap.inner)
    return {
        "scope": str(family.scope),
        "a": comparison.first,
        "b": comparison.second,
        "metric": comparison.metric,
        "direction": comparison.direction,
        "verdict": str(comparison.verdict),
        "winner": comparison.winner,
        "not_worse": comparison.not_worse,
        "gap": gap.mean,
        "low": low,
        "high": high,
        "low_90": inner_low,
        "high_90": inner_high,
        "p": comparison.p,
        "family_size": comparison.family_size,
        "margin": comparison.margin,
        "unit": comparison.unit,
        "n": gap.n,
        "paired": gap.paired,
        "missing": comparison.missing,
        "missing_could_change": comparison.missing_could_change,
        "mean_a": gap.mean_a,
        "mean_b": gap.mean_b,
    }


def _bounds(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)
