"""What a card says on two arms, or on an effect: who won, by how much, over what, and how sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from suite.analysis.comparison import Comparison
from suite.analysis.factorial import Effect
from suite.analysis.study import Study
from suite.analysis.words import Scope, Verdict, Word
from suite.reports.numbers import (
    format_interval,
    format_p,
    format_value,
    percent_sign,
    points,
)
from suite.reports.prose import plain_text
from suite.reports.row_ids import effect_row_id, pair_row_id
from suite.reports.star_words import star_words
from suite.reports.wording import (
    cautions,
    corrected_p,
    pair_count,
    phrase,
    seed_count,
    seeds_wanted,
)
from suite.stats import ALPHA, Gap, Interval
from suite.task.components import Metric

Tone = Literal["won", "equal", "open"]

TONES: dict[Verdict, Tone] = {
    Verdict.BETTER: "won",
    Verdict.BETTER_BY_LESS: "equal",
    Verdict.EQUIVALENT: "equal",
}


@dataclass(frozen=True)
class Answer:
    """What is said on two arms, or on an effect.

    `verdict`: the word whose meaning the page links.
    """

    headline: str
    tone: Tone
    verdict: Word
    amount: str
    over: str
    sure: str
    id: str


def pair_answer(study: Study, pair: Comparison) -> Answer:
    """The answer on two arms."""
    metric, gap = study.task.metrics[pair.metric], pair.gap
    a, b = (
        f"{arm} {format_value(mean, metric)}{percent_sign(metric)}"
        for arm, mean in ((pair.first, gap.mean_a), (pair.second, gap.mean_b))
    )
    return Answer(
        headline=_scope_headline(pair),
        tone=TONES.get(pair.verdict, "open"),
        verdict=pair.verdict,
        amount=f"{_difference(gap, metric)} ({a}, {b})",
        over=_over_units(pair, study),
        sure=_pair_certainty(study, pair),
        id=pair_row_id(study, pair),
    )


def star_answer(study: Study, pairs: Sequence[Comparison], centre: str) -> Answer:
    """The answer on an arm that is held against many; the word is that of the most of them."""
    metric = study.task.metrics[study.primary_metric]
    words = Counter(pair.verdict for pair in pairs)
    wins = sum(pair.winner == centre for pair in pairs)
    best = study.task.comparisons == "best"
    against = f"{len(pairs)} other arms"
    return Answer(
        headline=f"{centre} has the best mean, and beats {wins} of {against}"
        if best
        else f"{centre} against {against}",
        tone="won" if wins == len(pairs) else "open",
        verdict=words.most_common(1)[0][0],
        amount=plain_text(star_words(study, pairs, centre, metric)),
        over=over_seeds(max(pair.gap.n for pair in pairs), study),
        sure=f"95% intervals that hold for all {pairs[0].family_size:,} pairs together",
        id=pair_row_id(study, pairs[0]),
    )


def effect_answer(study: Study, effect: Effect) -> Answer:
    """The answer on an effect of a factor, or on an interaction."""
    metric, gap = study.task.metrics[study.primary_metric], effect.gap
    is_shown = (
        gap.interval is not None
        and 0 not in gap.interval
        and effect.p is not None
        and effect.p < ALPHA
    )
    return Answer(
        headline=_effect_headline(effect, metric, is_shown=is_shown),
        tone="won" if is_shown else "open",
        verdict=Verdict.BETTER if is_shown else Verdict.UNDECIDED,
        amount=f"{_difference(gap, metric)}{_level_means(effect, metric)}",
        over=over_seeds(gap.n, study),
        sure=_effect_certainty(effect, metric),
        id=effect_row_id(study, effect),
    )


def _scope_headline(pair: Comparison) -> str:
    """Who won; over several data sets, what the answer speaks of first."""
    if pair.scope == Scope.ONE:
        return _pair_headline(pair)
    return f"{str(pair.scope).capitalize()}: {_pair_headline(pair)}"


def _over_units(pair: Comparison, study: Study) -> str:
    if pair.scope == Scope.THESE:
        return f"{pair_count(pair, study)}, {study.where}, each data set counting alike"
    return over_seeds(pair.gap.n, study)


def _pair_headline(pair: Comparison) -> str:
    arms = f"{pair.first} and {pair.second}"
    if pair.verdict == Verdict.BETTER:
        margin = ", by at least the margin that matters" if pair.by_margin else ""
        return f"{pair.winner} beats {pair.loser}{margin}"
    if pair.verdict == Verdict.EQUIVALENT:
        return f"A tie: {arms} are equivalent"
    if pair.verdict == Verdict.BETTER_BY_LESS:
        return f"{pair.winner} beats {pair.loser}, by less than the margin that matters"
    if pair.verdict == Verdict.NOT_WORSE:
        other = pair.second if pair.not_worse == pair.first else pair.first
        return f"{pair.not_worse} is not worse than {other}"
    if pair.verdict == Verdict.UNDECIDED:
        return f"Undecided between {arms}"
    return f"No verdict on {arms}: {phrase(pair).lower()}"


def _effect_headline(effect: Effect, metric: Metric, *, is_shown: bool) -> str:
    if effect.levels is None:
        outcome = "each changes what the other does" if is_shown else "no interaction is shown"
        return f"{effect.name}: {outcome}"
    (factor,), (first, second) = effect.factors, effect.levels
    if not is_shown:
        return f"{factor}: no difference between {first} and {second} is shown"
    first_wins = (effect.gap.mean > 0) == (metric.direction == "higher")
    winner, loser = (first, second) if first_wins else (second, first)
    return f"{factor}: {winner} beats {loser}"


def _difference(gap: Gap, metric: Metric) -> str:
    return f"{format_value(gap.mean, metric, signed=True)}{points(metric)}"


def _level_means(effect: Effect, metric: Metric) -> str:
    """The means at both levels of a factor; empty for an interaction, which has no levels."""
    if effect.levels is None:
        return ""
    means = zip(effect.levels, (effect.gap.mean_a, effect.gap.mean_b), strict=True)
    first, second = (
        f"{level} {format_value(mean, metric)}{percent_sign(metric)}" for level, mean in means
    )
    return f" ({first}, {second})"


def over_seeds(n: int, study: Study) -> str:
    """The seeds, and what differs between them."""
    names = {"data": "data", "initialisation": "initial weights", "batch_order": "batch order"}
    streams = [names[stream] for stream in study.task.protocol.vary]
    varied = " and ".join(filter(None, [", ".join(streams[:-1]), *streams[-1:]]))
    if study.task.is_measured_elsewhere:
        return f"{seed_count(n, study)} that the logs name, {study.where}"
    if study.blocks:
        return f"{seed_count(n, study)} {study.where}, each the mean over its seeds"
    return f"{seed_count(n, study)} {study.where}, each with its own {varied}"


def _pair_certainty(study: Study, pair: Comparison) -> str:
    """The interval, the test or the margin that the verdict rests on, and how many seeds agree."""
    metric, gap = study.task.metrics[pair.metric], pair.gap
    if pair.verdict == Verdict.EQUIVALENT:
        return _equivalence(gap, metric)
    if gap.interval is None:
        return "no interval: nothing varied" if gap.n > 1 else f"one {pair.unit}: no interval"
    ahead = gap.wins if gap.mean > 0 else gap.n - gap.wins - gap.ties
    leader = pair.first if gap.mean > 0 else pair.second
    tested = "" if pair.p is None else f"; {corrected_p(pair)}"
    said = "".join(f"; {text}" for text in (seeds_wanted(pair), *cautions(pair)) if text)
    under, units = ("on" if pair.unit == "data set" else "under"), f"{pair.unit}s"
    if pair.scope == Scope.THESE:
        under, units = "in", "pairs of runs"
    each = f"{under} {ahead} of {gap.n} {units}"
    return (
        f"{_interval(gap, metric)}; {leader} is higher {each}{tested}"
        f"{_against_margin(gap.interval, metric)}{said}"
    )


def _effect_certainty(effect: Effect, metric: Metric) -> str:
    gap = effect.gap
    tested = (
        "" if effect.p is None else f"; {format_p(effect.p)}, corrected for all effects of the task"
    )
    if gap.interval is None:
        return f"one seed: no interval{tested}"
    return f"{_interval(gap, metric)}{tested}{_against_margin(gap.interval, metric)}"


def _interval(gap: Gap, metric: Metric) -> str:
    return f"95% interval {format_interval(gap.interval, metric, signed=True)}{points(metric)}"


def _equivalence(gap: Gap, metric: Metric) -> str:
    """Why two arms are equivalent."""
    inner = format_interval(gap.inner, metric, signed=True)
    margin = f"{format_value(metric.margin, metric)}{points(metric)}"
    return (
        f"{_interval(gap, metric)}; the 90% interval {inner} lies within ±{margin}, which this"
        " task declares to be too small to matter (equivalence is two one-sided tests at 5% each,"
        " and they are read off the 90% interval)"
    )


def _against_margin(interval: Interval, metric: Metric) -> str:
    """Whether an interval of a difference lies beyond the margin, and what the margin is.

    Empty where the task declares none.
    """
    if metric.margin is None:
        return ""
    margin = (
        f"the margin of {format_value(metric.margin, metric)}{points(metric)}, below which this"
        " task declares a difference too small to matter"
    )
    if interval.lies_in(Interval(-metric.margin, metric.margin)):
        return f"; the whole interval lies within {margin}"
    if 0 not in interval and min(abs(interval.low), abs(interval.high)) >= metric.margin:
        return f"; the whole interval lies beyond {margin}"
    return f"; the interval reaches across {margin}"
