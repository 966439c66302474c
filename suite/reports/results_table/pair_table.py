"""All pairs of arms as a table: the verdict, the gap with its interval, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.comparison import Comparison
from suite.analysis.words import Scope
from suite.reports.numbers import format_p
from suite.reports.prose import Link, Unbroken, anchor_of
from suite.reports.results_table.digits import Digits, digits_for, half_width
from suite.reports.results_table.standings import short_verdict
from suite.reports.table import Row, Table, make_table
from suite.reports.wording import cautions

PREDICTION = "a new data set, 95%"


def pair_table(analysis: TableAnalysis, comparisons: Sequence[Comparison]) -> Table:
    """A row for each comparison, in their order.

    For data sets like these with the interval that the gap in one new data set falls into.
    """
    digits = digits_for([half_width(c.gap.interval) for c in comparisons])
    has_cautions = any(map(cautions, comparisons))
    rows = []
    for comparison in comparisons:
        row = dict(_row(comparison, digits))
        spread = analysis.spreads.get((comparison.first, comparison.second))
        if comparison.scope == Scope.LIKE_THESE and analysis.spreads:
            row[PREDICTION] = Unbroken(digits.interval(spread.prediction if spread else None))
        if has_cautions:
            row["mind"] = "; ".join(cautions(comparison))
        rows.append(row)
    return make_table(rows)


def _row(comparison: Comparison, digits: Digits) -> Row:
    gap = comparison.gap
    return {
        "A": comparison.first,
        "B": comparison.second,
        "verdict": Link(short_verdict(comparison), anchor_of(comparison.verdict)),
        "A \N{MINUS SIGN} B": digits.text(gap.mean, signed=True),
        "95% interval": Unbroken(digits.interval(gap.interval)),
        "corrected p": Unbroken(format_p(comparison.p)),
        f"{comparison.unit}s": f"{gap.n:,}",
    }
