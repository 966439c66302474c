"""Gaps of pairs that are asked about together: their intervals and p hold for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from suite.analysis.pairs import (
    Pair,
    by_unit,
    common_units,
    differences_of,
    is_of_binary_items,
)
from suite.errors import SuiteError
from suite.stats import (
    ALPHA,
    Gap,
    count_pairs,
    paired_gap,
    paired_share_gap,
    sidak,
    sidak_level,
    simultaneous_means,
    simultaneous_unpaired,
    unpaired_gap,
    unpaired_share_gap,
)
from suite.stats.sequential import at_any_time
from suite.stats.simultaneous import guarded

LARGEST = 1e120  # values whose squares, summed, do not overflow


def gap_of(pair: Pair) -> Gap:
    """The gap of one pair by itself; without intervals where nothing varied."""
    if any(abs(value) > LARGEST for side in (pair.a, pair.b) for value in side.values()):
        raise SuiteError(
            f"{pair.first}, {pair.second}: {pair.metric}: expected values between"
            f" -{LARGEST:g} and {LARGEST:g}, whose squares are numbers too"
        )
    if pair.paired:
        a, b, common = by_unit(pair.a), by_unit(pair.b), common_units(pair)
        gap = paired_gap([a[unit] for unit in common], [b[unit] for unit in common])
    else:
        gap = unpaired_gap(list(pair.a.values()), list(pair.b.values()))
    return gap if gap.varies else replace(gap, interval=None, inner=None, p=None)


def hold_together(
    pairs: Sequence[Pair], gaps: Sequence[Gap]
) -> tuple[list[Gap], list[float | None]]:
    """The gaps with intervals that hold for all of them, and their p."""
    held, p_values = list(gaps), [gap.p for gap in gaps]
    size = len(pairs)
    binary = {k for k, pair in enumerate(pairs) if is_of_binary_items(pair)}
    means = [
        k for k, pair in enumerate(pairs) if pair.paired and not pair.sequential and k not in binary
    ]
    if means:
        answers = simultaneous_means(
            differences_of([pairs[k] for k in means]),
            [pairs[k].rule.margin for k in means],
            family_size=size,
        )
        for k, answer in zip(means, answers, strict=True):
            held[k] = replace(gaps[k], interval=answer.interval, inner=answer.inner)
            p_values[k] = answer.p
    for k, pair in enumerate(pairs):
        if k in binary and not pair.sequential:
            held[k], p_values[k] = _binary_gap(pair, gaps[k], size)
        elif pair.paired and pair.sequential:
            held[k] = at_any_time(gaps[k], family_size=size)
            p_values[k] = held[k].p
        elif not pair.paired and gaps[k].interval is not None:
            a, b = (np.array(list(side.values())) for side in (pair.a, pair.b))
            levels = (sidak_level(1 - ALPHA, size), sidak_level(1 - 2 * ALPHA, size))
            held[k] = unpaired_gap(list(a), list(b), levels=levels)
            answer = simultaneous_unpaired(a, b, size, pair.rule.margin, held[k])
            held[k] = replace(held[k], interval=answer.interval, inner=answer.inner)
            p_values[k] = answer.p
    return held, p_values


def _binary_gap(pair: Pair, gap: Gap, family_size: int) -> tuple[Gap, float]:
    """The gap of two shares of right items, with intervals that hold for the family, and its p.

    Paired: Tango's interval and McNemar's exact test; else Newcombe's and the score test.
    """
    bands, p = [], 1.0
    for alpha in (ALPHA, 2 * ALPHA):
        level = sidak_level(1 - alpha, family_size)
        if pair.paired:
            a, b, common = by_unit(pair.a), by_unit(pair.b), common_units(pair)
            counts = count_pairs([a[unit] for unit in common], [b[unit] for unit in common])
            shares = paired_share_gap(counts, level=level)
            bands.append(shares.interval)
            p = shares.p
        else:
            right = [int(sum(side.values())) for side in (pair.a, pair.b)]
            apart = unpaired_share_gap(right[0], len(pair.a), right[1], len(pair.b), level=level)
            bands.append(apart.interval)
            p = apart.p
    corrected = sidak(p, family_size)
    answer = guarded(bands[0], bands[1], corrected, {0.0: corrected})
    shown = max(answer.p, ALPHA) if 0 in answer.interval else answer.p
    return replace(gap, interval=answer.interval, inner=answer.inner, p=p), shown
