"""What RESULTS.md says of one task: question, results, figure, times, layers and assumptions."""

from __future__ import annotations

from suite.analysis.analyse import Analysis
from suite.analysis.study import Study
from suite.reports.arms_table import arms_table
from suite.reports.costs import unequal_budgets
from suite.reports.markdown.syntax import details, escape, pipe_table
from suite.reports.model_tables import layers_table, memory_line
from suite.reports.notes import BUDGETS, EFFECTS
from suite.reports.numbers import format_mean_and_spread, metric_heading
from suite.reports.prose import markdown_text, plain_text
from suite.reports.protocol import protocol_words
from suite.reports.timing_tables import ratios_table, times_table
from suite.reports.verdict_tables import comparisons_table, effects_table, pairing_table
from suite.reports.wording import answer, scope
from suite.verification.certificate import NO_WEIGHTS, has_no_weights


def task_section(analysis: Analysis) -> list[str]:
    """The section of one task, line by line."""
    study = analysis.study
    return [
        *_heading(study),
        *_results(analysis),
        *_figure(analysis),
        *_times(study),
        *_failures(study),
        *_layers(study),
        *_protocol(study),
    ]


def figure_path(study: Study) -> str:
    """Where the figure lies, from RESULTS.md."""
    return f"results/{study.task.name}-{study.device}.svg"


def alternative_text(analysis: Analysis) -> str:
    """What the verdict is, and where the learning curves end, for those who cannot see them."""
    study = analysis.study
    metric = study.task.metrics[study.primary_metric]
    ends = "; ".join(
        f"{arm} ends at {format_mean_and_spread(summary, metric)}"
        for arm in study.task.arms
        if (summary := study.summary(arm, study.primary_metric))
    )
    label = metric_heading(study.primary_metric, metric)
    curves = f"Learning curves of {study.task.name}, {label}: {ends}."
    return f"{plain_text(answer(analysis))} {curves}"


def _heading(study: Study) -> list[str]:
    task = study.task
    return [
        f"## {task.name}",
        "",
        escape(task.question),
        "",
        f"Source: {escape(task.source)}. Task version {task.version}, {study.device}.",
        "",
    ]


def _results(analysis: Analysis) -> list[str]:
    """The tables of arms, verdicts and effects, and what limits them."""
    study = analysis.study
    lines = [pipe_table(arms_table(study)), "", pipe_table(comparisons_table(analysis)), ""]
    lines += [f"Verdicts {markdown_text(scope(study))}.", ""]
    uncertified = [arm for arm, runs in study.results.items() if any(map(has_no_weights, runs))]
    if uncertified:
        lines += [*(f"**Not certified**: {escape(arm)}: {NO_WEIGHTS}." for arm in uncertified), ""]
    unequal = unequal_budgets(study)
    if unequal:
        lines += [BUDGETS, "", *(f"- {escape(text)}" for text in unequal), ""]
    if study.task.factors():
        lines += [EFFECTS, "", pipe_table(effects_table(analysis)), ""]
    return [*lines, *details("Behind the verdicts", pipe_table(pairing_table(analysis)))]


def _figure(analysis: Analysis) -> list[str]:
    return [
        f"![{escape(alternative_text(analysis))}]({figure_path(analysis.study)})",
        "",
        "Mean over seeds, band from the lowest to the highest seed; dotted: reported.",
        "",
    ]


def _times(study: Study) -> list[str]:
    lines = ["Training time, without evaluation; ± is over jobs:", ""]
    lines += [pipe_table(times_table(study)), ""]
    ratios = ratios_table(study)
    if not ratios.is_empty:
        lines += ["Ratios of times, paired by seed; the arms took turns:", ""]
        lines += [pipe_table(ratios), ""]
    return lines


def _failures(study: Study) -> list[str]:
    """A line for each run without a result, with its reason."""
    failures = [
        f"- {arm}, seed {seed}: no result: {escape(reason)}"
        for arm in study.task.arms
        for seed, reason in study.seeds_without_result(arm).items()
    ]
    return [*failures, ""] if failures else []


def _layers(study: Study) -> list[str]:
    """The layers of every arm's model, where a record has them."""
    lines: list[str] = []
    for arm in study.task.arms:
        model = next((run.model for run in study.results[arm] if run.model), None)
        if model:
            summary = f"Layers of {arm}: {model.total_parameters:,} parameters"
            lines += details(summary, pipe_table(layers_table(model)), memory_line(model))
    return lines


def _protocol(study: Study) -> list[str]:
    assumptions = (f"- {escape(text)}" for text in study.task.assumptions)
    lines = ["Assumptions, where the source is silent:", "", *assumptions, ""]
    return [*lines, f"Protocol: {escape(protocol_words(study))}", ""]
