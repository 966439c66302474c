"""Reported statements and the answers to them, as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from suite.analysis.adjudications import Adjudication, ClaimedLevel, ClaimedOrder, ClaimedTarget
from suite.analysis.study import Study
from suite.analysis.words import (
    DirectionWord,
    LevelWord,
    MeanGapWord,
    SizeWord,
    TargetWord,
    Word,
)
from suite.reports.numbers import (
    format_interval,
    format_percentile,
    format_value,
    metric_name,
    percent_sign,
)
from suite.reports.prose import Link, Prose, anchor_of, link_to
from suite.task.claims import Claim
from suite.task.components import Metric

CLAIM_MEANINGS: Mapping[str, str] = {
    DirectionWord.CONFIRMED: (
        "The verdict on the pair names the arm that was reported to be better. Of counts: they are"
        " as reported."
    ),
    DirectionWord.CONTRADICTED: (
        "The verdict on the pair names the other arm. Of counts: they are others."
    ),
    DirectionWord.NOT_SHOWN: (
        "These seeds show neither what was reported nor its opposite: the pair has no winner, or"
        " the interval of the mean holds the target."
    ),
    SizeWord.TYPICAL: (
        "The reported number lies where such numbers fall here 95% of the time: those of a single"
        " run, or of the mean, the best or the median of as many runs as were reported. That says"
        " nothing of how far it is from the mean."
    ),
    SizeWord.LARGER: (
        "The reported difference is larger than such differences are here 95% of the time."
    ),
    SizeWord.SMALLER: (
        "The reported difference is smaller than such differences are here 95% of the time, or of"
        " the other sign."
    ),
    MeanGapWord.EQUAL: (
        "Said besides the size: the mean difference here is shown to differ from the reported one"
        " by less than what matters, by two one-sided tests at 5% each."
    ),
    LevelWord.HIGHER: "The reported value is higher than such values are here 95% of the time.",
    LevelWord.LOWER: "The reported value is lower than such values are here 95% of the time.",
    TargetWord.YES: (
        "The arm's mean reaches the target: its whole 95% interval, corrected for all targets of"
        " the task, lies at the target or beyond."
    ),
    TargetWord.NO: "The arm's mean misses the target: that whole interval falls short of it.",
}


def statement(adjudication: Adjudication) -> str:
    """What was claimed, in words."""
    if isinstance(adjudication, ClaimedOrder):
        relation = f"has {counts_less(adjudication)} than" if adjudication.claim.exact else None
        return f"{adjudication.better} {relation or 'better than'} {adjudication.worse}"
    return f"{adjudication.arm} reaches" if is_target(adjudication) else adjudication.arm


def is_target(adjudication: Adjudication) -> bool:
    """Whether it is on a target."""
    return isinstance(adjudication, ClaimedTarget)


def counts_less(order: ClaimedOrder) -> str:
    """What the better arm has of a count: "fewer parameters"."""
    return f"{'fewer' if order.lower_wins else 'more'} {metric_name(order.claim.metric)}"


def answers(adjudication: Adjudication, *, with_percentiles: bool = False) -> Prose:
    """The answers to one statement, each named and linked to its meaning."""
    if isinstance(adjudication, ClaimedLevel):
        share = percentile_of(adjudication) if with_percentiles else ""
        return "level ", phrase_link(adjudication.word, adjudication.claim), share
    if not isinstance(adjudication, ClaimedOrder):
        return link_to(adjudication.word)
    size, direction = adjudication.size, ("direction ", link_to(adjudication.direction))
    if size is None:
        return direction
    share = percentile_of(adjudication) if with_percentiles else ""
    equal = ("; it ", link_to(MeanGapWord.EQUAL)) if size.equals_mean else ()
    return *direction, "; size ", phrase_link(size.word, adjudication.claim), share, *equal


def phrase_link(word: Word, claim: Claim) -> Link:
    """A word, linked to its meaning; TYPICAL with what it is typical of."""
    if word != SizeWord.TYPICAL:
        return link_to(word)
    return Link(f"{word} OF {such_numbers(claim).upper()}", anchor_of(str(word)))


def such_numbers(claim: Claim) -> str:
    """What a reported value is one of: "a single run", "the best of 5 runs"."""
    if claim.runs == 1:
        return "a single run"
    return f"{'a' if claim.statistic == 'mean' else 'the'} {claim.statistic} of {claim.runs} runs"


def percentile_of(adjudication: Adjudication) -> str:
    """Where the reported number lies among such numbers here, behind a comma.

    Empty where that is not known.
    """
    prediction = None
    if isinstance(adjudication, ClaimedLevel):
        prediction = adjudication.prediction
    elif isinstance(adjudication, ClaimedOrder) and adjudication.size:
        prediction = adjudication.size.prediction
    if prediction is None or prediction.percentile is None:
        return ""
    return f", percentile {format_percentile(prediction.percentile)}"


def target_words(study: Study, adjudication: ClaimedTarget, where: str = "") -> Prose:
    """Whether an arm reaches a target, as a question with its answer and reasons."""
    metric = study.task.metrics[adjudication.claim.metric]
    target = f"{format_value(adjudication.target, metric)}{percent_sign(metric)}"
    reasons = target_reasons(adjudication, metric)
    return (
        f"does {adjudication.arm} reach {target}{where}? ",
        link_to(adjudication.word),
        f": {reasons}" if reasons else "",
    )


def target_reasons(adjudication: ClaimedTarget, metric: Metric) -> str:
    """The mean and its interval; empty where nothing was measured."""
    measured, interval = adjudication.measured, adjudication.interval
    if measured is None:
        return ""
    mean = f"mean {format_value(measured.mean, metric)}{percent_sign(metric)}"
    if interval is None:
        return mean
    together = f" for {adjudication.together} targets together" * (adjudication.together > 1)
    return f"{mean}, 95% interval {format_interval(interval, metric)}{together}"


def count_words(study: Study, order: ClaimedOrder) -> Prose:
    """Whether an arm has fewer of something than another, as a question with its answer."""
    counts = [study.summary(arm, order.claim.metric) for arm in order.arms]
    numbers = " against ".join(
        format_value(count.mean, study.task.metrics.get(order.claim.metric))
        for count in counts
        if count is not None
    )
    return (
        f"does {order.better} have {counts_less(order)} than {order.worse}? ",
        link_to(order.direction),
        f": {numbers}" if numbers else "",
    )
