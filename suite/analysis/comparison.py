"""The rule: two arms and what a metric calls better -> a verdict, which is a word and its reasons.

Wherever the arms were measured, and wherever the question is asked, it is answered here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from suite.analysis.words import Verdict
from suite.errors import SuiteError
from suite.stats import (
    ALPHA,
    FEWEST_SEEDS,
    Gap,
    Interval,
    count_pairs,
    paired_gap,
    paired_share_gap,
    seeds_for_gap,
    seeds_for_tie,
    sidak,
    sidak_critical,
    sidak_level,
    simultaneous_means,
    simultaneous_unpaired,
    unpaired_gap,
    unpaired_share_gap,
    upper_deviation,
)
from suite.stats.power import fixed_critical
from suite.stats.sequential import at_any_time, sequence_critical
from suite.stats.simultaneous import guarded
from suite.task.choices import Direction
from suite.task.components import Metric

Unit = Literal["seed", "item"]
Values = Mapping[int, float] | Mapping[str, float]  # of an arm, by seed or item
FEWEST_VALUES = 2  # of one, there is no spread
MOST_SORTED = 100_000  # units
LARGEST = 1e120  # values whose squares, summed, do not overflow


@dataclass(frozen=True)
class Pair:
    """Two arms under one metric, and what decides between them.

    `a` and `b`: the values by seed or item, whichever `unit` says. `missing`: how many units have a
    value of one arm only, or were tried without one. `is_primary`: under the metric that the
    question is about. `is_declared`: a pair that the task compares, not only a claim.
    """

    first: str
    second: str
    metric: str
    a: Values
    b: Values
    rule: Metric
    unit: Unit = "seed"
    paired: bool = True
    sequential: bool = False
    missing: int = 0
    too_many_failures: bool = False
    is_primary: bool = True
    is_declared: bool = True


@dataclass(frozen=True)
class Comparison:
    """The verdict on two arms under one metric.

    The intervals of `gap` and `p` hold for the whole family of `family_size` comparisons: an
    interval of 95% excludes 0 exactly where `p` is below 5%. BETTER and BETTER BY LESS THAN THE
    MARGIN name the `winner`, `by_margin` where the whole interval lies beyond the margin; NOT WORSE
    names the arm that is `not_worse`. `missing_could_change`: whether the word would be another if
    the units without a pair had gone as badly for it as any value that was seen. `seeds_for_margin`
    show a gap of one margin, and `seeds_for_tie` that equal arms are equivalent, each with 80%
    power; they are missing without a margin, and where no seed is needed. `unvarying`: arms with
    the same value under every seed. No verdict says anything about other data, other protocols or
    other environments.
    """

    first: str
    second: str
    metric: str
    gap: Gap
    p: float | None
    verdict: Verdict
    winner: str | None = None
    by_margin: bool = False
    not_worse: str | None = None
    seeds_for_margin: int | None = None
    seeds_for_tie: int | None = None
    direction: Direction = "higher"
    margin: float | None = None
    family_size: int = 1
    unit: Unit = "seed"
    sequential: bool = False
    missing: int = 0
    missing_could_change: bool = False
    is_primary: bool = True
    is_declared: bool = True
    unvarying: tuple[str, ...] = field(default=())

    @property
    def loser(self) -> str | None:
        """The arm that the winner beats; None without a winner."""
        if self.winner is None:
            return None
        return self.second if self.winner == self.first else self.first


def judge_family(pairs: Sequence[Pair]) -> list[Comparison]:
    """The verdicts on pairs that are asked about together, in their order.

    Their error rates hold for all of them: any false word in at most 5% of families. Raises
    ValueError for values that are not finite, and for a pair without a value.
    """
    gaps = [_gap(pair) for pair in pairs]
    varying = [
        k
        for k, gap in enumerate(gaps)
        if (gap.varies or is_of_binary_items(pairs[k])) and gap.n >= FEWEST_VALUES
    ]
    gaps_of_family, adjusted = _hold_together(
        [pairs[k] for k in varying], [gaps[k] for k in varying]
    )
    for k, gap in zip(varying, gaps_of_family, strict=True):
        gaps[k] = gap
    p_values = dict(zip(varying, adjusted, strict=True))
    return [
        _judge(pair, gap, p_values.get(k), max(len(varying), 1))
        for k, (pair, gap) in enumerate(zip(pairs, gaps, strict=True))
    ]


def _gap(pair: Pair) -> Gap:
    """The gap of one pair by itself; without intervals where nothing varied."""
    if any(abs(value) > LARGEST for side in (pair.a, pair.b) for value in side.values()):
        raise SuiteError(
            f"{pair.first}, {pair.second}: {pair.metric}: expected values between"
            f" -{LARGEST:g} and {LARGEST:g}, whose squares are numbers too"
        )
    if pair.paired:
        a, b, common = _any(pair.a), _any(pair.b), _common(pair)
        gap = paired_gap([a[unit] for unit in common], [b[unit] for unit in common])
    else:
        gap = unpaired_gap(list(pair.a.values()), list(pair.b.values()))
    return gap if gap.varies else replace(gap, interval=None, inner=None, p=None)


def _common(pair: Pair) -> list[Any]:
    """The seeds or items that both arms have, in order; as they come where there are very many."""
    common = pair.a.keys() & pair.b.keys()
    return sorted(common) if len(common) <= MOST_SORTED else [u for u in pair.a if u in common]


def is_of_binary_items(pair: Pair) -> bool:
    """Whether the values say of items whether they are right: 1 or 0.

    Then there is an interval even where all items agree, and p is exact.
    """
    return pair.unit == "item" and not {0.0, 1.0}.symmetric_difference(
        {0.0, 1.0, *pair.a.values(), *pair.b.values()}
    )


def _any(values: Values) -> Mapping[Any, float]:
    return values


def _hold_together(
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
            _differences([pairs[k] for k in means]),
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
            a, b, common = _any(pair.a), _any(pair.b), _common(pair)
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


def _differences(pairs: Sequence[Pair]) -> np.ndarray:
    """The differences A - B: a row for every unit of any pair, nan where a pair lacks it."""
    units = sorted({unit for pair in pairs for unit in _common(pair)})
    nothing = float("nan")
    sides = [(_any(pair.a), _any(pair.b)) for pair in pairs]
    return np.array(
        [[a.get(unit, nothing) - b.get(unit, nothing) for a, b in sides] for unit in units]
    )


def _judge(pair: Pair, gap: Gap, p: float | None, family_size: int) -> Comparison:
    """The verdict on one pair, whose gap and p hold for its family."""
    comparison = Comparison(
        pair.first,
        pair.second,
        pair.metric,
        gap,
        p,
        Verdict.UNDECIDED,
        direction=pair.rule.direction,
        margin=pair.rule.margin,
        family_size=family_size,
        unit=pair.unit,
        sequential=pair.sequential,
        missing=pair.missing,
        is_primary=pair.is_primary,
        is_declared=pair.is_declared,
        unvarying=_unvarying(pair),
    )
    if pair.too_many_failures:
        return replace(comparison, verdict=Verdict.TOO_MANY_FAILURES)
    if _nothing_varied(pair, gap):
        return replace(comparison, verdict=Verdict.NOTHING_VARIED)
    if gap.n < FEWEST_SEEDS or gap.interval is None or gap.inner is None:
        return _with_plan(replace(comparison, verdict=Verdict.TOO_FEW_SEEDS))
    word = with_word(comparison, gap.interval, gap.inner)
    return replace(word, missing_could_change=_missing_could_change(word, pair))


def _nothing_varied(pair: Pair, gap: Gap) -> bool:
    """Whether repeats are no evidence: both arms are constant, or all of many differences equal."""
    if gap.varies or gap.n < FEWEST_VALUES or is_of_binary_items(pair):
        return False
    return gap.n >= FEWEST_SEEDS or len(_unvarying(pair)) == len((pair.a, pair.b))


def with_word(comparison: Comparison, interval: Interval, inner: Interval) -> Comparison:
    """The comparison with the word that its intervals allow."""
    margin = comparison.margin
    within = None if margin is None else Interval(-margin, margin)
    if 0 not in interval:
        higher_wins = comparison.direction == "higher"
        first_wins = (interval.low > 0) == higher_wins
        edge = min(abs(interval.low), abs(interval.high))
        return replace(
            comparison,
            verdict=Verdict.BETTER_BY_LESS
            if within and interval.lies_in(within)
            else Verdict.BETTER,
            winner=comparison.first if first_wins else comparison.second,
            by_margin=margin is not None and edge >= margin,
        )
    if within and inner.lies_in(within):
        return replace(comparison, verdict=Verdict.EQUIVALENT)
    if within and interval.low > within.low:
        higher, lower = comparison.first, comparison.second
    elif within and interval.high < within.high:
        higher, lower = comparison.second, comparison.first
    else:
        return _with_plan(comparison)
    not_worse = higher if comparison.direction == "higher" else lower
    return _with_plan(replace(comparison, verdict=Verdict.NOT_WORSE, not_worse=not_worse))


def _missing_could_change(comparison: Comparison, pair: Pair) -> bool:
    """Whether the worst case for the units without a pair would take the verdict away."""
    final = (Verdict.BETTER, Verdict.BETTER_BY_LESS, Verdict.EQUIVALENT)
    if not pair.missing or not pair.paired or comparison.verdict not in final:
        return False
    values = [*pair.a.values(), *pair.b.values()]
    reach = max(values) - min(values)
    seen = _differences([pair])[:, 0]
    for worst in (-reach, reach):
        d = np.concatenate([seen, np.full(pair.missing, worst)])
        half = (
            float(np.std(d, ddof=1))
            / len(d) ** 0.5
            * np.array(
                [
                    sidak_critical(alpha, len(d) - 1, comparison.family_size)
                    for alpha in (ALPHA, 2 * ALPHA)
                ]
            )
        )
        outer, inner = (Interval(float(d.mean() - h), float(d.mean() + h)) for h in half)
        again = with_word(replace(comparison, winner=None), outer, inner)
        if (again.verdict, again.winner) != (comparison.verdict, comparison.winner):
            return True
    return False


def _with_plan(comparison: Comparison) -> Comparison:
    """The comparison with how many seeds would show a gap of one margin, and a tie."""
    gap, margin = comparison.gap, comparison.margin
    if margin is None or not gap.deviation:
        return comparison
    deviation = upper_deviation(gap.deviation, gap.n)
    critical = sequence_critical if comparison.sequential else fixed_critical
    return replace(
        comparison,
        seeds_for_margin=seeds_for_gap(margin, deviation, comparison.family_size, critical),
        seeds_for_tie=seeds_for_tie(margin, deviation, comparison.family_size, critical),
    )


def _unvarying(pair: Pair) -> tuple[str, ...]:
    """The arms with one value under every seed."""
    arms = ((pair.first, pair.a), (pair.second, pair.b))
    return tuple(
        name for name, values in arms if len(values) > 1 and len(set(values.values())) == 1
    )


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
