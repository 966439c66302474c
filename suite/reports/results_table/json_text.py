"""A compared table as one JSON document."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.comparison import Comparison
from suite.analysis.words import Scope
from suite.reports.comparison_text import comparison_fields
from suite.reports.results_table.curve_json import curve_fields
from suite.reports.results_table.layout import MOST_COLUMNS, lead_standings, mean_ranks
from suite.reports.results_table.methods import cited, methods
from suite.reports.results_table.notes import answer_sentence, both_families
from suite.reports.results_table.opinion_json import opinion_fields

JSON_VERSION = 1  # a field that changes its meaning raises it


def as_json(analysis: TableAnalysis) -> str:
    """The document; what is missing, not a number or without end is null."""
    sentences = methods(analysis, second_opinion=True)
    document = {
        "version": JSON_VERSION,
        "answer": answer_sentence(analysis),
        "table": _table(analysis),
        "families": [
            {
                "scope": str(family.scope),
                "comparisons": [_comparison(analysis, one) for one in family.comparisons],
            }
            for family in both_families(analysis)
        ],
        "arms": _arms(analysis),
        "second_opinion": opinion_fields(analysis),
        "left_out": _left_out(analysis),
        "along_curve": None if analysis.along is None else curve_fields(analysis.along),
        "data_sets": [_data_set(analysis, block) for block in analysis.arms.blocks],
        "methods": " ".join(sentence.plain for sentence in sentences),
        "references": [reference.entry for reference in cited(sentences)],
    }
    return json.dumps(_finite(document), allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def _left_out(analysis: TableAnalysis) -> str | None:
    """What the document does not have, and how to get it; None where it has everything."""
    if len(analysis.arms.blocks) <= MOST_COLUMNS:
        return None
    return (
        f"the verdicts within each data set, which are written up to {MOST_COLUMNS} data sets:"
        " --where keeps the rows of one"
    )


def _comparison(analysis: TableAnalysis, comparison: Comparison) -> dict[str, object]:
    """The comparison; for data sets like these with how much the gap differs between them."""
    spread = analysis.spreads.get((comparison.first, comparison.second))
    fields = comparison_fields(comparison)
    if comparison.scope == Scope.LIKE_THESE and spread is not None:
        fields["spread_of_data_sets"] = spread.spread
        fields["prediction_for_new_data_set"] = [spread.prediction.low, spread.prediction.high]
    return fields


def _table(analysis: TableAnalysis) -> dict[str, object]:
    """What was compared, and how it was read."""
    table, rule = analysis.table, analysis.arms.rule
    return {
        "source": table.source,
        "metric": table.metric,
        "direction": rule.direction,
        "margin": rule.margin,
        "unit": table.unit,
        "paired": analysis.arms.paired,
        "baseline": analysis.baseline,
        "reading": table.reading,
        "notes": list(table.notes),
    }


def _arms(analysis: TableAnalysis) -> list[dict[str, object]]:
    """The arms, best mean first, with what the leading verdicts say of each."""
    standings, ranks = lead_standings(analysis), mean_ranks(analysis)
    return [
        {
            "arm": arm,
            "n": len(values),
            "without_value": len(analysis.arms.tried[arm]) - len(values),
            "mean": analysis.arms.mean(arm),
            "mean_rank": None if ranks is None else ranks[arm],
            "best": arm == standings.best,
            "tied": arm in standings.tied,
            "worse_than": list(standings.beaten_by[arm]),
        }
        for arm, values in analysis.arms.values.items()
    ]


def _data_set(analysis: TableAnalysis, block: str) -> dict[str, object]:
    """The arms' summaries in one data set, and the verdicts there; null where they are left out."""
    has_verdicts = len(analysis.arms.blocks) <= MOST_COLUMNS
    summaries = {arm: analysis.summary(arm, block) for arm in analysis.arms.values}
    return {
        "data_set": block,
        "arms": [
            {
                "arm": arm,
                "n": 0 if summary is None else summary.n,
                "mean": None if summary is None else summary.mean,
                "sd": None if summary is None else summary.deviation,
            }
            for arm, summary in summaries.items()
        ],
        "comparisons": [comparison_fields(one) for one in analysis.by_block[block]]
        if has_verdicts
        else None,
    }


def _finite(value: Any) -> Any:
    """The document with null for every number that JSON cannot write."""
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
