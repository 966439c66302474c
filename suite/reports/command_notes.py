"""What a comparison of commands says beside its verdicts: notes, where numbers were read, JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from suite.analysis.analyse import Analysis
from suite.analysis.comparison import Comparison
from suite.analysis.item_verdicts import ItemVerdicts
from suite.analysis.repeat_words import disagreements
from suite.analysis.study import Study
from suite.analysis.words import Verdict
from suite.errors import visible
from suite.reports.comparison_text import JSON_VERSION, comparison_fields
from suite.reports.wording import count_of
from suite.task.commands import MetricSource

SHARES = {"%": "; percent signs are read as shares", "/": "; fractions are read as shares"}
ITEMS_FROM = "the items are read from predictions.csv of each run"


def answer_fields(
    analysis: Analysis, items: ItemVerdicts, more_notes: Sequence[str]
) -> list[dict[str, object]]:
    """What JSON says: an object for each pair under each metric, then for each pair over items.

    `notes` are of the whole call, and the same in each.
    """
    study, sources = analysis.study, read_from(analysis.study)
    said = [*notes(study, analysis.primary_comparisons), *more_notes, *items.notes]
    return [
        {
            "version": JSON_VERSION,
            **comparison_fields(pair),
            "read_from": sources.get(pair.metric) if pair.unit == "seed" else ITEMS_FROM,
            "notes": said,
        }
        for pair in (*analysis.comparisons, *items.comparisons)
    ]


def read_from(study: Study) -> dict[str, str]:
    """From where the numbers of each metric were read, with the last one as an example."""
    sources = {}
    for metric, declared in study.task.metrics.items():
        readings = [
            run.readings[metric]
            for runs in study.results.values()
            for run in runs
            if metric in run.readings
        ]
        if readings:
            source = declared.source or MetricSource()
            where = f"{metric} is read from {_place(source)}, e.g. `{visible(readings[-1].where)}`"
            sources[metric] = where + SHARES.get(readings[-1].form, "")
    return sources


def _place(source: MetricSource) -> str:
    if source.file is not None:
        return "the file that each run writes"
    if source.pattern is not None:
        return "the last line of output that the pattern finds"
    return "the last line of output that holds it"


def notes(study: Study, pairs: Sequence[Comparison]) -> list[str]:
    """What people would want to be told: seeds that change nothing, seeds that buy nothing."""
    said = []
    for arm in study.results:
        values = list(study.values(arm, study.primary_metric).values())
        if len(values) > 1 and len(set(values)) == 1:
            said.append(f"{arm}: all seeds gave the same number: does the command use its seed?")
    said += disagreements(study.repeats)
    said += _run_notes(study)
    for pair in pairs:
        gap = pair.gap
        if pair.verdict == Verdict.NOTHING_VARIED and gap.n > 1:
            said.append(
                f"{pair.first}, {pair.second}: the difference is the same under every seed, so"
                " more seeds tell nothing more"
            )
        if is_a_hundredfold(gap.mean_a, gap.mean_b):
            said.append(
                f"{pair.first}, {pair.second}: one is about a hundred times the other: is one of"
                " them in percent?"
            )
        if gap.pairing is not None and gap.n >= 10 and gap.pairing > 1.5:
            said.append(
                f"{pair.first}, {pair.second}: sharing a seed makes them differ more, not less"
            )
    return said


def _run_notes(study: Study) -> list[str]:
    """What the records of runs say besides, once for each arm."""
    count = Counter(
        (run.arm, text) for arm in study.results.values() for run in arm for text in run.notes
    )
    return [f"{arm}: {text} ({count_of(n, 'run')})" for (arm, text), n in count.items()]


def is_a_hundredfold(a: float, b: float) -> bool:
    """Whether one of two numbers is 70 to 140 times the other: perhaps a share, and percent."""
    low, high = sorted((abs(a), abs(b)))
    return low > 0 and 70 <= high / low <= 140
