"""What a card says on a task's reported numbers: how many were reproduced, which were not, and each
value beside its mean."""

from __future__ import annotations

from collections.abc import Sequence

from suite.analysis.claims import Adjudication, ReportedValue
from suite.analysis.summary import Findings
from suite.reports.labels import label
from suite.reports.tables import interval, value
from suite.reports.verdicts import percentiles
from suite.reports.wording import in_words, linked
from suite.task.components import Metric

NOTHING = "Nothing was reported for this task."
WORST_FIRST = (
    "CONTRADICTED",
    "NOT REPRODUCED",
    "INCONCLUSIVE",
    "TOO FEW SEEDS",
    "DIRECTION CONFIRMED, SIZE ATYPICAL",
    "CONFIRMED",
)
NAMED = 4  # statements under one word; more would hide the others


def reproduced(found: Findings) -> str:
    """How many of a task's reported statements got which word, the worst first, each with the
    statements' names."""
    everything = found.adjudications
    if not everything:
        return NOTHING
    said = []
    for word in WORST_FIRST:
        mine = [_statement(found, one) for one in everything if one.word == word]
        if mine:
            more = [f"{len(mine) - NAMED} more"] * (len(mine) > NAMED)
            said.append(f"{len(mine)} {linked(word)} ({'; '.join(mine[:NAMED] + more)})")
    return (
        f"Of {len(everything)} reported statement{'s' * (len(everything) != 1)}: {'. '.join(said)}."
    )


def reported_values(found: Findings) -> tuple[str, ...]:
    """A line for each value that was reported under the primary metric: beside the mean, its
    interval and the percentile."""
    study = found.study
    metric = study.task.metrics[study.primary_metric]
    mine = [one for one in found.adjudications if one.claim.metric == study.primary_metric]
    values = {each.arm: each for one in mine for each in one.values}
    return tuple(_beside(values[arm], metric) for arm in study.task.arms if arm in values)


def verdicts_with_percentiles(found: Sequence[Findings]) -> list[str]:
    """The verdict on every reported statement, as in the table of claims, with the percentiles of
    the reported runs."""
    said = []
    for one in (one for each in found for one in each.adjudications):
        at = percentiles(one)
        said.append(linked(one.word) + (f" (percentile of the reported run: {at})" if at else ""))
    return said


def _statement(found: Findings, one: Adjudication) -> str:
    """What was reported, with its metric."""
    name = label(one.claim.metric, found.study.task.metrics.get(one.claim.metric)).removesuffix(
        ", %"
    )
    return f"{name}: {in_words(one)}"


def _beside(each: ReportedValue, metric: Metric) -> str:
    unit = "%" if metric.unit == "ratio" else ""
    reported = f"{each.arm}: reported {value(each.reported, metric)}{unit}"
    if each.measured is None:
        return f"{reported}; nothing measured yet."
    said = f"{reported}; measured mean {value(each.measured.mean, metric)}{unit}"
    around = each.measured.interval
    if around is not None:
        side = "above" if around.low > each.reported else "below"
        place = (
            "which holds the reported value"
            if each.reported in around
            else f"all of it {side} the reported value"
        )
        said += f", 95% interval {interval(around, metric)}, {place}"
    if each.percentile is not None:
        said += f"; {100 * each.percentile:.0f}% of single runs are expected below the reported one"
    return said + "."
