"""The verdicts on a table as lines of JSON, and its arms as the text of a comparison takes them."""

from __future__ import annotations

from suite.analysis.compare_table import Family, TableAnalysis
from suite.analysis.comparison import Comparison
from suite.importers.measured import MeasuredArm
from suite.reports.comparison_text import comparison_json
from suite.reports.results_table.curve_json import pair_curve_fields


def record_lines(analysis: TableAnalysis) -> list[str]:
    """A line of JSON for every pair of every scope, the scope that leads first."""
    families = [family for family in (analysis.lead, analysis.beside) if family is not None]
    return [
        comparison_json(pair, *sides_of(analysis, pair), more=_more(analysis, family, pair)) + "\n"
        for family in families
        for pair in family.comparisons
    ]


def _more(analysis: TableAnalysis, family: Family, pair: Comparison) -> dict[str, object]:
    """What a reader must know of the table; and the curve, which is of the leading scope."""
    fields: dict[str, object] = {"notes": list(analysis.table.notes)}
    if analysis.along is not None and family is analysis.lead:
        fields["along_curve"] = pair_curve_fields(analysis.along, (pair.first, pair.second))
    return fields


def sides_of(analysis: TableAnalysis, pair: Comparison) -> tuple[MeasuredArm, MeasuredArm]:
    """The two arms of a pair, as the text of a comparison takes them."""
    a, b = (
        _as_measured(analysis, arm, is_of_blocks=pair.unit == "data set")
        for arm in (pair.first, pair.second)
    )
    return a, b


def _as_measured(analysis: TableAnalysis, arm: str, *, is_of_blocks: bool) -> MeasuredArm:
    arms = analysis.arms
    values = {
        key[0] if is_of_blocks else " ".join(filter(None, key)): value
        for key, value in arms.values[arm].items()
    }
    missing = len(arms.tried[arm]) - len(arms.values[arm])
    return MeasuredArm(arm, arms.table.metric, values, without_value=missing, rule=arms.rule)
