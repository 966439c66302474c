"""The sentences that open a task: its answer, and what the answer is said of."""

from __future__ import annotations

import shlex

from suite.analysis.adjudications import ClaimedOrder, ClaimedTarget
from suite.analysis.analyse import Analysis
from suite.analysis.compare_study import OPEN
from suite.analysis.comparison import Comparison
from suite.analysis.factorial import Effect
from suite.analysis.study import Study
from suite.analysis.words import Scope
from suite.reports.claim_wording import count_words, target_words
from suite.reports.item_words import items_words
from suite.reports.numbers import (
    format_interval,
    format_value,
    metric_name,
    percent_sign,
    points,
)
from suite.reports.prose import Code, Piece, Prose, join
from suite.reports.star_words import centre_of, chosen_words, star_words
from suite.reports.wording import (
    NO_VERDICT,
    looks_words,
    pair_count,
    seed_count,
    verdict_link,
    why_open,
)
from suite.task.components import Metric

MOST_ADVISED = 1_000  # seeds that anyone would run


def answer(analysis: Analysis) -> Prose:
    """One sentence on what the study says to the task's question, under its primary metric."""
    study = analysis.study
    metric = study.task.metrics[study.primary_metric]
    where = f"In {metric_name(study.primary_metric)}, {study.where}"
    if analysis.effects:
        n = seed_count(analysis.effects[0].gap.n, study)
        effects = "; ".join(_effect_words(effect, metric) for effect in analysis.effects)
        return f"{where}, over {n}, with 95% intervals: {effects}."
    pairs = _pairs_words(analysis, metric)
    if not pairs:
        return "No result yet."
    if analysis.primary_comparisons[0].scope != Scope.ONE:
        where += f", for {analysis.primary_comparisons[0].scope}"
    said = join("; ", [*_targets(analysis), *pairs, *_counts(analysis)])
    return (f"{where}: ", *said, ".", *_beside(analysis, metric), *_next_command(analysis))


def _pairs_words(analysis: Analysis, metric: Metric) -> list[Prose]:
    """Each pair's verdict; where many have an arm in common, what is said of that."""
    study, pairs = analysis.study, analysis.primary_comparisons
    centre = centre_of(pairs)
    if centre is not None:
        over = sorted({pair.gap.n for pair in pairs})
        n = f"{over[0]} to {over[-1]} seeds" if len(over) > 1 else seed_count(over[0], study)
        return [join("; ", [star_words(study, pairs, centre, metric), f"over {n}"])]
    return [_pair_words(study, pair, metric) for pair in pairs]


def _beside(analysis: Analysis, metric: Metric) -> tuple[Piece, ...]:
    """What the other scope says under the primary metric; empty where it is not judged."""
    pairs = [pair for pair in analysis.beside if pair.is_primary]
    if not pairs:
        return ()
    shown = [_short_words(pair, metric) for pair in pairs]
    return (f" For {pairs[0].scope}: ", *join("; ", shown), ".")


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
    more = shlex.join(more_seeds(analysis, max(needed)))
    command = f"suite run {analysis.study.task.name} {more}"
    if by_betting(analysis):
        command += " --sequence betting"
    return (" To decide it: ", Code(command), ".")


def by_betting(analysis: Analysis) -> bool:
    """Whether the verdicts on the primary metric are by betting."""
    return any(pair.sequence == "betting" for pair in analysis.primary_comparisons)


def more_seeds(analysis: Analysis, needed: int) -> list[str]:
    """The options that run so many seeds in all. Bets need to be placed seed by seed."""
    if by_betting(analysis):
        return ["--until", "decided", "--max-seeds", str(needed)]
    return ["--seeds", f"0-{needed - 1}"]


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


def scope(analysis: Analysis) -> Prose:
    """What the verdicts of a study speak of."""
    study = analysis.study
    said = (chosen_words(study), items_words(analysis), looks_words(study))
    more = "".join(f"; {words}" for words in said if words)
    if study.task.is_measured_elsewhere:
        return (f"over the seeds that the logs name, of runs measured elsewhere{more}",)
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
