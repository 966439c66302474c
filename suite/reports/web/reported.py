"""What a card says on a task's reported numbers.

How many were reproduced, which were not, and each value beside its mean.
"""

from __future__ import annotations

from suite.analysis.analyse import Analysis
from suite.analysis.claims import Adjudication, ReportedValue
from suite.analysis.words import ClaimVerdict
from suite.reports.numbers import format_interval, format_value, metric_name, percent_sign
from suite.reports.prose import Prose, join
from suite.reports.wording import link_to, statement
from suite.task.components import Metric

NOTHING = "Nothing was reported for this task."
WORST_FIRST = (
    ClaimVerdict.CONTRADICTED,
    ClaimVerdict.NOT_REPRODUCED,
    ClaimVerdict.INCONCLUSIVE,
    ClaimVerdict.TOO_FEW_SEEDS,
    ClaimVerdict.SIZE_ATYPICAL,
    ClaimVerdict.CONFIRMED,
)
NAMED = 4  # statements under one word; more would hide the others


def reproduced(analysis: Analysis) -> Prose:
    """How many of a task's reported statements got each verdict, the worst verdict first.

    Each count comes with the statements' names.
    """
    count = len(analysis.adjudications)
    if not count:
        return NOTHING
    by_word = {
        word: [
            _statement(adjudication)
            for adjudication in analysis.adjudications
            if adjudication.verdict == word
        ]
        for word in WORST_FIRST
    }
    counted = [_counted(word, statements) for word, statements in by_word.items() if statements]
    return f"Of {count} reported statement{'s' * (count != 1)}: ", *join(". ", counted), "."


def reported_values(analysis: Analysis) -> tuple[str, ...]:
    """A line for each value that was reported under the primary metric.

    The value stands beside the mean, its interval and the percentile.
    """
    study = analysis.study
    metric = study.task.metrics[study.primary_metric]
    values = {
        value.arm: value
        for adjudication in analysis.adjudications
        if adjudication.claim.metric == study.primary_metric
        for value in adjudication.values
    }
    return tuple(_value_line(values[arm], metric) for arm in study.task.arms if arm in values)


def _counted(word: ClaimVerdict, statements: list[str]) -> Prose:
    """How many statements got a word, and the first of them."""
    more = [f"{len(statements) - NAMED} more"] * (len(statements) > NAMED)
    named = "; ".join(statements[:NAMED] + more)
    return f"{len(statements)} ", link_to(word), f" ({named})"


def _statement(adjudication: Adjudication) -> str:
    """What was reported, with its metric."""
    return f"{metric_name(adjudication.claim.metric)}: {statement(adjudication)}"


def _value_line(value: ReportedValue, metric: Metric) -> str:
    unit = percent_sign(metric)
    reported = f"{value.arm}: reported {format_value(value.reported, metric)}{unit}"
    if value.measured is None:
        return f"{reported}; nothing measured yet."
    line = f"{reported}; measured mean {format_value(value.measured.mean, metric)}{unit}"
    interval = value.measured.interval
    if interval is not None:
        side = "above" if interval.low > value.reported else "below"
        where = (
            "which holds the reported value"
            if value.reported in interval
            else f"all of it {side} the reported value"
        )
        line += f", 95% interval {format_interval(interval, metric)}, {where}"
    if value.percentile is not None:
        share = f"{100 * value.percentile:.0f}%"
        line += f"; {share} of single runs are expected below the reported one"
    return line + "."
