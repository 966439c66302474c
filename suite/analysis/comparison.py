"""The rule: two arms and what a metric calls better -> a verdict, which is a word and its reasons.

Wherever the arms were measured, and wherever the question is asked, it is answered here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from suite.analysis.family_gaps import gap_of, hold_together
from suite.analysis.pairs import (
    FEWEST_VALUES,
    Pair,
    Unit,
    count_groups,
    is_of_binary_items,
    unvarying_arms,
)
from suite.analysis.words import Scope, Verdict
from suite.stats import (
    ALPHA,
    FEWEST_SEEDS,
    Gap,
    Interval,
    seeds_for_gap,
    seeds_for_tie,
    sidak_critical,
    upper_deviation,
)
from suite.stats.betting_plan import bets_for_gap, bets_for_tie
from suite.stats.power import fixed_critical
from suite.stats.sequential import sequence_critical
from suite.task.choices import Direction, SequenceName


@dataclass(frozen=True)
class Comparison:
    """The verdict on two arms under one metric.

    The intervals of `gap` and `p` hold for the whole family of `family_size` comparisons: an
    interval of 95% excludes 0 exactly where `p` is below 5%. BETTER and BETTER BY LESS THAN THE
    MARGIN name the `winner`, `by_margin` where the whole interval lies beyond the margin; NOT WORSE
    names the arm that is `not_worse`. `missing_could_change`: whether the word would be another if
    the units without a pair had gone as badly for it as any value that was seen. `seeds_for_margin`
    show a gap of one margin, and `seeds_for_tie` that equal arms are equivalent, each with 80%
    power; they are missing without a margin, and where no seed is needed. `sequence`: which one
    judges, where seeds were added after a look; `bounds`: of the values, where it is by betting.
    `unvarying`: arms with the same value under every seed. No verdict says anything about other
    data, other protocols or other environments.
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
    sequence: SequenceName | None = None
    bounds: tuple[float, float] | None = None
    missing: int = 0
    missing_could_change: bool = False
    is_primary: bool = True
    is_declared: bool = True
    unvarying: tuple[str, ...] = field(default=())
    scope: Scope = Scope.ONE
    groups: int | None = None

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
    gaps = [gap_of(pair) for pair in pairs]
    varying = [
        k
        for k, gap in enumerate(gaps)
        if (gap.varies or is_of_binary_items(pairs[k])) and gap.n >= FEWEST_VALUES
    ]
    gaps_of_family, adjusted = hold_together(
        [pairs[k] for k in varying], [gaps[k] for k in varying]
    )
    for k, gap in zip(varying, gaps_of_family, strict=True):
        gaps[k] = gap
    p_values = dict(zip(varying, adjusted, strict=True))
    return [
        _judge(pair, gap, p_values.get(k), max(len(varying), 1))
        for k, (pair, gap) in enumerate(zip(pairs, gaps, strict=True))
    ]


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
        sequence=("betting" if pair.bounds else "t") if pair.sequential else None,
        bounds=pair.bounds if pair.sequential else None,
        missing=pair.missing,
        is_primary=pair.is_primary,
        is_declared=pair.is_declared,
        unvarying=unvarying_arms(pair),
        scope=pair.scope,
        groups=count_groups(pair),
    )
    if pair.too_many_failures:
        return replace(comparison, verdict=Verdict.TOO_MANY_FAILURES)
    if _nothing_varied(pair, gap):
        return replace(comparison, verdict=Verdict.NOTHING_VARIED)
    if _is_too_few(pair, gap) or gap.interval is None or gap.inner is None:
        return _with_plan(replace(comparison, verdict=Verdict.TOO_FEW_SEEDS))
    word = with_word(comparison, gap.interval, gap.inner)
    return replace(word, missing_could_change=_missing_could_change(word, pair))


def _is_too_few(pair: Pair, gap: Gap) -> bool:
    """Whether there are too few units, or clusters of units, for a verdict."""
    clusters = pair.layout and pair.layout.clusters
    return min(gap.n, count_groups(pair) or 0 if clusters else gap.n) < FEWEST_SEEDS


def _nothing_varied(pair: Pair, gap: Gap) -> bool:
    """Whether repeats are no evidence: both arms are constant, or all of many differences equal."""
    if gap.varies or gap.n < FEWEST_VALUES or is_of_binary_items(pair):
        return False
    return gap.n >= FEWEST_SEEDS or unvarying_arms(pair) == (pair.first, pair.second)


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
    reach, gap, n = max(values) - min(values), comparison.gap, comparison.gap.n + pair.missing
    for worst in (-reach, reach):
        mean = (gap.n * gap.mean + pair.missing * worst) / n
        squares = (gap.n - 1) * (gap.deviation or 0.0) ** 2 + gap.n * (gap.mean - mean) ** 2
        error = ((squares + pair.missing * (worst - mean) ** 2) / (n - 1) / n) ** 0.5
        halves = [
            error * sidak_critical(alpha, n - 1, comparison.family_size)
            for alpha in (ALPHA, 2 * ALPHA)
        ]
        outer, inner = (Interval(mean - half, mean + half) for half in halves)
        again = with_word(replace(comparison, winner=None), outer, inner)
        if (again.verdict, again.winner) != (comparison.verdict, comparison.winner):
            return True
    return False


def _with_plan(comparison: Comparison) -> Comparison:
    """The comparison with how many seeds would show a gap of one margin, and a tie."""
    gap, margin = comparison.gap, comparison.margin
    if margin is None or not gap.deviation:
        return comparison
    deviation, size = upper_deviation(gap.deviation, gap.n), comparison.family_size
    if comparison.bounds is not None:
        reach = comparison.bounds[1] - comparison.bounds[0]
        return replace(
            comparison,
            seeds_for_margin=bets_for_gap(margin, deviation, reach, size),
            seeds_for_tie=bets_for_tie(margin, deviation, reach, size),
        )
    critical = sequence_critical if comparison.sequential else fixed_critical
    return replace(
        comparison,
        seeds_for_margin=seeds_for_gap(margin, deviation, size, critical),
        seeds_for_tie=seeds_for_tie(margin, deviation, size, critical),
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
