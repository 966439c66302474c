"""Tables of what was reported, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from suite.analysis.analyse import Analysis
from suite.analysis.claims import Adjudication
from suite.analysis.study import Study
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
from suite.reports.wording import link_to, statement
from suite.task.components import Metric


def claims_table(analyses: Sequence[Analysis], *, with_percentiles: bool = False) -> Table:
    """Everything that was reported, beside what was measured, and the verdict.

    `with_percentiles` adds the percentiles of the reported runs to the verdict.
    """
    rows: list[Row] = [
        {
            **_subject(study, adjudication),
            "reported": _reported(study, adjudication),
            "measured, mean ± sd": _measured(study, adjudication),
            "verdict": _verdict(adjudication, with_percentiles=with_percentiles),
            "id": RowId(claim_row_id(study, adjudication)),
        }
        for study, adjudication in _adjudications(analyses)
    ]
    return make_table(rows)


def own_evidence_table(analyses: Sequence[Analysis]) -> Table:
    """What a reported number says by itself, and where a single run falls here."""
    rows: list[Row] = [
        {
            **_subject(study, adjudication),
            "reported": _reported(study, adjudication),
            "its own evidence": _own_evidence(study, adjudication),
            "a single run here, 95%": _single_run(study, adjudication),
            "percentile of the reported run": percentiles(adjudication) or MISSING,
            "id": RowId(claim_row_id(study, adjudication)),
        }
        for study, adjudication in _adjudications(analyses)
        if adjudication.values and not adjudication.claim.exact
    ]
    return make_table(rows)


def percentiles(adjudication: Adjudication) -> str:
    """The share of single runs, in percent, that is expected below each reported value.

    Empty where none is known.
    """
    return ", ".join(
        f"{value.arm} {100 * value.percentile:.0f}"
        for value in adjudication.values
        if value.percentile is not None
    )


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
    if not adjudication.values:
        return "this order"
    metric = _metric(study, adjudication)
    values = " against ".join(format_value(value.reported, metric) for value in adjudication.values)
    if adjudication.reported_gap is None:
        return values
    return f"{values}: {format_value(adjudication.reported_gap, metric, signed=True)}"


def _measured(study: Study, adjudication: Adjudication) -> Prose:
    """The mean and spread of the arm, or of both arms, and the gap between them."""
    metric = _metric(study, adjudication)
    if adjudication.better is None:
        return Unbroken(format_mean_and_spread(adjudication.values[0].measured, metric))
    summaries = (study.summary(arm, adjudication.claim.metric) for arm in adjudication.arms)
    means = join(
        " against ", (Unbroken(format_mean_and_spread(summary, metric)) for summary in summaries)
    )
    gap = adjudication.gap
    if gap is None:
        return means
    interval = Unbroken(format_interval(gap.interval, metric, signed=True))
    return *means, f": {format_value(gap.mean, metric, signed=True)} ", interval


def _verdict(adjudication: Adjudication, *, with_percentiles: bool) -> Prose:
    word, known = link_to(adjudication.verdict), percentiles(adjudication)
    if not with_percentiles or not known:
        return word
    return word, f" (percentile of the reported run: {known})"


def _own_evidence(study: Study, adjudication: Adjudication) -> Prose:
    evidence = adjudication.evidence
    if not evidence:
        return MISSING
    interval = format_interval(evidence.interval, _metric(study, adjudication), signed=True)
    return Unbroken(interval), ", ", Unbroken(format_p(evidence.p))


def _single_run(study: Study, adjudication: Adjudication) -> Prose:
    """Where a single run, or the gap of two, falls 95% of the time."""
    metric = _metric(study, adjudication)
    if adjudication.better is None:
        return Unbroken(format_interval(adjudication.values[0].prediction, metric))
    return Unbroken(format_interval(adjudication.single_run, metric, signed=True))
