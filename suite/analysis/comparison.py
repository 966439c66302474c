"""The rule: a gap between two arms -> a verdict, which is a word and its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from suite.analysis.words import Verdict
from suite.stats import ALPHA, FEWEST_SEEDS, Gap, Interval, seeds_needed
from suite.task.choices import Direction
from suite.task.components import Metric


@dataclass(frozen=True)
class Comparison:
    """The verdict on two arms under one metric.

    `p` is Holm's, over all pairs and metrics of the task. BETTER names the `winner`, `by_margin`
    where the whole interval lies beyond the margin. UNDECIDED says how many seeds would decide with
    80% power at the gap that was measured (None: no number worth having). Not `declared`: a claim
    states the pair, the task does not compare it. No verdict says anything about other data, other
    protocols or other environments.
    """

    first: str
    second: str
    metric: str
    gap: Gap
    p: float | None
    verdict: Verdict
    winner: str | None = None
    by_margin: bool = False
    seeds_needed: int | None = None
    direction: Direction = "higher"
    margin: float | None = None
    declared: bool = True

    @property
    def loser(self) -> str | None:
        """The arm that the winner beats; None without a winner."""
        if self.winner is None:
            return None
        return self.second if self.winner == self.first else self.first


@dataclass(frozen=True)
class _Outcome:
    """A verdict with what it names."""

    verdict: Verdict
    winner: str | None = None
    by_margin: bool = False
    seeds_needed: int | None = None


def judge(
    first: str,
    second: str,
    metric: str,
    gap: Gap,
    p: float | None,
    rule: Metric,
    *,
    too_many_failures: bool = False,
) -> Comparison:
    """The verdict on a gap first - second by the metric's direction and margin.

    `p` is adjusted already.
    """
    outcome = (
        _Outcome(Verdict.TOO_MANY_FAILURES)
        if too_many_failures
        else _judge_gap(first, second, gap, p, rule)
    )
    return Comparison(
        first,
        second,
        metric,
        gap,
        p,
        outcome.verdict,
        outcome.winner,
        outcome.by_margin,
        outcome.seeds_needed,
        rule.direction,
        rule.margin,
    )


def _judge_gap(first: str, second: str, gap: Gap, p: float | None, rule: Metric) -> _Outcome:
    if gap.n < FEWEST_SEEDS or gap.interval is None or gap.inner is None or p is None:
        return _Outcome(Verdict.TOO_FEW_SEEDS)
    if 0 not in gap.interval and p < ALPHA:
        higher_wins = rule.direction == "higher"
        winner = first if (gap.mean > 0) == higher_wins else second
        edge = min(abs(gap.interval.low), abs(gap.interval.high))
        by_margin = rule.margin is not None and edge >= rule.margin
        return _Outcome(Verdict.BETTER, winner, by_margin)
    if rule.margin is not None and gap.inner.lies_in(Interval(-rule.margin, rule.margin)):
        return _Outcome(Verdict.EQUIVALENT)
    needed = seeds_needed(gap.effect) if gap.effect else None
    return _Outcome(Verdict.UNDECIDED, seeds_needed=needed)


def is_worse(comparison: Comparison, allowed: float) -> bool:
    """Whether the first arm is shown to be worse than the second by more than `allowed`.

    That is so where the whole 95% interval lies beyond `allowed`, and where too many runs failed
    for a verdict.
    """
    if comparison.verdict == Verdict.TOO_MANY_FAILURES:
        return True
    interval = comparison.gap.interval
    if comparison.winner != comparison.second or interval is None:
        return False
    loss = -interval if comparison.direction == "higher" else interval
    return loss.low > allowed
