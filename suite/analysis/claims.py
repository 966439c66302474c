"""The answers to every reported statement: an order, a value, a target or a count.

The direction of an order is that of the pair's comparison, never a second test. A reported number
is judged by where such numbers fall here, for it is not the mean of endlessly many seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from suite.analysis.adjudications import (
    Adjudication,
    ClaimedOrder,
    Size,
)
from suite.analysis.claim_origin import is_lower, is_share, item_counts, origin_of
from suite.analysis.claim_values import judge_count, judge_level, judge_target, obstacle_of
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.analysis.words import DirectionWord, SizeWord, Verdict
from suite.stats import (
    Interval,
    Prediction,
    UnpairedShareGap,
    predict_gap,
    predict_paired_gap,
    unpaired_share_gap,
)
from suite.task.claims import Claim
from suite.task.schema import Task

WITHOUT_ANSWER = {Verdict.NOTHING_VARIED, Verdict.TOO_FEW_SEEDS, Verdict.TOO_MANY_FAILURES}


def adjudicate(study: Study, comparisons: Sequence[Comparison]) -> list[Adjudication]:
    """The answers to everything that the task's claims state, claim by claim.

    `comparisons`: the verdicts on all pairs that the task declares or a claim states.
    """
    targets = sum(len(claim.target) for claim in study.task.claims)
    return [
        adjudication
        for claim in study.task.claims
        for adjudication in _adjudicate_claim(study, claim, comparisons, targets)
    ]


def claimed_pairs(claim: Claim, task: Task) -> list[tuple[str, str]]:
    """The pairs (better, worse) that a claim orders: as declared, else by its reported values.

    None for exact counts, which need no comparison.
    """
    if claim.exact or claim.metric not in task.metrics:
        return []
    ranked = claim.order or sorted(
        claim.reported, key=lambda arm: claim.reported[arm], reverse=not is_lower(task, claim)
    )
    return [
        (a, b) for a, b in pairwise(ranked) if claim.order or claim.reported[a] != claim.reported[b]
    ]


def _adjudicate_claim(
    study: Study, claim: Claim, comparisons: Sequence[Comparison], targets: int
) -> Iterator[Adjudication]:
    if claim.exact:
        yield from (_order_of_counts(study, claim, *pair) for pair in pairwise(claim.order))
        yield from (judge_count(study, claim, arm) for arm in claim.reported)
        return
    yield from (judge_target(study, claim, arm, targets) for arm in claim.target)
    for better, worse in claimed_pairs(claim, study.task):
        found = (
            comparison
            for comparison in comparisons
            if comparison.metric == claim.metric
            and {comparison.first, comparison.second} == {better, worse}
        )
        yield _order(study, claim, better, worse, next(found, None))
    yield from (judge_level(study, claim, arm) for arm in claim.reported)


def _order(
    study: Study, claim: Claim, better: str, worse: str, comparison: Comparison | None
) -> ClaimedOrder:
    """The direction of a pair and, where both values were reported, the size of its gap."""
    both = {better, worse} <= claim.reported.keys()
    evidence = _evidence(claim, better, worse) if both else None
    if comparison is None:
        seen = len(study.values(better, claim.metric).keys() & study.values(worse, claim.metric))
        missing = obstacle_of(study, (better, worse), seen) or Verdict.TOO_FEW_SEEDS
        return ClaimedOrder(claim, better, worse, missing, evidence=evidence)
    as_claimed = comparison.first == better
    gap, interval = comparison.gap.mean, comparison.gap.interval
    direction = _direction(comparison, better)
    return ClaimedOrder(
        claim,
        better,
        worse,
        direction,
        comparison,
        gap if as_claimed else -gap,
        interval if as_claimed or interval is None else -interval,
        _size(study, claim, comparison, better, worse)
        if both and isinstance(direction, DirectionWord)
        else None,
        evidence,
        is_lower(study.task, claim),
    )


def _evidence(claim: Claim, better: str, worse: str) -> UnpairedShareGap | None:
    """What two reported shares say of their gap, as of test sets that were drawn apart."""
    items = claim.test_items
    if items is None:
        return None
    right, of_worse = (round(claim.reported[arm] * items) for arm in (better, worse))
    return unpaired_share_gap(right, items, of_worse, items)


def _direction(comparison: Comparison, better: str) -> DirectionWord | Verdict:
    """What the pair's verdict says of "`better` is better"; itself where it is no verdict."""
    if comparison.verdict in WITHOUT_ANSWER:
        return comparison.verdict
    if comparison.winner is None:
        return DirectionWord.NOT_SHOWN
    return DirectionWord.CONFIRMED if comparison.winner == better else DirectionWord.CONTRADICTED


def _size(study: Study, claim: Claim, comparison: Comparison, better: str, worse: str) -> Size:
    """Where the reported gap lies among such gaps here.

    It is judged as what it says in favour of the better arm: of a metric that is better when lower,
    worse - better.
    """
    lower_wins = is_lower(study.task, claim)
    upper, under = (worse, better) if lower_wins else (better, worse)
    a, b = study.values(upper, claim.metric), study.values(under, claim.metric)
    advantage = claim.reported[upper] - claim.reported[under]
    predict = predict_gap
    if claim.shared_split:
        seeds, predict = sorted(a.keys() & b.keys()), predict_paired_gap
        a, b = ({seed: values[seed] for seed in seeds} for values in (a, b))
    found = predict(
        [*a.values()],
        [*b.values()],
        advantage,
        origin_of(study.task, claim),
        sets=item_counts(study.task, claim),
        is_share=is_share(study, claim),
    )
    word = SizeWord.TYPICAL
    if advantage not in found.interval:
        word = SizeWord.LARGER if advantage > found.interval.high else SizeWord.SMALLER
    reported = -advantage if lower_wins else advantage
    shown = -found.interval if lower_wins else found.interval
    equals_mean = _equals_mean(comparison, better, reported, 2 * claim.rounding)
    return Size(word, reported, Prediction(shown, found.percentile), equals_mean)


def _equals_mean(
    comparison: Comparison, better: str, reported: float, rounding: float
) -> bool | None:
    """Whether the mean gap lies within the margin of the reported one, however that was rounded."""
    inner, margin = comparison.gap.inner, comparison.margin
    if margin is None or inner is None:
        return None
    inner = inner if comparison.first == better else -inner
    room = margin - rounding
    return room >= 0 and inner.lies_in(Interval(reported - room, reported + room))


def _order_of_counts(study: Study, claim: Claim, better: str, worse: str) -> ClaimedOrder:
    """Whether every run of one arm has a better count than every run of the other."""
    a, b = (study.summary(arm, claim.metric) for arm in (better, worse))
    if a is None or b is None:
        return ClaimedOrder(claim, better, worse, Verdict.TOO_FEW_SEEDS)
    lower_wins = is_lower(study.task, claim)
    is_so = a.maximum < b.minimum if lower_wins else a.minimum > b.maximum
    word = DirectionWord.CONFIRMED if is_so else DirectionWord.CONTRADICTED
    return ClaimedOrder(claim, better, worse, word, gap=a.mean - b.mean, lower_wins=lower_wins)
