"""RESULTS.md: a pure function of stored results. The same records give the same bytes."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from suite.analysis.study import Study
from suite.analysis.summary import Findings
from suite.reports import tables, verdicts
from suite.reports import wording as words
from suite.reports.arms import arms_table
from suite.reports.costs import unequal_budgets
from suite.reports.labels import label
from suite.verification.certificate import NO_WEIGHTS, has_no_weights

HEADER = """# Results

<!-- Written by `suite report` from stored records. Do not edit: `make bench` writes it again. -->
"""
READING = """± is the standard deviation over seeds; every seed draws its data, its initial weights and its batch order anew, so the
spread is over all three. Intervals are 95% t intervals of a mean. Differences are paired by seed: both arms of a pair saw
the same data in the same order. Verdicts speak of seeds, with this protocol, these data sets and this environment, and of nothing else."""

CLAIMS = """What the sources reported, from single runs, beside what was measured here. A reported number carries the sampling error
of its own test set, whatever happened in training: its own evidence is the 95% interval and p of the reported difference for
that alone. The percentile is the share of single runs that are expected to fall below the reported one."""

DIFFERENCES = """Differences of protocol that are known: the assumptions below each task, which the sources leave unsaid; the data draw; the
versions under Environment; and the number of runs."""

COSTS = """A GFLOP is 10^9 floating-point operations of the matrix products and convolutions of all of one seed's training steps, forward
and backward, as torch counts them: 2 for a multiplication with its addition. Ratios of times are without evaluation, of arms that took turns."""

BUDGETS = (
    "**Unequal budgets**: a difference may come from what one arm is granted and the other is not."
)

EFFECTS = """Main effects, each the mean over the arms with one level less the mean over those with the other, and their
interaction: how much larger the second factor's effect is at the first level of the first than at its second."""


def render(
    findings: Sequence[Findings],
    environments: Mapping[str, Mapping[str, str]],
    timings: Mapping[str, Any],
) -> str:
    """The whole page. Figures are referred to as `figure_path(study)`, beside it."""
    studies = [one.study for one in findings]
    parts = [HEADER, *(finding(one) for one in findings), "", READING, "", COSTS, ""]
    parts += [
        "## Reported and measured",
        "",
        CLAIMS,
        "",
        table(verdicts.claims_table(findings)),
        "",
    ]
    parts += [table(verdicts.evidence_table(findings)), "", DIFFERENCES, ""]
    quoted = [
        f"- {one.task.name}: {escape(claim.source)}"
        for one in studies
        for claim in one.task.claims
        if claim.source
    ]
    parts += ["In the sources' words:", "", *dict.fromkeys(quoted), ""] if quoted else []
    for one in findings:
        parts += section(one)
    parts += timing_section(timings)
    parts += environment_section(studies, environments)
    parts += ["", "## Words", ""]
    for word, meaning in words.MEANINGS.items():
        parts += [f"#### {word}", "", meaning, ""]
    return "\n".join(parts).rstrip() + "\n"


def finding(found: Findings) -> str:
    """A bullet: the task's question and its answer."""
    budgets = "; ".join(unequal_budgets(found.study))
    said = f" Budgets are unequal: {escape(budgets)}." if budgets else ""
    return (
        f"- **{escape(found.study.task.question)}** ({found.study.task.name})"
        f" {words.answer(found)}{said}"
    )


def section(found: Findings) -> list[str]:
    """One task: its question, results, figure, parameters, times and assumptions."""
    study, task = found.study, found.study.task
    parts = [
        f"## {task.name}",
        "",
        escape(task.question),
        "",
        f"Source: {escape(task.source)}. Task version {task.version}, {study.device}.",
        "",
    ]
    parts += [table(arms_table(study)), "", table(verdicts.comparisons_table(found)), ""]
    parts += [f"Verdicts {words.scope(study)}.", ""]
    parts += [f"**Not certified**: {escape(arm)}: {NO_WEIGHTS}." for arm in uncertified(study)] + [
        ""
    ] * bool(uncertified(study))
    unequal = unequal_budgets(study)
    parts += [BUDGETS, "", *(f"- {escape(text)}" for text in unequal), ""] if unequal else []
    if task.factors():
        parts += [EFFECTS, "", table(verdicts.effects_table(found)), ""]
    parts += [
        "<details><summary>Behind the verdicts</summary>",
        "",
        table(verdicts.pairing_table(found)),
        "",
        "</details>",
        "",
    ]
    parts += [f"![{escape(alternative_text(found))}]({figure_path(study)})", ""]
    parts += ["Mean over seeds, band from the lowest to the highest seed; dotted: reported.", ""]
    parts += [
        "Training time, without evaluation; ± is over jobs:",
        "",
        table(tables.times_table(study)),
        "",
    ]
    ratios = tables.ratios_table(study)
    parts += (
        ["Ratios of times, paired by seed; the arms took turns:", "", table(ratios), ""]
        if len(ratios)
        else []
    )
    failures = [(arm, *one) for arm in task.arms for one in study.seeds_without_result(arm).items()]
    if failures:
        parts += [
            *(
                f"- {arm}, seed {seed}: no result: {escape(reason)}"
                for arm, seed, reason in failures
            ),
            "",
        ]
    for arm in task.arms:
        model = next((result.model for result in study.results[arm] if result.model), None)
        if model:
            parts += [
                (
                    f"<details><summary>Layers of {arm}: {model.total_parameters:,}"
                    " parameters</summary>"
                ),
                "",
            ]
            parts += [
                table(tables.layers_table(model)),
                "",
                tables.memory_line(model),
                "",
                "</details>",
                "",
            ]
    parts += [
        "Assumptions, where the source is silent:",
        "",
        *(f"- {escape(text)}" for text in task.assumptions),
        "",
    ]
    return [*parts, f"Protocol: {escape(protocol_words(study))}", ""]


def uncertified(study: Study) -> list[str]:
    """The arms that have a run whose weights nobody can certify."""
    return [
        arm for arm, results in study.results.items() if any(has_no_weights(one) for one in results)
    ]


def alternative_text(found: Findings) -> str:
    """What was found, and where the learning curves end, for those who cannot see them."""
    study = found.study
    metric = study.task.metrics[study.primary_metric]
    ends = [
        f"{arm} ends at {tables.mean_and_spread(summary, metric)}"
        for arm in study.task.arms
        if (summary := study.summary(arm, study.primary_metric))
    ]
    curves = (
        f"Learning curves of {study.task.name}, {label(study.primary_metric, metric)}:"
        f" {'; '.join(ends)}."
    )
    return f"{words.plain(words.answer(found))} {curves}"


def protocol_words(study: Study) -> str:
    """The protocol in words, with what an arm does otherwise."""
    task, shared = study.task, study.task.protocol
    said = (
        f"{shared.epochs} epochs, batches of {shared.batch_size},"
        f" {words.optimizer_words(shared.optimizer)}"
    )
    said += f", {shared.threads} CPU thread{'s' * (shared.threads != 1)} a run"
    if shared.numerics == "portable":
        said += ", portable numerics"
    if shared.schedule:
        said += f", {words.schedule_words(shared.schedule)}"
    if shared.loss:
        said += f", loss {words.loss_words(shared.loss)}"
    if shared.shared_initialisation:
        said += ", the same initial weights in all arms"
    for name, arm in task.arms.items():
        own = [f"model {arm.model}"] + [f"{key} = {text}" for key, text in arm.arguments.items()]
        own += [f"{arm.epochs} epochs"] * (arm.epochs is not None) + [
            f"batches of {arm.batch_size}"
        ] * (arm.batch_size is not None)
        own += [words.optimizer_words(arm.optimizer)] if arm.optimizer else []
        own += [words.schedule_words(arm.schedule)] if arm.schedule else []
        own += [f"loss {words.loss_words(arm.loss)}"] if arm.loss else []
        own += [f"trained by {arm.train}"] if arm.train else []
        own += ["trained by the hand-written framework"] if arm.trainer == "manual" else []
        said += f"; {name}: {', '.join(own)}"
    return said + "."


def timing_section(timings: Mapping[str, Any]) -> list[str]:
    """Micro-timings, if there are any."""
    if not timings:
        return []
    parts = [
        "## Timings",
        "",
        (
            "One training step at the task's batch size, and inference of 1 and of 1,000 items; the"
            " task's number of threads."
        ),
        "",
    ]
    for name, document in timings.items():
        parts += [f"Environment {name}:", "", table(tables.timings_table(document)), ""]
    return parts


def environment_section(
    studies: Sequence[Study], environments: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """What produced the records, and how to make them again."""
    parts = [
        "## Environment",
        "",
        "Equal environment, equal key: equal bits. Other environments are not pooled with these.",
        "",
    ]
    for name in sorted({study.environment for study in studies}):
        rows = [
            {"field": field, "value": escape(text)}
            for field, text in sorted(environments.get(name, {}).items())
        ]
        parts += [f"Environment `{name}`:", "", table(pd.DataFrame(rows)), ""]
    made_by = sorted(
        {
            tuple(sorted(r.made_by.items()))
            for s in studies
            for results in s.results.values()
            for r in results
        }
    )
    parts += [
        "Made by "
        + "; ".join(", ".join(f"{key} {text}" for key, text in one) for one in made_by)
        + ".",
        "",
    ]
    runs = [result for study in studies for results in study.results.values() for result in results]
    seeds = sorted({result.seed for result in runs})
    command = (
        f"suite run --seeds {ranges(seeds)} && suite report"
        if seeds
        else "suite run && suite report"
    )
    return [
        *parts,
        "## Run it again",
        "",
        "```console",
        "$ make bench",
        "```",
        "",
        f"or, in an environment with the suite installed, `{command}`.",
    ]


def ranges(seeds: Sequence[int]) -> str:
    """Sorted seeds as "0-4,7"."""
    parts: list[list[int]] = []
    for seed in seeds:
        if parts and parts[-1][1] == seed - 1:
            parts[-1][1] = seed
        else:
            parts.append([seed, seed])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in parts)


def figure_path(study: Study) -> str:
    """Where the figure lies, from RESULTS.md."""
    return f"results/{study.task.name}-{study.device}.svg"


def table(frame: pd.DataFrame) -> str:
    """A pipe table; cells are text already."""
    if frame.empty:
        return "Nothing measured yet."
    cells = frame.map(lambda text: str(text).replace("|", "\\|"))
    return str(cells.to_markdown(index=False, disable_numparse=True))


def escape(text: str) -> str:
    """Text of a task file or an error, safe in one line of markdown."""
    flat = re.sub(r"\s+", " ", "".join(c for c in text if c.isprintable() or c.isspace()))
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", html.escape(flat.strip(), quote=False))
