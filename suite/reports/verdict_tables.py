"""Tables of the verdicts on pairs of arms, and of the effects of factors."""

from __future__ import annotations

from suite.analysis.analyse import Analysis
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.analysis.words import Scope
from suite.reports.numbers import (
    MISSING,
    format_bounds,
    format_interval,
    format_p,
    format_signed,
    format_value,
)
from suite.reports.prose import MetricLabel, Prose, RowId, Unbroken
from suite.reports.row_ids import effect_row_id, pair_row_id
from suite.reports.table import Row, Table, data_set_cell, make_table
from suite.reports.wording import verdict_link
from suite.stats import Gap


def comparisons_table(analysis: Analysis) -> Table:
    """The verdict on every compared pair under every metric, with its reasons.

    Over several data sets in both scopes, with a column that says which.
    """
    return make_table([_verdict_row(analysis.study, pair) for pair in analysis.both_scopes])


def pairing_table(analysis: Analysis) -> Table:
    """What lies behind the verdicts: wins, effect size, and what the pairing by seed bought."""
    return make_table([_pairing_row(analysis.study, pair) for pair in analysis.both_scopes])


def within_table(analysis: Analysis) -> Table:
    """The verdicts within each data set; empty for a task over one."""
    rows = [
        {**data_set_cell(part), **_verdict_row(part, pair)}
        for part in analysis.study.each()
        for pair in analysis.within.get(part.block, ())
    ]
    return make_table(rows)


def effects_table(analysis: Analysis) -> Table:
    """Main effects and interactions under the primary metric; empty for a task without factors."""
    study = analysis.study
    metric = study.task.metrics[study.primary_metric]
    label = MetricLabel(study.primary_metric, metric)
    rows: list[Row] = [
        {
            "effect": effect.name,
            str(label): format_value(effect.gap.mean, metric, signed=True),
            "95% interval": Unbroken(format_interval(effect.gap.interval, metric, signed=True)),
            "corrected p": Unbroken(format_p(effect.p)),
            "n": str(effect.gap.n),
            "id": RowId(effect_row_id(study, effect)),
        }
        for effect in analysis.effects
    ]
    return make_table(rows, {str(label): label.name})


def _verdict_row(study: Study, pair: Comparison) -> Row:
    metric, gap = study.task.metrics[pair.metric], pair.gap
    return {
        "metric": MetricLabel(pair.metric, metric),
        **_scope_cell(pair),
        "A": pair.first,
        "B": pair.second,
        "verdict": verdict_link(pair),
        "A - B": format_value(gap.mean, metric, signed=True),
        "95% interval": Unbroken(format_interval(gap.interval, metric, signed=True)),
        "corrected p": Unbroken(format_p(pair.p)),
        "smallest detectable": format_value(gap.detectable, metric),
        "n": str(gap.n),
        "id": RowId(pair_row_id(study, pair)),
    }


def _scope_cell(pair: Comparison) -> Row:
    """The cell that says what a verdict speaks of; none where a task has one data set."""
    return {} if pair.scope == Scope.ONE else {"speaks of": str(pair.scope)}


def _pairing_row(study: Study, pair: Comparison) -> Row:
    metric, gap = study.task.metrics[pair.metric], pair.gap
    return {
        "metric": MetricLabel(pair.metric, metric),
        **_scope_cell(pair),
        "A": pair.first,
        "B": pair.second,
        "margin": format_value(metric.margin, metric),
        "A above B, equal, below": f"{gap.wins}, {gap.ties}, {gap.n - gap.wins - gap.ties}",
        "probability that A is above B": _probability(gap),
        "sd of A - B": format_value(gap.deviation, metric),
        "effect size": format_signed(gap.effect),
        "correlation": format_signed(gap.correlation),
        "variance left by pairing": MISSING if gap.pairing is None else f"{gap.pairing:.2f}",
        "id": RowId(pair_row_id(study, pair)),
    }


def _probability(gap: Gap) -> Prose:
    """The share of seeds under which A is above B, with its interval."""
    if gap.beats_interval is None:
        return f"{gap.beats:.2f}"
    return f"{gap.beats:.2f} ", Unbroken(format_bounds(gap.beats_interval, ".2f"))
