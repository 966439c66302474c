"""A task's answer for somebody who has never seen the suite.

It says who won, by how much, over what, and how sure that is.
"""

from __future__ import annotations

from dataclasses import dataclass

from suite.analysis.analyse import Analysis
from suite.analysis.repeat_words import agreement, disagreements
from suite.analysis.study import Study
from suite.reports.costs import unequal_budgets
from suite.reports.history_words import history_words
from suite.reports.numbers import format_interval, format_value, metric_name, percent_sign
from suite.reports.prose import Prose
from suite.reports.star_words import centre_of
from suite.reports.unforeseen import unforeseen_lines
from suite.reports.web.answers import Answer, effect_answer, pair_answer, star_answer
from suite.reports.web.claim_answers import claim_answers
from suite.reports.web.reported import answers_by_kind, reported_values
from suite.reports.wording import looks_words, seed_count
from suite.result import DeviceKind


@dataclass(frozen=True)
class Card:
    """A task's question and its answers under the primary metric.

    `means`: of all arms, where answers are on effects, which name no arms. `claims` and
    `reported` are on the reported numbers. `cautions` are what a fair reader must know.
    """

    title: str
    device: DeviceKind
    question: str
    metric: str
    answers: tuple[Answer, ...]
    means: str
    claims: Prose
    reported: tuple[str, ...]
    cautions: tuple[str, ...]


def make_card(analysis: Analysis) -> Card:
    """The card of a study; without answers where nothing has a result yet."""
    study = analysis.study
    metric = study.task.metrics[study.primary_metric]
    answers = [effect_answer(study, effect) for effect in analysis.effects]
    if not answers:
        answers = _pair_answers(analysis)
    if answers:
        answers += claim_answers(analysis)
    return Card(
        title=study.task.name,
        device=study.device,
        question=study.task.question,
        metric=f"{metric_name(study.primary_metric)} ({metric.direction} is better)",
        answers=tuple(answers),
        means=_means(study) if analysis.effects else "",
        claims=answers_by_kind(analysis),
        reported=reported_values(analysis),
        cautions=tuple(_cautions(study)),
    )


def _pair_answers(analysis: Analysis) -> list[Answer]:
    """An answer a pair; one for all where many have an arm in common."""
    study = analysis.study
    pairs = [pair for pair in analysis.both_scopes if pair.is_primary]
    centre = centre_of(pairs)
    if centre is not None:
        return [star_answer(study, pairs, centre)]
    return [pair_answer(study, pair) for pair in pairs]


def _means(study: Study) -> str:
    """Every arm's mean, its interval and its seeds."""
    metric, means = study.task.metrics[study.primary_metric], []
    for arm in study.task.arms:
        summary = study.summary(arm, study.primary_metric)
        if summary is not None:
            mean = f"{format_value(summary.mean, metric)}{percent_sign(metric)}"
            interval = f" {format_interval(summary.interval, metric)}" if summary.interval else ""
            means.append(f"{arm} {mean}{interval} over {seed_count(summary.n, study)}")
    return "; ".join(means)


def _cautions(study: Study) -> list[str]:
    """Unequal budgets, unforeseen files, repeats, what happened after a look, and lost runs."""
    cautions = [f"Unequal budgets: {text}." for text in unequal_budgets(study)]
    cautions += [f"Unforeseen: {line}." for line in unforeseen_lines(study)]
    cautions += [f"Not repeatable: {text}." for text in disagreements(study.repeats)]
    cautions += [f"{text}." for text in agreement(study.task.arms, study.repeats)]
    if looks := looks_words(study):
        cautions.append(f"{looks[0].upper()}{looks[1:]}.")
    if happened := history_words(study):
        cautions.append(f"{happened[0].upper()}{happened[1:]}.")
    for arm in study.task.arms:
        lost = study.runs_without_result(arm)
        if lost:
            cautions.append(f"{arm}: {lost} of {len(study.results[arm])} runs have no result.")
    return cautions
