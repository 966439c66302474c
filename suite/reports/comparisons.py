"""The verdict on two arms, wherever they were measured, as text for people and as JSON for
machines."""

from __future__ import annotations

import json

from suite.analysis.comparison import Comparison
from suite.importers.measured import Observed
from suite.reports.wording import MEANINGS, phrase
from suite.stats import Interval


def as_record(one: Comparison, a: Observed, b: Observed) -> str:
    """One JSON object; what is missing is null, and so is a bound without end."""
    gap = one.gap
    record = {
        "a": one.first,
        "b": one.second,
        "metric": one.metric,
        "direction": one.direction,
        "margin": one.margin,
        "paired": gap.paired,
        "n": gap.n,
        "mean_a": gap.mean_a,
        "mean_b": gap.mean_b,
        "mean_gap": gap.mean,
        "sd_gap": gap.deviation,
        "interval": _bounds(gap.interval),
        "interval_90": _bounds(gap.inner),
        "p": gap.p,
        "p_adjusted": one.p,
        "verdict": one.word,
        "winner": one.winner,
        "by_margin": one.by_margin,
        "seeds_needed": one.seeds_needed,
        "smallest_detectable": gap.detectable,
        "probability_a_beats_b": _beats(one),
        "ties": gap.ties,
        "unpaired_a": len(a.values) - gap.n if gap.paired else len(a.values),
        "unpaired_b": len(b.values) - gap.n if gap.paired else len(b.values),
        "without_value_a": a.without,
        "without_value_b": b.without,
        "environment_a": a.environment,
        "environment_b": b.environment,
    }
    return json.dumps(record, allow_nan=False)


def in_lines(one: Comparison, a: Observed, b: Observed) -> list[str]:
    """Verdict first, then its reasons, then what could not be paired or has no value."""
    gap = one.gap
    over = (
        f"{gap.n} pairs"
        if gap.paired
        else f"{len(a.values)} and {len(b.values)} values, not paired"
    )
    metric = a.metric if a.metric == b.metric else f"{a.metric} against {b.metric}"
    lines = [phrase(one, unit="pairs"), f"  {MEANINGS[one.word]}"]
    lines += [
        f"  {metric}, {one.direction} is better: {one.first} {gap.mean_a:.6g}, {one.second}"
        f" {gap.mean_b:.6g}, over {over}"
    ]
    if gap.interval is not None and gap.p is not None:
        lines += [
            f"  difference {gap.mean:+.6g}, 95% interval [{gap.interval.low:+.6g},"
            f" {gap.interval.high:+.6g}], p = {gap.p:.3g}"
            + (
                f", {one.p:.3g} after Holm's correction"
                if one.p is not None and one.p != gap.p
                else ""
            )
        ]
    if gap.detectable is not None:
        lines += [
            f"  smallest difference that {gap.n} pairs would find 80% of the time:"
            f" {gap.detectable:.3g}"
        ]
    lines += [
        f"  probability that {one.first} beats {one.second}: {_beats(one):.2f}, {gap.ties} ties"
    ]
    if gap.paired and (len(a.values) > gap.n or len(b.values) > gap.n):
        lines += [
            f"  not paired: {len(a.values) - gap.n} of {one.first}, {len(b.values) - gap.n} of"
            f" {one.second}"
        ]
    if a.without or b.without:
        lines += [
            f"  without a value (failed, or not scored): {a.without} of {one.first}, {b.without} of"
            f" {one.second}"
        ]
    if a.environment and b.environment and a.environment != b.environment:
        lines += [f"  measured in other environments: {a.environment} and {b.environment}"]
    if a.sequential or b.sequential:
        lines += [
            "  seeds were added until a verdict was reached: interval and p hold over all looks"
        ]
    return [*lines, "  This is said of these seeds or items, and of nothing else."]


def is_worse(one: Comparison, allowed: float) -> bool:
    """Whether A is shown to be worse than B by more than `allowed`: the whole 95% interval lies
    beyond it; or too much of what was tried has no value to say."""
    if one.word == "TOO MANY FAILURES":
        return True
    if one.word != "BETTER" or one.winner != one.second or one.gap.interval is None:
        return False
    loss = -one.gap.interval if one.direction == "higher" else one.gap.interval
    return loss.low > allowed


def _beats(one: Comparison) -> float:
    """The probability that A is better than B, by the direction of the metric."""
    return one.gap.beats if one.direction == "higher" else 1 - one.gap.beats


def _bounds(interval: Interval | None) -> list[float | None] | None:
    if interval is None:
        return None
    return [bound if abs(bound) < float("inf") else None for bound in (interval.low, interval.high)]
