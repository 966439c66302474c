"""Verdicts as people read them: the words, what each means, and one sentence a task."""

from __future__ import annotations

from collections.abc import Mapping

from suite.analysis.adjudications import ClaimedOrder, ClaimedTarget
from suite.analysis.analyse import Analysis
from suite.analysis.comparison import Comparison
from suite.analysis.factorial import Effect
from suite.analysis.study import Study
from suite.analysis.words import Verdict
from suite.reports.claim_wording import CLAIM_MEANINGS, count_words, target_words
from suite.reports.numbers import (
    format_interval,
    format_value,
    metric_name,
    percent_sign,
    points,
)
from suite.reports.prose import Code, Link, Prose, anchor_of, join
from suite.stats import FEWEST_SEEDS
from suite.task.components import Metric

MEANINGS: Mapping[str, str] = {
    Verdict.BETTER: (
        "The 95% interval of the difference excludes 0 and the sign-flip test, corrected for all"
        " comparisons of the task (Holm), is below 5%. “By at least the margin” where the whole"
        " interval lies beyond the difference that matters."
    ),
    Verdict.EQUIVALENT: (
        "The 90% interval of the difference lies within the margin: whichever is ahead, it is by"
        " less than what matters. This is shown, not assumed: two one-sided tests at 5% each."
    ),
    Verdict.UNDECIDED: (
        "Neither is shown. The number of seeds is what would find the observed difference 80% of"
        " the time, if it is the true one. Undecided does not mean equal."
    ),
    Verdict.TOO_FEW_SEEDS: (
        f"No verdict below {FEWEST_SEEDS} seeds: with 5, even five wins of five have a p of 6%."
    ),
    Verdict.TOO_MANY_FAILURES: (
        "No verdict: more runs of an arm failed or diverged than the task allows, and those left"
        " may be a lucky choice."
    ),
    **CLAIM_MEANINGS,
}


def verdict_link(comparison: Comparison) -> Link:
    """A pair's verdict in a few words, linked to its meaning."""
    return Link(phrase(comparison), anchor_of(comparison.verdict))


def phrase(comparison: Comparison, *, unit: str = "seeds") -> str:
    """A pair's verdict in a few words. `unit`: what there are more of, to decide."""
    if comparison.verdict == Verdict.BETTER:
        margin = ", by at least the margin" if comparison.by_margin else ""
        return f"{comparison.winner} IS BETTER{margin}"
    if comparison.verdict == Verdict.UNDECIDED and comparison.seeds_needed:
        return f"UNDECIDED, {comparison.seeds_needed} {unit} needed"
    return str(comparison.verdict)


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
    return (f"{where}: ", *join("; ", [*_targets(analysis), *pairs, *_counts(analysis)]), ".")


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
    return (
        verdict_link(pair),
        f": {pair.first} {a}{unit}, {pair.second} {b}{unit}, a difference of"
        f" {difference}{interval} over {seed_count(gap.n, study)}",
    )


def seed_count(n: int, study: Study) -> str:
    """N seeds, and of how many where some are missing."""
    asked = len(study.task.protocol.seeds)
    return f"{n} of {asked} seeds" if n < asked else f"{n} seed{'s' * (n != 1)}"


def scope(study: Study) -> Prose:
    """What the verdicts of a study speak of."""
    names = {"data": "data draw", "initialisation": "initial weights", "batch_order": "batch order"}
    varied = ", ".join(names[stream] for stream in study.task.protocol.vary)
    looks = (
        "; seeds were added until a verdict was reached, and intervals and p hold over all looks"
        * study.sequential
    )
    return (
        f"over seeds (varying {varied}), with this protocol, these data sets and environment ",
        Code(study.environment),
        looks,
    )
