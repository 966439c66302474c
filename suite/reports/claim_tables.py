"""Tables of what was reported, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from suite.analysis.adjudications import (
    Adjudication,
    ClaimedCount,
    ClaimedLevel,
    ClaimedOrder,
    ClaimedTarget,
)
from suite.analysis.analyse import Analysis
from suite.analysis.study import Study
from suite.reports.claim_wording import answers, percentile_of, statement
from suite.reports.numbers import (
    MISSING,
    format_interval,
    format_mean_and_spread,
    format_p,
    format_value,
)
from suite.reports.prose import MetricLabel, Prose, RowId, Unbroken, join
from suite.reports.row_ids import claim_row_id
from suite.reports.table import Row, Table, make_table
from suite.task.components import Metric


def claims_table(analyses: Sequence[Analysis], *, with_percentiles: bool = False) -> Table:
    """Everything that was reported, beside what was measured, and the answers.

    `with_percentiles` says where the reported numbers lie among such numbers here.
    """
    rows: list[Row] = [
        {
            **_subject(study, adjudication),
            "reported": _reported(study, adjudication),
            "measured, mean ± sd": _measured(study, adjudication),
            "answer": answers(adjudication, with_percentiles=with_percentiles),
            "id": RowId(claim_row_id(study, adjudication)),
        }
        for study, adjudication in _adjudications(analyses)
    ]
    return make_table(rows)


def own_evidence_table(analyses: Sequence[Analysis]) -> Table:
    """What a reported number says by itself, and where such numbers fall here."""
    rows: list[Row] = [
        {
            **_subject(study, adjudication),
            "reported": _reported(study, adjudication),
            "its own evidence": _own_evidence(study, adjudication),
            "such numbers here, 95%": _prediction(study, adjudication),
            "percentile of the reported one": percentile_of(adjudication).removeprefix(
                ", percentile "
            )
            or MISSING,
            "id": RowId(claim_row_id(study, adjudication)),
        }
        for study, adjudication in _adjudications(analyses)
        if isinstance(adjudication, ClaimedLevel)
        or (
            (isinstance(adjudication, ClaimedOrder) and adjudication.reported_gap is not None)
            and not adjudication.claim.exact
        )
    ]
    return make_table(rows)


def _adjudications(analyses: Sequence[Analysis]) -> Iterator[tuple[Study, Adjudication]]:
    for analysis in analyses:
        yield from ((analysis.study, adjudication) for adjudication in analysis.adjudications)


def _metric(study: Study, adjudication: Adjudication) -> Metric | None:
    """None for a claim on a count that no task declares as a metric, such as "parameters"."""
    return study.task.metrics.get(adjudication.claim.metric)


def _subject(study: Study, adjudication: Adjudication) -> Row:
    """The cells that say what was reported on."""
    return {
        "task": study.task.name,
        "metric": MetricLabel(adjudication.claim.metric, _metric(study, adjudication)),
        "what": statement(adjudication),
    }


def _reported(study: Study, adjudication: Adjudication) -> str:
    metric, claim = _metric(study, adjudication), adjudication.claim
    if isinstance(adjudication, ClaimedTarget):
        return format_value(adjudication.target, metric)
    if isinstance(adjudication, ClaimedLevel | ClaimedCount):
        return format_value(adjudication.reported, metric)
    if adjudication.reported_gap is None:
        return "this order"
    values = " against ".join(
        format_value(claim.reported[arm], metric) for arm in adjudication.arms
    )
    gap = format_value(adjudication.reported_gap, metric, signed=True)
    return values if claim.exact else f"{values}: {gap}"


def _measured(study: Study, adjudication: Adjudication) -> Prose:
    """The mean and spread of the arm, or of both arms, and the gap between them."""
    metric, key = _metric(study, adjudication), adjudication.claim.metric
    summaries = [study.summary(arm, key) for arm in adjudication.arms]
    means = join(
        " against ", (Unbroken(format_mean_and_spread(summary, metric)) for summary in summaries)
    )
    if isinstance(adjudication, ClaimedTarget) and adjudication.interval is not None:
        return *means, " ", Unbroken(format_interval(adjudication.interval, metric))
    if not isinstance(adjudication, ClaimedOrder) or adjudication.comparison is None:
        return means
    interval = Unbroken(format_interval(adjudication.interval, metric, signed=True))
    return *means, f": {format_value(adjudication.gap, metric, signed=True)} ", interval


def _own_evidence(study: Study, adjudication: ClaimedOrder | ClaimedLevel) -> Prose:
    metric = _metric(study, adjudication)
    if adjudication.evidence is None:
        return MISSING
    if isinstance(adjudication, ClaimedLevel):
        return Unbroken(format_interval(adjudication.evidence, metric))
    interval = format_interval(adjudication.evidence.interval, metric, signed=True)
    return Unbroken(interval), ", ", Unbroken(format_p(adjudication.evidence.p))


def _prediction(study: Study, adjudication: ClaimedOrder | ClaimedLevel) -> Prose:
    """Where such a number, or the gap of two, falls 95% of the time."""
    metric = _metric(study, adjudication)
    if isinstance(adjudication, ClaimedLevel):
        found = adjudication.prediction
        return Unbroken(format_interval(found.interval if found else None, metric))
    gap = adjudication.size.prediction.interval if adjudication.size else None
    return Unbroken(format_interval(gap, metric, signed=True))
