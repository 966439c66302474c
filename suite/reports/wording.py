"""Verdicts as people read them: the words, what each means, and one sentence a task."""

from __future__ import annotations

import re
from collections.abc import Mapping

from suite.analysis.claims import Adjudication
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.analysis.summary import Findings
from suite.reports.labels import label
from suite.reports.tables import interval, value
from suite.stats import FEWEST_SEEDS
from suite.task.components import Optimizer, Schedule, Term

MEANINGS = {
    "BETTER": (
        "The 95% interval of the difference excludes 0 and the sign-flip test, corrected for all"
        " comparisons of the task (Holm), is below 5%. “By at least the margin” where the whole"
        " interval lies beyond the difference that matters."
    ),
    "EQUIVALENT": (
        "The 90% interval of the difference lies within the margin: whichever is ahead, it is by"
        " less than what matters. This is shown, not assumed: two one-sided tests at 5% each."
    ),
    "UNDECIDED": (
        "Neither is shown. The number of seeds is what would find the observed difference 80% of"
        " the time, if it is the true one. Undecided does not mean equal."
    ),
    "TOO FEW SEEDS": (
        f"No verdict below {FEWEST_SEEDS} seeds: with 5, even five wins of five have a p of 6%."
    ),
    "TOO MANY FAILURES": (
        "No verdict: more runs of an arm failed or diverged than the task allows, and those left"
        " may be a lucky choice."
    ),
    "CONFIRMED": (
        "An ordering: the difference has the reported sign. Two values: the reported difference"
        " also lies in the 95% interval of the measured one. One value: it lies where a single run"
        " falls 95% of the time. A count: it is the same."
    ),
    "DIRECTION CONFIRMED, SIZE ATYPICAL": (
        "The difference has the reported sign. The reported size is not the mean's, but two single"
        " runs can differ by as much."
    ),
    "NOT REPRODUCED": (
        "The reported number lies outside of what even single runs give here 95% of the time."
    ),
    "CONTRADICTED": "The difference is there, with the other sign; or a count is another.",
    "INCONCLUSIVE": (
        "The interval of the measured difference holds 0: these seeds do not show the reported"
        " direction, nor the other."
    ),
}


def linked(word: str, shown: str | None = None) -> str:
    """The word, as a link to its meaning on the same page."""
    return f"[{shown or word}](#{re.sub(r'[^a-z -]', '', word.lower()).replace(' ', '-')})"


def verdict(comparison: Comparison) -> str:
    """A pair's verdict in a few words, linked to its meaning."""
    return linked(comparison.word, phrase(comparison))


def phrase(comparison: Comparison, *, unit: str = "seeds") -> str:
    """A pair's verdict in a few words. `unit`: what there are more of, to decide."""
    if comparison.word == "BETTER":
        return f"{comparison.winner} IS BETTER" + (
            ", by at least the margin" if comparison.by_margin else ""
        )
    if comparison.word == "UNDECIDED" and comparison.seeds_needed:
        return f"UNDECIDED, {comparison.seeds_needed} {unit} needed"
    return comparison.word


def answer(found: Findings) -> str:
    """One sentence on what was found for the task's question, under its primary metric."""
    study = found.study
    metric = study.task.metrics[study.primary_metric]
    unit, points = ("%", " points") if metric.unit == "ratio" else ("", "")
    name = label(study.primary_metric, metric).removesuffix(", %")
    said = [
        f"{one.name} {value(one.gap.mean, metric, signed=True)}{points}"
        f" {interval(one.gap.interval, metric, signed=True)}"
        for one in found.effects
    ]
    if said:
        n = seeds(found.effects[0].gap.n, study)
        return f"In {name}, on {study.device}, over {n}, with 95% intervals: {'; '.join(said)}."
    for one in (one for one in found.comparisons if one.metric == study.primary_metric):
        a, b = value(one.gap.mean_a, metric), value(one.gap.mean_b, metric)
        between = (
            f", 95% interval {interval(one.gap.interval, metric, signed=True)}"
            if one.gap.interval
            else ""
        )
        said.append(
            f"{verdict(one)}: {one.first} {a}{unit}, {one.second} {b}{unit}, a difference of"
            f" {value(one.gap.mean, metric, signed=True)}{points}{between} over"
            f" {seeds(one.gap.n, study)}"
        )
    return f"In {name}, on {study.device}: {'; '.join(said)}." if said else "No result yet."


def plain(text: str) -> str:
    """The text without its links."""
    return re.sub(r"\[([^]]*)\]\(#[^)]*\)", r"\1", text)


def seeds(n: int, study: Study) -> str:
    """n seeds, and of how many where some are missing."""
    asked = len(study.task.protocol.seeds)
    return f"{n} of {asked} seeds" if n < asked else f"{n} seed{'s' * (n != 1)}"


def scope(study: Study) -> str:
    """What the verdicts of a study speak of."""
    names = {"data": "data draw", "initialisation": "initial weights", "batch_order": "batch order"}
    varied = ", ".join(names[stream] for stream in study.task.protocol.vary)
    looks = (
        "; seeds were added until a verdict was reached, and intervals and p hold over all looks"
        * study.sequential
    )
    return (
        f"over seeds (varying {varied}), with this protocol, these data sets and environment"
        f" `{study.environment}`{looks}"
    )


def optimizer_words(optimizer: Optimizer) -> str:
    """Name, learning rate, and what else is not 0, or not as torch has it."""
    said = f"{optimizer.name} with learning rate {optimizer.lr:g}"
    said += f", momentum {optimizer.momentum:g}" if optimizer.momentum else ""
    said += f", weight decay {optimizer.weight_decay:g}" if optimizer.weight_decay else ""
    return said + argument_words(optimizer.arguments or {})


def schedule_words(schedule: Schedule | None) -> str:
    """Name, arguments, and how often it steps."""
    if schedule is None:
        return "no schedule"
    return f"schedule {schedule.name} every {schedule.every}{argument_words(schedule.arguments)}"


def loss_words(loss: Mapping[str, float | Term]) -> str:
    """Its terms with their weights."""
    terms = {
        name: one if isinstance(one, Term) else Term(name=name, factor=one)
        for name, one in loss.items()
    }
    return " + ".join(
        ("" if one.factor == 1 else f"{one.factor:g} ")
        + one.name.replace("_", " ")
        + (f" of {name}" if name != one.name else "")
        + argument_words(one.arguments)
        for name, one in terms.items()
    )


def argument_words(arguments: Mapping[str, object]) -> str:
    """Arguments behind a name, each with a comma before it."""
    return "".join(f", {name} = {value}" for name, value in arguments.items())


def in_words(one: Adjudication) -> str:
    """What was claimed, in words."""
    if one.better is None:
        return one.values[0].arm
    return f"{one.better} better than {one.worse}"
