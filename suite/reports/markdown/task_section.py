"""What RESULTS.md says of one task: question, results, figure, times, layers and assumptions."""

from __future__ import annotations

from suite.analysis.analyse import Analysis
from suite.analysis.repeat_words import agreement, disagreements
from suite.analysis.study import Study
from suite.reports.arms_table import arms_table
from suite.reports.costs import unequal_budgets
from suite.reports.headlines import answer, scope
from suite.reports.history_words import history_words, unjournaled_words
from suite.reports.markdown.syntax import details, escape, pipe_table
from suite.reports.model_tables import layers_table, memory_line, models_of_study
from suite.reports.notes import BUDGETS, EFFECTS, WITHIN
from suite.reports.numbers import format_mean_and_spread, metric_heading
from suite.reports.prose import markdown_text, plain_text
from suite.reports.protocol import protocol_words
from suite.reports.sweep_figure import sweep_figure, sweep_text
from suite.reports.timing_tables import ratios_table, times_table
from suite.reports.unforeseen import unforeseen_lines
from suite.reports.verdict_tables import (
    comparisons_table,
    effects_table,
    pairing_table,
    within_table,
)
from suite.result import cell_name
from suite.verification.checks import NO_WEIGHTS, has_no_weights

FAILURES_SHOWN = 30  # as many runs as most tasks have


def task_section(analysis: Analysis) -> list[str]:
    """The section of one task, line by line."""
    study = analysis.study
    return [
        *_heading(study),
        *_results(analysis),
        *_sweep(analysis.study),
        *_figure(analysis),
        *_times(study),
        *_failures(study),
        *_layers(study),
        *_protocol(study),
    ]


def figure_path(study: Study) -> str:
    """Where the figure lies, from RESULTS.md; `study`: over one data set."""
    of_block = f"@{study.block}" if study.block else ""  # no name of a task holds this sign
    return f"results/{study.task.name}-{study.device}{of_block}.svg"


def sweep_path(study: Study) -> str:
    """Where the picture of a sweep lies, from RESULTS.md."""
    return f"results/{study.task.name}-{study.device}.sweep.svg"


def alternative_text(analysis: Analysis) -> str:
    """What the verdict is, and where the learning curves end, for those who cannot see them."""
    return f"{plain_text(answer(analysis))} {_curves_text(analysis.study)}"


def _curves_text(study: Study) -> str:
    """Where the learning curves end."""
    metric = study.task.metrics[study.primary_metric]
    ends = "; ".join(
        f"{arm} ends at {format_mean_and_spread(summary, metric)}"
        for arm in study.task.arms
        if (summary := study.summary(arm, study.primary_metric))
    )
    label = metric_heading(study.primary_metric, metric)
    where = f" on {study.block}" if study.block else ""
    return f"Learning curves of {study.task.name}{where}, {label}: {ends}."


def _heading(study: Study) -> list[str]:
    task = study.task
    place = "measured elsewhere" if task.is_measured_elsewhere else study.device
    return [
        f"## {task.name}",
        "",
        escape(task.question),
        "",
        f"Source: {escape(task.source)}. Task version {task.version}, {place}.",
        "",
    ]


def _repeats(study: Study) -> list[str]:
    """What came of runs that were repeated; what did not repeat stands out."""
    same = [f"{escape(text)}." for text in agreement(study.task.arms, study.repeats)]
    others = [f"**Not repeatable**: {escape(text)}." for text in disagreements(study.repeats)]
    return [line for text in (*same, *others) for line in (text, "")]


def _results(analysis: Analysis) -> list[str]:
    """The tables of arms, verdicts and effects, and what limits them."""
    study = analysis.study
    lines = [pipe_table(arms_table(study)), "", pipe_table(comparisons_table(analysis)), ""]
    lines += [f"Verdicts {markdown_text(scope(analysis))}.", ""]
    if study.history:
        lines += [f"**History**: {escape(history_words(study))}.", ""]
    lines += _repeats(study)
    uncertified = [
        arm
        for arm, runs in study.results.items()
        if study.task.arms[arm].is_model and any(map(has_no_weights, runs))
    ]
    if uncertified:
        lines += [*(f"**Not certified**: {escape(arm)}: {NO_WEIGHTS}." for arm in uncertified), ""]
    unforeseen = [f"**Unforeseen**: {escape(line)}." for line in unforeseen_lines(study)]
    lines += [*unforeseen, ""] if unforeseen else []
    unequal = unequal_budgets(study)
    if unequal:
        lines += [BUDGETS, "", *(f"- {escape(text)}" for text in unequal), ""]
    if study.task.factors():
        lines += [EFFECTS, "", pipe_table(effects_table(analysis)), ""]
    lines += details(
        "Behind the verdicts",
        pipe_table(pairing_table(analysis)),
        *filter(None, [unjournaled_words(study)]),
    )
    within = within_table(analysis)
    return lines if within.is_empty else lines + details(WITHIN, pipe_table(within))


def _sweep(study: Study) -> list[str]:
    """The picture of a sweep; none where arms are no sweep, or it takes too many panels."""
    if sweep_figure(study) is None:
        return []
    image = f"![{escape(sweep_text(study))}]({sweep_path(study)})"
    return [image, "", "Mean of each arm with its 95% interval.", ""]


def _figure(analysis: Analysis) -> list[str]:
    """The learning curves; none of commands, which leave none."""
    if analysis.study.task.is_of_commands:
        return []
    reading = "Mean over seeds, band from the lowest to the highest seed"
    if not analysis.study.blocks:
        image = f"![{escape(alternative_text(analysis))}]({figure_path(analysis.study)})"
        return [image, "", f"{reading}; dotted: reported.", ""]
    lines = [f"Learning curves on each data set. {reading}.", ""]
    for part in analysis.study.each():
        image = f"![{escape(_curves_text(part))}]({figure_path(part)})"
        lines += [f"On {part.block}:", "", image, ""]
    return lines


def _times(study: Study) -> list[str]:
    if study.task.is_measured_elsewhere:
        return []
    is_of_commands = study.task.is_of_commands
    what = "Training time, without evaluation; ± is over jobs:"
    lines = ["Times of whole commands; ± is over runs:" if is_of_commands else what, ""]
    lines += [pipe_table(times_table(study)), ""]
    ratios = ratios_table(study)
    if not ratios.is_empty:
        lines += ["Ratios of times, paired by seed; the arms took turns:", ""]
        lines += [pipe_table(ratios), ""]
    return lines


def _failures(study: Study) -> list[str]:
    """A line for each run without a result, with its reason; of many, for the first."""
    failures = [
        f"- {cell_name(arm, part.block)}, seed {seed}: no result: {escape(reason)}"
        for arm in study.task.arms
        for part in study.each()
        for seed, reason in part.seeds_without_result(arm).items()
    ]
    if len(failures) > FAILURES_SHOWN:
        rest = f"- and {len(failures) - FAILURES_SHOWN:,} more: results/{study.task.name}.jsonl"
        failures = [*failures[:FAILURES_SHOWN], f"{rest} has each with its reason"]
    return [*failures, ""] if failures else []


def _layers(study: Study) -> list[str]:
    """The layers of every model, where a record has them."""
    lines: list[str] = []
    for names, model in models_of_study(study).items():
        summary = f"Layers of {names}: {model.total_parameters:,} parameters"
        lines += details(summary, pipe_table(layers_table(model)), memory_line(model))
    return lines


def _protocol(study: Study) -> list[str]:
    if study.task.is_measured_elsewhere:
        notes = [f"- {escape(text)}" for text in study.task.assumptions]
        return [*notes, "", f"Configurations, as logged: {escape(protocol_words(study))}", ""]
    assumptions = [f"- {escape(text)}" for text in study.task.assumptions]
    lines = ["Assumptions, where the source is silent:", "", *assumptions, ""]
    if study.task.is_of_commands and not assumptions:
        lines = []
    name = "Commands" if study.task.is_of_commands else "Protocol"
    return [*lines, f"{name}: {escape(protocol_words(study))}", ""]
