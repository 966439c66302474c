"""The answers to reported values, targets and counts of one arm."""

from __future__ import annotations

from collections.abc import Sequence

from suite.analysis.adjudications import ClaimedCount, ClaimedLevel, ClaimedTarget
from suite.analysis.claim_origin import is_lower, is_share, item_counts, origin_of
from suite.analysis.study import Study
from suite.analysis.words import DirectionWord, LevelWord, TargetWord, Verdict
from suite.stats import (
    ALPHA,
    FEWEST_SEEDS,
    Interval,
    Prediction,
    Summary,
    predict_value,
    t_interval,
    wilson,
)
from suite.stats.sequential import confidence_sequence
from suite.task.claims import Claim


def obstacle_of(study: Study, arms: Sequence[str], seeds: int) -> Verdict | None:
    """Why there is no answer on arms, of which so many seeds have a value; as for a pair."""
    failed_share = max(study.failed_share(arm) for arm in arms)
    if failed_share > study.task.protocol.max_failed_share:
        return Verdict.TOO_MANY_FAILURES
    return Verdict.TOO_FEW_SEEDS if seeds < FEWEST_SEEDS else None


def judge_level(study: Study, claim: Claim, arm: str) -> ClaimedLevel:
    """Where a reported value lies among such values here."""
    values, reported = [*study.values(arm, claim.metric).values()], claim.reported[arm]
    measured = study.summary(arm, claim.metric)
    evidence = (
        wilson(round(reported * claim.test_items), claim.test_items) if claim.test_items else None
    )
    prediction = (
        predict_value(
            values,
            reported,
            origin_of(study.task, claim),
            sets=item_counts(study.task, claim),
            is_share=is_share(study, claim),
        )
        if len(values) > 1
        else None
    )
    word = _level_word(study, arm, reported, measured, prediction)
    return ClaimedLevel(claim, arm, reported, word, measured, prediction, evidence)


def _level_word(
    study: Study,
    arm: str,
    reported: float,
    measured: Summary | None,
    prediction: Prediction | None,
) -> LevelWord | Verdict:
    obstacle = obstacle_of(study, (arm,), measured.n if measured else 0)
    if obstacle or measured is None or prediction is None:
        return obstacle or Verdict.TOO_FEW_SEEDS
    if measured.minimum == measured.maximum:
        return Verdict.NOTHING_VARIED
    if reported in prediction.interval:
        return LevelWord.TYPICAL
    return LevelWord.HIGHER if reported > prediction.interval.high else LevelWord.LOWER


def judge_target(study: Study, claim: Claim, arm: str, targets: int) -> ClaimedTarget:
    """Whether the arm's mean reaches a target: its interval lies at or beyond it, or short of it.

    The interval is corrected for all `targets` of the task (Bonferroni).
    """
    measured, around = study.summary(arm, claim.metric), None
    if measured is not None and measured.deviation is not None:
        interval_of = confidence_sequence if study.sequential else t_interval
        around = interval_of(measured.mean, measured.deviation, measured.n, 1 - ALPHA / targets)
    word = obstacle_of(study, (arm,), measured.n if measured else 0) or _target_word(
        claim.target[arm], measured, around, lower_wins=is_lower(study.task, claim)
    )
    return ClaimedTarget(claim, arm, claim.target[arm], word, measured, around, targets)


def _target_word(
    target: float, measured: Summary | None, around: Interval | None, *, lower_wins: bool
) -> TargetWord | Verdict:
    if measured is None or around is None:
        return Verdict.TOO_FEW_SEEDS
    if measured.minimum == measured.maximum:
        return Verdict.NOTHING_VARIED
    reach, goal = (-around, -target) if lower_wins else (around, target)
    if reach.low >= goal:
        return TargetWord.YES
    return TargetWord.NO if reach.high < goal else TargetWord.NOT_SHOWN


def judge_count(study: Study, claim: Claim, arm: str) -> ClaimedCount:
    """Whether a count is the same in every run, and the reported one."""
    measured, reported = study.summary(arm, claim.metric), claim.reported[arm]
    if measured is None:
        return ClaimedCount(claim, arm, reported, Verdict.TOO_FEW_SEEDS)
    is_same = measured.minimum == measured.maximum == reported
    word = DirectionWord.CONFIRMED if is_same else DirectionWord.CONTRADICTED
    return ClaimedCount(claim, arm, reported, word, measured)
