"""Tables of verdicts, as pandas frames of printed text: on pairs of arms, and on what was reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from suite.analysis.claims import Adjudication
from suite.analysis.study import Study
from suite.analysis.summary import Findings
from suite.reports.labels import label
from suite.reports.rows import claim_row, row_id
from suite.reports.tables import MISSING, interval, mean_and_spread, value
from suite.reports.wording import in_words, linked, verdict
from suite.task.components import Metric


def probability(p: float) -> str:
    """A p value with two digits; small ones by what they are below."""
    return f"p = {p:.2f}" if p >= 0.01 else "p < 0.01" if p >= 0.001 else "p < 0.001"


def comparisons_table(found: Findings) -> pd.DataFrame:
    """The verdict on every compared pair under every metric, with its reasons."""
    rows = []
    for one in found.comparisons:
        metric, gap = found.study.task.metrics[one.metric], one.gap
        rows.append(
            {
                "metric": label(one.metric, metric),
                "A": one.first,
                "B": one.second,
                "verdict": verdict(one),
                "A - B": value(gap.mean, metric, signed=True),
                "95% interval": interval(gap.interval, metric, signed=True),
                "Holm's p": MISSING if one.p is None else probability(one.p),
                "smallest detectable": value(gap.detectable, metric),
                "n": str(gap.n),
                "id": row_id(found.study, (one.first, one.second), one.metric),
            }
        )
    return pd.DataFrame(rows)


def pairing_table(found: Findings) -> pd.DataFrame:
    """What lies behind the verdicts: wins, effect size, and what the pairing by seed bought."""
    rows = []
    for one in found.comparisons:
        metric, gap = found.study.task.metrics[one.metric], one.gap
        rows.append(
            {
                "metric": label(one.metric, metric),
                "A": one.first,
                "B": one.second,
                "margin": value(metric.margin, metric),
                "A above B, equal, below": f"{gap.wins}, {gap.ties}, {gap.n - gap.wins - gap.ties}",
                "probability that A is above B": (
                    f"{gap.beats:.2f}"
                    + (
                        f" [{gap.beats_interval.low:.2f}, {gap.beats_interval.high:.2f}]"
                        if gap.beats_interval
                        else ""
                    )
                ),
                "sd of A - B": value(gap.deviation, metric),
                "effect size": MISSING if gap.effect is None else f"{gap.effect:+.2f}",
                "correlation": MISSING if gap.correlation is None else f"{gap.correlation:+.2f}",
                "variance left by pairing": (
                    MISSING if gap.pairing is None else f"{gap.pairing:.2f}"
                ),
                "id": row_id(found.study, (one.first, one.second), one.metric),
            }
        )
    return pd.DataFrame(rows)


def effects_table(found: Findings) -> pd.DataFrame:
    """Main effects and interactions under the primary metric; empty for a task without factors."""
    name = found.study.primary_metric
    metric = found.study.task.metrics[name]
    rows = [
        {
            "effect": one.name,
            label(name, metric): value(one.gap.mean, metric, signed=True),
            "95% interval": interval(one.gap.interval, metric, signed=True),
            "Holm's p": MISSING if one.p is None else probability(one.p),
            "n": str(one.gap.n),
            "id": row_id(found.study, found.study.task.arms, "effect", one.name),
        }
        for one in found.effects
    ]
    return pd.DataFrame(rows)


def claims_table(findings: Sequence[Findings]) -> pd.DataFrame:
    """Everything that was reported, beside what was measured, and the verdict."""
    rows = [
        what
        | {
            "reported": _reported(one, metric),
            "measured, mean ± sd": _measured(study, one, metric),
            "verdict": linked(one.word),
            "id": claim_row(study, one),
        }
        for study, one, metric, what in _claimed(findings)
    ]
    return pd.DataFrame(rows)


def _claimed(
    findings: Sequence[Findings],
) -> Iterator[tuple[Study, Adjudication, Metric | None, dict[str, str]]]:
    """Every adjudication with its study and metric, and the cells that say what it is on."""
    for found in findings:
        for one in found.adjudications:
            metric = found.study.task.metrics.get(one.claim.metric)
            what = {
                "task": found.study.task.name,
                "metric": label(one.claim.metric, metric),
                "what": in_words(one),
            }
            yield found.study, one, metric, what


def _reported(one: Adjudication, metric: Metric | None) -> str:
    if not one.values:
        return "this order"
    values = " against ".join(value(each.reported, metric) for each in one.values)
    return (
        values
        if one.reported_gap is None
        else f"{values}: {value(one.reported_gap, metric, signed=True)}"
    )


def _measured(study: Study, one: Adjudication, metric: Metric | None) -> str:
    if one.better is None or one.worse is None:
        return mean_and_spread(one.values[0].measured, metric)
    arms = " against ".join(
        mean_and_spread(study.summary(arm, one.claim.metric), metric)
        for arm in (one.better, one.worse)
    )
    if one.gap is None:
        return arms
    return (
        f"{arms}: {value(one.gap.mean, metric, signed=True)}"
        f" {interval(one.gap.interval, metric, signed=True)}"
    )


def evidence_table(findings: Sequence[Findings]) -> pd.DataFrame:
    """What a reported number says by itself, and where a single run falls here."""
    rows = []
    for study, one, metric, what in _claimed(findings):
        if one.claim.exact or not one.values:
            continue
        own = MISSING
        if one.evidence:
            own = (
                f"{interval(one.evidence.interval, metric, signed=True)},"
                f" {probability(one.evidence.p)}"
            )
        single = one.single_run if one.better else one.values[0].prediction
        rows.append(
            what
            | {
                "reported": _reported(one, metric),
                "its own evidence": own,
                "a single run here, 95%": interval(single, metric, signed=one.better is not None),
                "percentile of the reported run": percentiles(one) or MISSING,
                "id": claim_row(study, one),
            }
        )
    return pd.DataFrame(rows)


def percentiles(one: Adjudication) -> str:
    """The share of single runs, in percent, that is expected below each reported value; empty where
    none is known."""
    return ", ".join(
        f"{each.arm} {100 * each.percentile:.0f}"
        for each in one.values
        if each.percentile is not None
    )
