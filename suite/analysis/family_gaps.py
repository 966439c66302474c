"""Gaps of pairs that are asked about together: their intervals and p hold for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from suite.analysis.pairs import (
    FEWEST_VALUES,
    Pair,
    by_unit,
    column_of,
    common_units,
    differences_of,
    is_of_binary_items,
    require_within,
)
from suite.errors import SuiteError
from suite.stats import (
    ALPHA,
    Gap,
    Simultaneous,
    count_pairs,
    paired_gap,
    paired_share_gap,
    sidak,
    sidak_level,
    simultaneous_means,
    simultaneous_unpaired,
    t_estimate,
    unpaired_gap,
    unpaired_share_gap,
)
from suite.stats.gaps import ROUNDING
from suite.stats.layouts import layout_means
from suite.stats.sequential import at_any_time, bet_at_any_time
from suite.stats.simultaneous import guarded, simultaneous_layout

LARGEST = 1e120  # values whose squares, summed, do not overflow


def gap_of(pair: Pair) -> Gap:
    """The gap of one pair by itself; without intervals where nothing varied."""
    if any(max(map(abs, side.values()), default=0) > LARGEST for side in (pair.a, pair.b)):
        raise SuiteError(
            f"{pair.first}, {pair.second}: {pair.metric}: expected values between"
            f" -{LARGEST:g} and {LARGEST:g}, whose squares are numbers too"
        )
    if pair.paired:
        a, b, common = by_unit(pair.a), by_unit(pair.b), common_units(pair)
        gap = paired_gap([a[unit] for unit in common], [b[unit] for unit in common])
    else:
        gap = unpaired_gap(list(pair.a.values()), list(pair.b.values()))
    if pair.paired and pair.layout is not None:
        gap = _gap_of_layout(pair, gap)
    return gap if gap.varies else replace(gap, interval=None, inner=None, p=None)


def _gap_of_layout(pair: Pair, gap: Gap) -> Gap:
    """The gap in which every data set counts alike; `gap` is that of units on their own.

    What needs independent units is missing. `deviation` is that of so many independent units as
    would know the mean as well.
    """
    layout, units = pair.layout, common_units(pair)
    if layout is None or gap.n < FEWEST_VALUES:
        return gap
    sides = [column_of(by_unit(side), units) for side in (pair.a, pair.b)]
    estimates = layout_means(
        np.stack([sides[0] - sides[1], *sides], axis=1), layout.of_units(units)
    )
    mean, mean_a, mean_b = (float(value) for value in estimates.means)
    error, size = float(estimates.errors[0]), float(np.abs(sides).max())
    return replace(
        gap,
        mean=mean,
        mean_a=mean_a,
        mean_b=mean_b,
        deviation=error * gap.n**0.5,
        varies=error > ROUNDING * size,
        effect=None,
        correlation=None,
        pairing=None,
        beats_interval=None,
        detectable=None,
        p=t_estimate(gap.n, mean, error, float(estimates.freedoms[0])).p,
    )


def hold_together(
    pairs: Sequence[Pair], gaps: Sequence[Gap]
) -> tuple[list[Gap], list[float | None]]:
    """The gaps with intervals that hold for all of them, and their p."""
    held, p_values = list(gaps), [gap.p for gap in gaps]
    size = len(pairs)
    binary = {k for k, pair in enumerate(pairs) if is_of_binary_items(pair)}
    together = {k for k, pair in enumerate(pairs) if pair.paired and pair.layout is not None}
    for k, answer in _answers_of_layouts([(k, pairs[k]) for k in sorted(together)], size):
        held[k] = replace(gaps[k], interval=answer.interval, inner=answer.inner)
        p_values[k] = answer.p
    means = [
        k
        for k, pair in enumerate(pairs)
        if pair.paired and not pair.sequential and k not in binary | together
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
        elif pair.paired and pair.sequential and k not in together:
            held[k] = _gap_at_any_time(pair, gaps[k], size)
            p_values[k] = held[k].p
        elif not pair.paired and gaps[k].interval is not None:
            a, b = (np.array(list(side.values())) for side in (pair.a, pair.b))
            levels = (sidak_level(1 - ALPHA, size), sidak_level(1 - 2 * ALPHA, size))
            held[k] = unpaired_gap(list(a), list(b), levels=levels)
            answer = simultaneous_unpaired(a, b, size, pair.rule.margin, held[k])
            held[k] = replace(held[k], interval=answer.interval, inner=answer.inner)
            p_values[k] = answer.p
    return held, p_values


def _gap_at_any_time(pair: Pair, gap: Gap, family_size: int) -> Gap:
    """The gap by the sequence of the pair. Raises SuiteError for values out of its bounds."""
    if pair.bounds is None:
        return at_any_time(gap, family_size=family_size)
    both = [*pair.a.values(), *pair.b.values()]
    require_within(both, pair.bounds, f"{pair.first}, {pair.second}", pair.metric)
    a, b, common = by_unit(pair.a), by_unit(pair.b), common_units(pair)
    differences = [a[unit] - b[unit] for unit in common]
    return bet_at_any_time(gap, differences, pair.bounds, family_size)


def _answers_of_layouts(
    pairs: Sequence[tuple[int, Pair]], family_size: int
) -> Iterator[tuple[int, Simultaneous]]:
    """The answers on pairs whose units belong together.

    Those with the same units and layout share one draw; to these, all others are independent.
    """
    by_units: dict[tuple[Any, ...], list[tuple[int, Pair]]] = {}
    for k, pair in pairs:
        by_units.setdefault((id(pair.layout), *common_units(pair)), []).append((k, pair))
    for (_, *units), alike in by_units.items():
        layout = alike[0][1].layout
        if layout is not None:
            d = differences_of([pair for _, pair in alike])
            estimates = layout_means(d, layout.of_units(units))
            answers = simultaneous_layout(estimates, family_size=family_size)
            yield from ((k, answer) for (k, _), answer in zip(alike, answers, strict=True))


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
