"""What a card says on what a task's own question asks besides: targets, and counts of arms."""

from __future__ import annotations

from suite.analysis.adjudications import ClaimedOrder, ClaimedTarget
from suite.analysis.analyse import Analysis
from suite.analysis.study import Study
from suite.analysis.words import DirectionWord, TargetWord
from suite.reports.claim_wording import counts_less, target_reasons
from suite.reports.numbers import MISSING, format_value, percent_sign, points
from suite.reports.row_ids import claim_row_id
from suite.reports.web.answers import Answer, over_seeds

TARGETS = {
    TargetWord.YES: "{arm} reaches {target}",
    TargetWord.NO: "{arm} does not reach {target}",
    TargetWord.NOT_SHOWN: "Undecided whether {arm} reaches {target}",
}
COUNTS = {
    DirectionWord.CONFIRMED: "{better} has {less} than {worse}",
    DirectionWord.CONTRADICTED: "{better} does not have {less} than {worse}",
}


def claim_answers(analysis: Analysis) -> list[Answer]:
    """The answers on targets, then those on which arm has fewer of something."""
    targets = [
        _target_answer(analysis.study, adjudication)
        for adjudication in analysis.adjudications
        if isinstance(adjudication, ClaimedTarget)
    ]
    counts = [
        _count_answer(analysis.study, adjudication)
        for adjudication in analysis.adjudications
        if isinstance(adjudication, ClaimedOrder) and adjudication.claim.exact
    ]
    return targets + counts


def _target_answer(study: Study, claimed: ClaimedTarget) -> Answer:
    metric, measured = study.task.metrics[claimed.claim.metric], claimed.measured
    target = f"{format_value(claimed.target, metric)}{percent_sign(metric)}"
    headline = f"No answer on whether {claimed.arm} reaches {target}: {str(claimed.word).lower()}"
    if isinstance(claimed.word, TargetWord):
        headline = TARGETS[claimed.word].format(arm=claimed.arm, target=target)
    gap = None if measured is None else measured.mean - claimed.target
    return Answer(
        headline=headline,
        tone="won" if claimed.word == TargetWord.YES else "open",
        verdict=claimed.word,
        amount=f"{format_value(gap, metric, signed=True)}{points(metric)} from the target",
        over=over_seeds(measured.n if measured else 0, study),
        sure=target_reasons(claimed, metric) or "nothing measured yet",
        id=claim_row_id(study, claimed),
    )


def _count_answer(study: Study, order: ClaimedOrder) -> Answer:
    metric, less = study.task.metrics.get(order.claim.metric), counts_less(order)
    counts = {arm: study.summary(arm, order.claim.metric) for arm in order.arms}
    names = {"better": order.better, "worse": order.worse, "less": less}
    headline = f"No answer on whether {order.better} has {less} than {order.worse}"
    if isinstance(order.direction, DirectionWord):
        headline = COUNTS[order.direction].format(**names)
    amounts = (
        f"{arm} {format_value(count.mean, metric) if count else MISSING}"
        for arm, count in counts.items()
    )
    gap = format_value(order.gap, metric, signed=True)
    return Answer(
        headline=headline,
        tone="won" if order.direction == DirectionWord.CONFIRMED else "open",
        verdict=order.direction,
        amount=f"{gap} ({', '.join(amounts)})",
        over=over_seeds(min(count.n if count else 0 for count in counts.values()), study),
        sure="counted, the same in every run",
        id=claim_row_id(study, order),
    )
