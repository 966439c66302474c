"""The verdict on two arms as text for people, and as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping

from suite.comparison import Comparison
from suite.report.words import MEANINGS, phrase
from suite.statistics import Interval
from suite.task import Metric


def as_record(one: Comparison, a: Mapping[str, float], b: Mapping[str, float]) -> str:
    """One JSON object; what is missing is null, and so is a bound without end."""
    gap = one.gap
    record = {
        "a": one.first,
        "b": one.second,
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
        "probability_a_beats_b": gap.beats,
        "ties": gap.ties,
        "unpaired_a": len(a) - gap.n,
        "unpaired_b": len(b) - gap.n,
    }
    return json.dumps(record, allow_nan=False)


def in_lines(one: Comparison, a: Mapping[str, float], b: Mapping[str, float]) -> list[str]:
    """Verdict first, then its reasons, then what could not be paired."""
    gap = one.gap
    lines = [phrase(one), f"  {MEANINGS[one.word]}"]
    lines += [f"  {one.first} {gap.mean_a:.6g}, {one.second} {gap.mean_b:.6g}, over {gap.n} pairs"]
    if gap.interval is not None and gap.p is not None:
        lines += [
            f"  difference {gap.mean:+.6g}, 95% interval [{gap.interval.low:+.6g}, {gap.interval.high:+.6g}], p = {gap.p:.3g}"
        ]
    if gap.detectable is not None:
        lines += [f"  smallest difference that {gap.n} pairs would find 80% of the time: {gap.detectable:.3g}"]
    lines += [f"  probability that {one.first} beats {one.second}: {gap.beats:.2f}, {gap.ties} ties"]
    if len(a) > gap.n or len(b) > gap.n:
        lines += [f"  not paired: {len(a) - gap.n} of {one.first}, {len(b) - gap.n} of {one.second}"]
    return lines


def is_worse(one: Comparison, rule: Metric, allowed: float) -> bool:
    """Whether A is shown to be worse than B by more than `allowed`: the whole 95% interval lies beyond it."""
    if one.word != "BETTER" or one.winner != one.second or one.gap.interval is None:
        return False
    loss = -one.gap.interval if rule.direction == "higher" else one.gap.interval
    return loss.low > allowed


def _bounds(interval: Interval | None) -> list[float | None] | None:
    if interval is None:
        return None
    return [bound if abs(bound) < float("inf") else None for bound in (interval.low, interval.high)]
