"""A task's answer for somebody who has never seen the suite: who won, by how much, over what, and
how sure."""

from __future__ import annotations

from dataclasses import dataclass

from suite.analysis.comparison import Comparison
from suite.analysis.factorial import Effect
from suite.analysis.study import Study
from suite.analysis.summary import Findings
from suite.reports.costs import unequal_budgets
from suite.reports.labels import label
from suite.reports.rows import row_id
from suite.reports.tables import interval, value
from suite.reports.verdicts import probability
from suite.reports.web.reproduced import reported_values, reproduced
from suite.reports.wording import seeds
from suite.result import DeviceKind
from suite.stats import ALPHA, Gap, Interval
from suite.task.components import Metric

TONES = {"BETTER": "won", "EQUIVALENT": "equal"}  # all else is open


@dataclass(frozen=True)
class Answer:
    """What is said on two arms, or on an effect. `tone`: won, equal or open. `word`: the verdict
    whose meaning the page links."""

    headline: str
    tone: str
    word: str
    amount: str
    over: str
    sure: str
    id: str


@dataclass(frozen=True)
class Card:
    """A task's question and its answers under the primary metric; `means` of all arms where answers
    are on effects, which name none; `reproduced` and `reported` are on the reported numbers;
    `cautions` are what a fair reader must know."""

    title: str
    device: DeviceKind
    question: str
    metric: str
    answers: tuple[Answer, ...]
    means: str
    reproduced: str
    reported: tuple[str, ...]
    cautions: tuple[str, ...]


def card(found: Findings) -> Card:
    """The card of a study; without answers where nothing has a result yet."""
    study = found.study
    name, metric = study.primary_metric, study.task.metrics[study.primary_metric]
    answers = [_of_effect(study, one) for one in found.effects]
    if not answers:
        answers = [_of_pair(study, one) for one in found.comparisons if one.metric == name]
    cautions = [f"Unequal budgets: {text}." for text in unequal_budgets(study)]
    for arm in study.task.arms:
        lost = len(study.seeds_without_result(arm))
        cautions += [f"{arm}: {lost} of {len(study.results[arm])} runs have no result."] * bool(
            lost
        )
    said = label(name, metric).removesuffix(", %")
    better = f"{said} ({metric.direction} is better)"
    means = _means(study) if found.effects else ""
    return Card(
        study.task.name, study.device, study.task.question, better, tuple(answers), means,
        reproduced(found), reported_values(found), tuple(cautions),
    )  # fmt: skip


def _means(study: Study) -> str:
    """Every arm's mean, its interval and its seeds."""
    metric, said = study.task.metrics[study.primary_metric], []
    unit = "%" if metric.unit == "ratio" else ""
    for arm in study.task.arms:
        if (one := study.summary(arm, study.primary_metric)) is not None:
            around = f" {interval(one.interval, metric)}" if one.interval else ""
            said.append(f"{arm} {value(one.mean, metric)}{unit}{around} over {seeds(one.n, study)}")
    return "; ".join(said)


def _of_pair(study: Study, one: Comparison) -> Answer:
    metric, gap = study.task.metrics[one.metric], one.gap
    unit, points = ("%", " points") if metric.unit == "ratio" else ("", "")
    a, b = f"{value(gap.mean_a, metric)}{unit}", f"{value(gap.mean_b, metric)}{unit}"
    amount = f"{value(gap.mean, metric, signed=True)}{points} ({one.first} {a}, {one.second} {b})"
    identity = row_id(study, (one.first, one.second), one.metric)
    return Answer(
        _headline(one),
        TONES.get(one.word, "open"),
        one.word,
        amount,
        _over(gap, study),
        _sure(study, one),
        identity,
    )


def _headline(one: Comparison) -> str:
    if one.word == "BETTER":
        loser = one.second if one.winner == one.first else one.first
        return f"{one.winner} beats {loser}" + (
            ", by at least the margin that matters" if one.by_margin else ""
        )
    between = f"{one.first} and {one.second}"
    if one.word == "EQUIVALENT":
        return f"A tie: {between} are equivalent"
    if one.word == "UNDECIDED":
        more = f" (about {one.seeds_needed} seeds would decide)" if one.seeds_needed else ""
        return f"Undecided between {between}{more}"
    return f"No verdict on {between}: {one.word.lower()}"


def _over(gap: Gap, study: Study) -> str:
    names = {"data": "data", "initialisation": "initial weights", "batch_order": "batch order"}
    varied = " and ".join(
        ", ".join(names[stream] for stream in study.task.protocol.vary).rsplit(", ", 1)
    )
    return f"{seeds(gap.n, study)} on {study.device}, each with its own {varied}"


def _sure(study: Study, one: Comparison) -> str:
    """The interval, the test or the margin that the verdict rests on, and how many seeds agree."""
    metric, gap = study.task.metrics[one.metric], one.gap
    points = " points" if metric.unit == "ratio" else ""
    if one.word == "EQUIVALENT":
        margin = (
            f"within ±{value(metric.margin, metric)}{points}, which this task declares to be too"
            " small to matter"
        )
        around = f"95% interval {interval(gap.interval, metric, signed=True)}{points}; "
        why = (
            "equivalence is two one-sided tests at 5% each, and they are read off the 90% interval"
        )
        return (
            f"{around}the 90% interval {interval(gap.inner, metric, signed=True)} lies {margin}"
            f" ({why})"
        )
    if gap.interval is None:
        return "one seed: no interval"
    ahead = gap.wins if gap.mean > 0 else gap.n - gap.wins - gap.ties
    leader = one.first if gap.mean > 0 else one.second
    said = (
        f"95% interval {interval(gap.interval, metric, signed=True)}{points}; {leader} is higher"
        f" under {ahead} of {gap.n} seeds"
    )
    said += (
        ""
        if one.p is None
        else f"; {probability(one.p)}, corrected for all comparisons of the task"
    )
    return said + _beyond(gap.interval, metric)


def _beyond(around: Interval, metric: Metric) -> str:
    """Whether an interval of a difference lies beyond the margin, and what that is; empty where the
    task declares none."""
    if metric.margin is None:
        return ""
    points = " points" if metric.unit == "ratio" else ""
    margin = (
        f"the margin of {value(metric.margin, metric)}{points}, below which this task declares a"
        " difference too small to matter"
    )
    if around.lies_in(Interval(-metric.margin, metric.margin)):
        return f"; the whole interval lies within {margin}"
    beyond = 0 not in around and min(abs(around.low), abs(around.high)) >= metric.margin
    return (
        f"; the whole interval lies beyond {margin}"
        if beyond
        else f"; the interval reaches across {margin}"
    )


def _of_effect(study: Study, one: Effect) -> Answer:
    metric, gap = study.task.metrics[study.primary_metric], one.gap
    points = " points" if metric.unit == "ratio" else ""
    shown = (
        gap.interval is not None and 0 not in gap.interval and one.p is not None and one.p < ALPHA
    )
    sure = (
        f"95% interval {interval(gap.interval, metric, signed=True)}{points}"
        if gap.interval
        else "one seed: no interval"
    )
    sure += (
        "" if one.p is None else f"; {probability(one.p)}, corrected for all effects of the task"
    )
    sure += _beyond(gap.interval, metric) if gap.interval else ""
    identity = row_id(study, study.task.arms, "effect", one.name)
    return Answer(
        _effect_headline(one, shown, metric.direction == "higher"), "won" if shown else "open", "BETTER" if shown else "UNDECIDED",
        f"{value(gap.mean, metric, signed=True)}{points}{_levels(one, metric)}", _over(gap, study), sure, identity,
    )  # fmt: skip


def _levels(one: Effect, metric: Metric) -> str:
    """The means at both levels of a factor; empty for an interaction, which has no levels."""
    _, _, levels = one.name.partition(": ")
    if not levels:
        return ""
    (first, second), unit = levels.split(" - "), "%" if metric.unit == "ratio" else ""
    return (
        f" ({first} {value(one.gap.mean_a, metric)}{unit}, {second}"
        f" {value(one.gap.mean_b, metric)}{unit})"
    )


def _effect_headline(one: Effect, shown: bool, higher_wins: bool) -> str:
    factor, _, levels = one.name.partition(": ")
    if not levels:
        return f"{one.name}: " + (
            "each changes what the other does" if shown else "no interaction is shown"
        )
    first, second = levels.split(" - ")
    if not shown:
        return f"{factor}: no difference between {first} and {second} is shown"
    winner, loser = (first, second) if (one.gap.mean > 0) == higher_wins else (second, first)
    return f"{factor}: {winner} beats {loser}"
