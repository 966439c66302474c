"""Verdicts as people read them: the words, what each means, and one sentence a task."""

from __future__ import annotations

from collections.abc import Mapping

from suite.analysis.adjudications import ClaimedOrder, ClaimedTarget
from suite.analysis.analyse import Analysis
from suite.analysis.compare_study import OPEN
from suite.analysis.comparison import Comparison
from suite.analysis.factorial import Effect
from suite.analysis.study import Study
from suite.analysis.words import Scope, Verdict
from suite.reports.claim_wording import CLAIM_MEANINGS, count_words, target_words
from suite.reports.item_words import items_words
from suite.reports.numbers import (
    format_interval,
    format_p,
    format_value,
    metric_name,
    percent_sign,
    points,
)
from suite.reports.prose import Code, Link, Piece, Prose, anchor_of, join
from suite.stats import FEWEST_SEEDS
from suite.task.components import Metric

MEANINGS: Mapping[str, str] = {
    Verdict.BETTER: (
        "The 95% interval of the difference excludes 0. It holds for all comparisons under the same"
        " metric together, and sign flips of the seeds agree (p below 5%). “By at least the margin”"
        " where the whole interval lies beyond the difference that matters."
    ),
    Verdict.BETTER_BY_LESS: (
        "The 95% interval excludes 0 and lies within the margin: one arm is ahead, by less than"
        " what matters."
    ),
    Verdict.EQUIVALENT: (
        "The 90% interval of the difference lies within the margin: whichever is ahead, it is by"
        " less than what matters. This is shown, not assumed: two one-sided tests at 5% each."
    ),
    Verdict.NOT_WORSE: (
        "The 95% interval holds 0, and the arm named is behind by less than the margin, if it is"
        " behind at all. Whether it is better, or as good, is open."
    ),
    Verdict.UNDECIDED: (
        "None of these is shown. Undecided does not mean equal. The numbers of seeds are those that"
        " would find a difference of one margin, or show a tie if there is none, 80% of the time."
    ),
    Verdict.NOTHING_VARIED: (
        "No verdict: the difference is the same in every repeat, so repeats are not evidence. The"
        " seed has to change something: the data, the weights, the order of the data."
    ),
    Verdict.TOO_FEW_SEEDS: (
        f"No verdict below {FEWEST_SEEDS} seeds: with 5, even five wins of five have a p of 6%."
    ),
    Verdict.TOO_MANY_FAILURES: (
        "No verdict: more runs of an arm failed, diverged or are missing than is allowed, and those"
        " left may be a lucky choice."
    ),
    **CLAIM_MEANINGS,
}


MOST_ADVISED = 1_000  # seeds that anyone would run
NO_VERDICT = {Verdict.NOTHING_VARIED, Verdict.TOO_FEW_SEEDS, Verdict.TOO_MANY_FAILURES}


def verdict_link(comparison: Comparison) -> Link:
    """A pair's verdict in a few words, linked to its meaning."""
    return Link(phrase(comparison), anchor_of(comparison.verdict))


def phrase(comparison: Comparison) -> str:
    """A pair's verdict in a few words."""
    if comparison.verdict == Verdict.BETTER:
        margin = ", by at least the margin" if comparison.by_margin else ""
        return f"{comparison.winner} IS BETTER{margin}"
    if comparison.verdict == Verdict.BETTER_BY_LESS:
        return f"{comparison.winner} IS BETTER, by less than the margin"
    if comparison.verdict == Verdict.NOT_WORSE:
        return f"{comparison.not_worse} IS NOT WORSE"
    if comparison.verdict == Verdict.TOO_FEW_SEEDS and comparison.unit != "seed":
        return f"TOO FEW {comparison.unit.upper()}S"
    return str(comparison.verdict)


def corrected_p(comparison: Comparison) -> str:
    """The p that the verdict stands on, and what it is corrected for; empty without one."""
    if comparison.p is None:
        return ""
    size = comparison.family_size
    return format_p(comparison.p) + f" after correction for {size} comparisons" * (size > 1)


def scope_words(comparison: Comparison) -> str:
    """What a verdict on arms of files speaks about; the beginning of a sentence."""
    if comparison.scope == Scope.THESE:
        return f"These data sets, and other {comparison.unit}s of them"
    if comparison.scope == Scope.LIKE_THESE:
        return "Data sets like these"
    if comparison.scope in (Scope.THESE_ITEMS, Scope.LIKE_ITEMS):
        return str(comparison.scope).capitalize()
    return f"These {comparison.unit}s"


def count_of(n: int, thing: str) -> str:
    """So many things, in the singular for one."""
    return f"{n:,} {thing}{'s' * (n != 1)}"


def why_open(comparison: Comparison) -> str:
    """Why there is no final verdict, and what would give one; empty where there is one."""
    if comparison.verdict not in OPEN:
        return ""
    reasons = []
    if comparison.verdict == Verdict.UNDECIDED:
        reasons.append(corrected_p(comparison))
        if comparison.margin is None:
            reasons.append("no margin is declared, so a tie cannot be shown")
    needed = seeds_wanted(comparison)
    return "; ".join(filter(None, [*reasons, needed]))


def seeds_wanted(comparison: Comparison) -> str:
    """How many seeds would decide; empty where that is not known."""
    gap, tie = comparison.seeds_for_margin, comparison.seeds_for_tie
    things = f"{comparison.unit}s"
    parts = []
    if gap is not None:
        parts.append(f"{gap} {things} in all would find a difference of one margin")
    if tie is not None:
        parts.append(f"{tie}{'' if parts else f' {things} in all'} would show a tie")
    return " and ".join(parts) + ", 80% of the time" * bool(parts)


def cautions(comparison: Comparison) -> list[str]:
    """What a reader of the verdict must know besides, a sentence each."""
    said = []
    if comparison.unvarying and comparison.gap.varies:
        arms = " and ".join(comparison.unvarying)
        each = "on" if comparison.unit == "data set" else "under"
        said.append(f"{arms}: the same value {each} every {comparison.unit}")
    if comparison.missing and comparison.gap.paired:
        effect = (
            "the worst case for them would change the verdict"
            if comparison.missing_could_change
            else "the verdict stands in the worst case for them"
        )
        decided = comparison.verdict not in {*OPEN, *NO_VERDICT}
        things = f"{comparison.unit}{'s' * (comparison.missing != 1)}"
        said.append(f"{comparison.missing} {things} without a pair" + f"; {effect}" * decided)
    if comparison.sequential:
        added = "runs" if comparison.unit == "data set" else "seeds"
        by = ", by betting" * (comparison.sequence == "betting")
        said.append(f"{added} were added after a look: interval and p hold over all looks{by}")
    return said


def answer(analysis: Analysis) -> Prose:
    """One sentence on what the study says to the task's question, under its primary metric."""
    study = analysis.study
    metric = study.task.metrics[study.primary_metric]
    where = f"In {metric_name(study.primary_metric)}, on {study.device}"
    if analysis.effects:
        n = seed_count(analysis.effects[0].gap.n, study)
        effects = "; ".join(_effect_words(effect, metric) for effect in analysis.effects)
        return f"{where}, over {n}, with 95% intervals: {effects}."
    pairs = [_pair_words(study, pair, metric) for pair in analysis.primary_comparisons]
    if not pairs:
        return "No result yet."
    if analysis.primary_comparisons[0].scope != Scope.ONE:
        where += f", for {analysis.primary_comparisons[0].scope}"
    said = join("; ", [*_targets(analysis), *pairs, *_counts(analysis)])
    return (f"{where}: ", *said, ".", *_beside(analysis, metric), *_next_command(analysis))


def _beside(analysis: Analysis, metric: Metric) -> tuple[Piece, ...]:
    """What the other scope says under the primary metric; empty where it is not judged."""
    pairs = [pair for pair in analysis.beside if pair.is_primary]
    if not pairs:
        return ()
    said = [_short_words(pair, metric) for pair in pairs]
    return (f" For {pairs[0].scope}: ", *join("; ", said), ".")


def _short_words(pair: Comparison, metric: Metric) -> Prose:
    """A pair's verdict and, where there is one, its difference."""
    arms = f"{pair.first} against {pair.second}: "
    if pair.gap.interval is None or pair.verdict in NO_VERDICT:
        return (arms, verdict_link(pair))
    interval = format_interval(pair.gap.interval, metric, signed=True)
    difference = format_value(pair.gap.mean, metric, signed=True)
    return (arms, verdict_link(pair), f", {difference}{points(metric)} {interval}")


def _next_command(analysis: Analysis) -> tuple[Piece, ...]:
    """What would decide the pairs that are open; empty where none is, or no number is known.

    No command adds data sets.
    """
    if analysis.study.blocks:
        return ()
    needed = [
        max(filter(None, (pair.seeds_for_margin, pair.seeds_for_tie)))
        for pair in analysis.primary_comparisons
        if pair.verdict in OPEN and (pair.seeds_for_margin or pair.seeds_for_tie)
    ]
    if not needed or max(needed) > MOST_ADVISED:
        return ()
    command = f"suite run {analysis.study.task.name} --seeds 0-{max(needed) - 1}"
    return (" To decide it: ", Code(command), ".")


def _targets(analysis: Analysis) -> list[Prose]:
    """Whether arms reach what they were said to reach, each a question with its answer."""
    return [
        target_words(analysis.study, adjudication, _under(analysis.study, adjudication))
        for adjudication in analysis.adjudications
        if isinstance(adjudication, ClaimedTarget)
    ]


def _under(study: Study, adjudication: ClaimedTarget) -> str:
    """The metric of a target, where it is not the primary one."""
    key = adjudication.claim.metric
    return "" if key == study.primary_metric else f" in {metric_name(key)}"


def _counts(analysis: Analysis) -> list[Prose]:
    """Whether arms have fewer of something, as was said, each a question with its answer."""
    return [
        count_words(analysis.study, adjudication)
        for adjudication in analysis.adjudications
        if isinstance(adjudication, ClaimedOrder) and adjudication.claim.exact
    ]


def _effect_words(effect: Effect, metric: Metric) -> str:
    difference = format_value(effect.gap.mean, metric, signed=True)
    interval = format_interval(effect.gap.interval, metric, signed=True)
    return f"{effect.name} {difference}{points(metric)} {interval}"


def _pair_words(study: Study, pair: Comparison, metric: Metric) -> Prose:
    gap, unit = pair.gap, percent_sign(metric)
    a, b = format_value(gap.mean_a, metric), format_value(gap.mean_b, metric)
    difference = f"{format_value(gap.mean, metric, signed=True)}{points(metric)}"
    interval = (
        f", 95% interval {format_interval(gap.interval, metric, signed=True)}"
        if gap.interval
        else ""
    )
    why = why_open(pair)
    return (
        verdict_link(pair),
        f": {pair.first} {a}{unit}, {pair.second} {b}{unit}, a difference of"
        f" {difference}{interval} over {pair_count(pair, study)}" + f" ({why})" * bool(why),
    )


def pair_count(pair: Comparison, study: Study) -> str:
    """How many seeds, data sets, or pairs of runs on these data sets a verdict is on."""
    if pair.scope != Scope.THESE:
        return seed_count(pair.gap.n, study)
    n, asked = pair.gap.n, len(study.blocks) * len(study.task.protocol.seeds)
    counted = f"{n} of {asked}" if n < asked else str(n)
    return f"{counted} pairs of runs on {pair.groups} data sets"


def seed_count(n: int, study: Study) -> str:
    """N seeds, or data sets, and of how many where some are missing."""
    if study.blocks:
        asked = len(study.blocks)
        return f"{n} of {asked} data sets" if n < asked else f"{n} data sets"
    asked = len(study.task.protocol.seeds)
    return f"{n} of {asked} seeds" if n < asked else f"{n} seed{'s' * (n != 1)}"


def scope(analysis: Analysis) -> Prose:
    """What the verdicts of a study speak of."""
    study = analysis.study
    names = {"data": "data draw", "initialisation": "initial weights", "batch_order": "batch order"}
    varied = ", ".join(names[stream] for stream in study.task.protocol.vary)
    over = f"over seeds (varying {varied})" if varied else "of one run (nothing varies)"
    data = ", these data sets"
    if study.task.is_of_commands:
        over, data = "over seeds (what varies is the seed that each command was given)", ""
    elif any(arm.command for arm in study.task.arms.values()):
        over = f"over seeds (varying {varied}; of commands, the seed that each was given)"
    if study.blocks:
        over, data = _both_scopes(analysis, over if varied else ""), ""
    what = "these commands" if study.task.is_of_commands else "this protocol"
    more = "".join(f"; {words}" for words in (items_words(analysis), looks_words(study)) if words)
    return (f"{over}, with {what}{data} and environment ", Code(study.environment), more)


def _both_scopes(analysis: Analysis, over: str) -> str:
    """What verdicts over several data sets speak of: of further seeds, or of further data sets."""
    means = f", each the mean {over}" if over else ""
    like = f"for data sets like these, of which these are {len(analysis.study.blocks)}{means}"
    if any(pair.scope == Scope.THESE for pair in analysis.both_scopes):
        seeds = f", {over}" * bool(over)
        return f"for these data sets{seeds}, each data set counting alike; and {like}"
    reason = "a data set has fewer than 2 seeds that both arms have"
    if analysis.study.sequential:
        reason = "seeds were added after a look, and its intervals do not hold over several looks"
    return f"{like}; not for these data sets by themselves, for {reason}"


def looks_words(study: Study) -> str:
    """How seeds were added to a sequential study, and what that means; empty for others."""
    if not study.sequential:
        return ""
    held = "judged as sequential: intervals and p hold over all looks"
    if study.betting_bounds(study.primary_metric):
        low, high = study.betting_bounds(study.primary_metric) or (0.0, 1.0)
        held += f", by betting on values from {low:g} to {high:g}"
    if study.top_up is None or study.top_up.until_decided:
        return f"seeds were added until a verdict was reached, {held}"
    seen, added = study.top_up.seen, study.top_up.added
    were = f"{study.top_up.unit} was" if added == 1 else f"{study.top_up.unit}s were"
    return f"{added} {were} added after a verdict on {seen} had been seen, {held}"
