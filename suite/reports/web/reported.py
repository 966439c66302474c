"""What a card says on a task's reported numbers.

Which answers they got, and each value beside its mean.
"""

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
from suite.analysis.words import DirectionWord, LevelWord, SizeWord, TargetWord, Verdict, Word
from suite.reports.claim_wording import statement, such_numbers
from suite.reports.numbers import (
    format_interval,
    format_percentile,
    format_value,
    metric_name,
    percent_sign,
)
from suite.reports.prose import Piece, Prose, link_to
from suite.task.components import Metric

NOTHING = "Nothing was reported for this task."
WORST_FIRST = (
    DirectionWord.CONTRADICTED,
    TargetWord.NO,
    SizeWord.LARGER,
    SizeWord.SMALLER,
    LevelWord.HIGHER,
    LevelWord.LOWER,
    DirectionWord.NOT_SHOWN,
    Verdict.TOO_FEW_SEEDS,
    Verdict.TOO_MANY_FAILURES,
    Verdict.NOTHING_VARIED,
    SizeWord.TYPICAL,
    DirectionWord.CONFIRMED,
    TargetWord.YES,
)
NAMED = 4  # statements under one word; more would hide the others


def answers_by_kind(analysis: Analysis) -> Prose:
    """The answers to a task's reported statements: direction, size, level, target, count.

    The worst answers first; each word comes with its count and the statements' names.
    """
    groups: dict[str, Sequence[tuple[Word, str]]] = {
        "Direction": _named(analysis, ClaimedOrder),
        "Size": [
            (adjudication.size.word, _name(adjudication))
            for adjudication in analysis.adjudications
            if isinstance(adjudication, ClaimedOrder) and adjudication.size
        ],
        "Level": _named(analysis, ClaimedLevel),
        "Target": _named(analysis, ClaimedTarget),
        "Count": _named(analysis, ClaimedCount),
    }
    said = [piece for kind, group in groups.items() if group for piece in _line(kind, group)]
    return tuple(said) if said else NOTHING


def reported_values(analysis: Analysis) -> tuple[str, ...]:
    """A line for each value that was reported under the primary metric.

    The value stands beside the mean, its interval and the percentile.
    """
    study = analysis.study
    metric = study.task.metrics[study.primary_metric]
    levels = [
        adjudication
        for adjudication in analysis.adjudications
        if isinstance(adjudication, ClaimedLevel)
        and adjudication.claim.metric == study.primary_metric
    ]
    return tuple(
        _value_line(level, metric)
        for arm in study.task.arms
        for level in levels
        if level.arm == arm
    )


def _named(analysis: Analysis, kind: type[Adjudication]) -> list[tuple[Word, str]]:
    """The first word and the name of each statement of a kind."""
    return [
        (adjudication.words[0], _name(adjudication))
        for adjudication in analysis.adjudications
        if isinstance(adjudication, kind)
    ]


def _line(kind: str, group: Sequence[tuple[Word, str]]) -> Iterator[Piece]:
    """The answers of one kind: how many got each word, and the first of them."""
    yield f"{kind}: "
    words = [word for word in WORST_FIRST if any(said == word for said, _ in group)]
    for index, word in enumerate(words):
        names = [name for said, name in group if said == word]
        more = [f"{len(names) - NAMED} more"] * (len(names) > NAMED)
        yield f"{', ' if index else ''}{len(names)} "
        yield link_to(word)
        yield f" ({'; '.join(names[:NAMED] + more)})"
    yield ". "


def _name(adjudication: Adjudication) -> str:
    """What was reported, with its metric."""
    return f"{metric_name(adjudication.claim.metric)}: {statement(adjudication)}"


def _value_line(level: ClaimedLevel, metric: Metric) -> str:
    unit = percent_sign(metric)
    reported = f"{level.arm}: reported {format_value(level.reported, metric)}{unit}"
    if level.measured is None:
        return f"{reported}; nothing measured yet."
    line = f"{reported}; measured mean {format_value(level.measured.mean, metric)}{unit}"
    interval = level.measured.interval
    if interval is not None:
        side = "above" if interval.low > level.reported else "below"
        where = (
            "which holds the reported value"
            if level.reported in interval
            else f"all of it {side} the reported value"
        )
        line += f", 95% interval {format_interval(interval, metric)}, {where}"
    if level.prediction is not None and level.prediction.percentile is not None:
        share = format_percentile(level.prediction.percentile)
        line += f"; as {such_numbers(level.claim)} it is at percentile {share}"
    return line + "."
