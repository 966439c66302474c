"""The verdict on two arms as text for people and as JSON for machines.

The arms may have been measured anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite

from suite.analysis.comparison import Comparison
from suite.analysis.words import Scope
from suite.errors import visible
from suite.importers.measured import MeasuredArm
from suite.reports.text_columns import wrapped
from suite.reports.wording import (
    cautions,
    corrected_p,
    meaning_of,
    phrase,
    scope_words,
    why_open,
)
from suite.stats import ALPHA, Interval

SECONDARY = "The task asks about another metric first: this one was measured besides."
JSON_VERSION = 2  # of the fields of a line; a field that changes its meaning raises it


def comparison_json(
    comparison: Comparison,
    a: MeasuredArm,
    b: MeasuredArm,
    like_items: Comparison | None = None,
    more: Mapping[str, object] | None = None,
) -> str:
    """One JSON object; what is missing is null, and so is a bound without end.

    `like_items`: the verdict on the same pair for further test items of their kind. `more`: fields
    that not every source of arms has.
    """
    record = {
        "version": JSON_VERSION,
        **comparison_fields(comparison),
        "unpaired_a": _unpaired(comparison, a),
        "unpaired_b": _unpaired(comparison, b),
        "without_value_a": a.without_value,
        "without_value_b": b.without_value,
        "environment_a": a.environment,
        "environment_b": b.environment,
        "history": _history(a, b),
        "like_items": None if like_items is None else comparison_fields(like_items),
        **(more or {}),
    }
    return json.dumps(record, allow_nan=False)


def comparison_fields(comparison: Comparison) -> dict[str, object]:
    """What JSON says of a comparison, whatever its arms come from."""
    gap = comparison.gap
    return {
        "unit": comparison.unit,
        "a": comparison.first,
        "b": comparison.second,
        "metric": comparison.metric,
        "direction": comparison.direction,
        "margin": comparison.margin,
        "paired": gap.paired,
        "n": gap.n,
        "mean_a": gap.mean_a,
        "mean_b": gap.mean_b,
        "mean_gap": gap.mean,
        "sd_gap": gap.deviation,
        "interval": _bounds(gap.interval),
        "interval_90": _bounds(gap.inner),
        "interval_level": 1 - ALPHA,
        "p": gap.p,
        "p_adjusted": comparison.p,
        "family_size": comparison.family_size,
        "verdict": str(comparison.verdict),
        "winner": comparison.winner,
        "by_margin": comparison.by_margin,
        "not_worse": comparison.not_worse,
        "seeds_for_margin": comparison.seeds_for_margin,
        "seeds_for_tie": comparison.seeds_for_tie,
        "sequential": comparison.sequential,
        "sequence": comparison.sequence,
        "missing": comparison.missing,
        "missing_could_change": comparison.missing_could_change,
        "unvarying": list(comparison.unvarying),
        "scope": _scope(comparison),
        "smallest_detectable": gap.detectable,
        "probability_a_beats_b": _probability(comparison),
        "ties": gap.ties,
        "is_primary": comparison.is_primary,
    }


def _scope(comparison: Comparison) -> str:
    """What the verdict speaks about: of one data set, its units."""
    if comparison.scope == Scope.ONE:
        return f"these {comparison.unit}s"
    return str(comparison.scope)


def comparison_lines(
    comparison: Comparison, a: MeasuredArm, b: MeasuredArm, like_items: Comparison | None = None
) -> list[str]:
    """Verdict first, then its reasons, then what could not be paired or has no value.

    `like_items`: the verdict on the same pair for further test items of their kind.
    """
    sentences = [
        *_reasons(comparison, a, b),
        *(line for line in (why_open(comparison), *cautions(comparison)) if line),
        *_left_out(comparison, a, b),
        *_origins(a, b),
        *_history(a, b),
        *([] if comparison.is_primary else [SECONDARY]),
        f"This is said of {_lowered(scope_words(comparison))}, and of nothing else.",
        *([] if like_items is None else [_for_like_items(like_items)]),
        meaning_of(comparison),
    ]
    return [
        visible(phrase(comparison)),
        *(part for line in sentences for part in wrapped(line, "  ")),
    ]


def _for_like_items(comparison: Comparison) -> str:
    """The verdict for further test items, with its interval and p."""
    reasons = [_interval_words(comparison), corrected_p(comparison)]
    said = ", ".join(reason for reason in reasons if reason)
    return f"For {comparison.scope}: {phrase(comparison)} ({said})."


def _interval_words(comparison: Comparison) -> str:
    """The interval of the gap; empty without one."""
    interval = comparison.gap.interval
    if interval is None:
        return ""
    return f"95% interval [{interval.low:+.6g}, {interval.high:+.6g}]"


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:]


def _reasons(comparison: Comparison, a: MeasuredArm, b: MeasuredArm) -> list[str]:
    """The means, the difference with its interval and p, and how often one arm wins."""
    gap, first, second = comparison.gap, comparison.first, comparison.second
    metric = a.metric if a.metric == b.metric else f"{a.metric} against {b.metric}"
    count = f"{gap.n} pairs"
    if not gap.paired:
        count = f"{len(a.values)} and {len(b.values)} values, not paired"
    lines = [
        f"{metric}, {comparison.direction} is better: {first} {gap.mean_a:.6g}, {second}"
        f" {gap.mean_b:.6g}, over {count}"
    ]
    if gap.interval is None:
        equal = gap.ties == gap.n and gap.paired
        lines.append(f"difference {0.0 if equal else gap.mean:+.6g}")
    else:
        lines.append(
            f"difference {gap.mean:+.6g}, {_interval_words(comparison)}, {corrected_p(comparison)}"
        )
    if gap.detectable is not None:
        lines.append(
            f"smallest difference that {gap.n} pairs would find 80% of the time:"
            f" {gap.detectable:.3g}"
        )
    probability = f"{_probability(comparison):.2f}"
    lines.append(f"probability that {first} beats {second}: {probability}, {gap.ties} ties")
    return lines


def _history(a: MeasuredArm, b: MeasuredArm) -> list[str]:
    """What happened to the studies of both arms since results were seen."""
    return list(dict.fromkeys((*a.history, *b.history)))


def _left_out(comparison: Comparison, a: MeasuredArm, b: MeasuredArm) -> list[str]:
    """What is not in the comparison: values without a partner, and what has no value."""
    first, second, lines = comparison.first, comparison.second, []
    unpaired_a, unpaired_b = _unpaired(comparison, a), _unpaired(comparison, b)
    if comparison.gap.paired and (unpaired_a or unpaired_b):
        lines.append(f"not paired: {unpaired_a} of {first}, {unpaired_b} of {second}")
    if a.without_value or b.without_value:
        lines.append(
            f"without a value (failed, or not scored): {a.without_value} of {first},"
            f" {b.without_value} of {second}"
        )
    return lines


def _origins(a: MeasuredArm, b: MeasuredArm) -> list[str]:
    """What a reader must know of where the values come from."""
    lines = []
    if a.environment and b.environment and a.environment != b.environment:
        lines.append(f"measured in other environments: {a.environment} and {b.environment}")
    lines += [f"{arm.name}: {note}" for arm in (a, b) for note in arm.notes]
    return lines


def _unpaired(comparison: Comparison, arm: MeasuredArm) -> int:
    """How many of the arm's values have no partner."""
    return len(arm.values) - comparison.gap.n * comparison.gap.paired


def _probability(comparison: Comparison) -> float:
    """The probability that the first arm is better, by the direction of the metric."""
    beats = comparison.gap.beats
    return beats if comparison.direction == "higher" else 1 - beats


def _bounds(interval: Interval | None) -> list[float | None] | None:
    """The two bounds; None for one without end."""
    if interval is None:
        return None
    return [bound if isfinite(bound) else None for bound in (interval.low, interval.high)]
