"""What `suite versus` says: each seed as it comes, and at the end the verdicts with a picture."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isfinite
from textwrap import wrap

from suite.analysis.analyse import Analysis
from suite.analysis.compare_study import OPEN
from suite.analysis.comparison import Comparison
from suite.analysis.item_verdicts import ItemVerdicts
from suite.analysis.study import Study
from suite.errors import visible
from suite.reports.command_notes import notes, read_from
from suite.reports.headlines import MOST_ADVISED, more_seeds
from suite.reports.history_words import history_words
from suite.reports.numbers import fixed_decimals
from suite.reports.wording import cautions, corrected_p, count_of, phrase, why_open
from suite.result import Result
from suite.stats.gaps import ROUNDING, Gap

COLUMNS = 78  # of a line of text, where its words can be parted; two more where it is set in
WIDTH = 50  # columns of the picture
SEED_DIGITS = 4  # decimals at least of a number as it comes, when the spread is not known yet
LONGEST = 20  # letters of an arm's name in it
REPLACED = {"--seeds", "--until", "--max-seeds"}  # options that the advice is in the place of
DENSITY = " ·:•●"


def seed_line(study: Study, seed: int, results: Sequence[Result]) -> str:
    """The values of one seed, and what is known so far of the first pair."""
    metric, digits = study.primary_metric, max(SEED_DIGITS, _digits(study))
    shown = ", ".join(
        f"{result.arm} {result.metrics[metric]:.{digits}f}"
        if result.status == "ok"
        else f"{result.arm} {result.status}"
        for result in results
    )
    return f"seed {seed}: {shown}{_so_far(study, digits)}"


def _so_far(study: Study, digits: int) -> str:
    """The gap so far with an interval that holds however often one looks."""
    first, second = study.pairs()[0]
    held = replace(study, sequential=True).gap(first, second, study.primary_metric)
    if held is None or not held.varies or not held.deviation:
        return ""
    which = "" if len(study.results) == 2 else f"{first} - {second} "
    text = f"; {which}difference so far {held.mean:+.{digits}f}"
    if held.interval is None or abs(held.interval.low) == float("inf"):
        return text
    return f"{text} [{held.interval.low:+.{digits}f}, {held.interval.high:+.{digits}f}]"


def answer_lines(
    analysis: Analysis, items: ItemVerdicts, more_notes: Sequence[str], seconds: float
) -> list[str]:
    """The verdicts, the picture, what else there is to know, and the cost."""
    study, lines = analysis.study, list[str]()
    for pair in analysis.primary_comparisons:
        lines += [*_verdict_lines(study, pair), ""]
    if picture := strip_picture(study):
        lines += [*picture, ""]
    others = [pair for pair in analysis.comparisons if pair.metric != study.primary_metric]
    if others:
        lines.append("Measured besides, and judged apart:")
        for pair in others:
            lines += [f"  {line}" for line in _verdict_lines(study, pair)]
        lines.append("")
    if items.comparisons:
        lines += [*_item_lines(study, items), ""]
    for text in (*notes(study, analysis.primary_comparisons), *more_notes, *items.notes):
        lines += wrapped(f"note: {text}")
    for text in read_from(study).values():
        lines += wrapped(f"{text}.")
    if study.history:
        lines += wrapped(f"history: {visible(history_words(study))}")
    runs = [run for arm in study.results.values() for run in arm]
    spent = sum(run.run_time_s or 0.0 for run in runs)
    lines.append(f"{len(runs)} runs, {spent:.1f} s of commands; this call took {seconds:.1f} s.")
    return lines


def _item_lines(study: Study, items: ItemVerdicts) -> list[str]:
    """The verdicts over items, and what they are about."""
    seeds = sorted(set((items.seeds or {}).values()))
    runs = f"the runs of {' to '.join(str(n) for n in dict.fromkeys((seeds[0], seeds[-1])))} seed"
    lines = wrapped(
        f"Over test items, for {runs}{'s' * (seeds[-1] > 1)}, as they are, on items like these:"
    )
    for pair in items.comparisons:
        lines += [f"  {line}" for line in _verdict_lines(study, pair)]
    return lines


def _verdict_lines(study: Study, pair: Comparison) -> list[str]:
    gap = pair.gap
    digits = _item_digits(gap) if pair.unit == "item" else _digits(study, pair.metric)
    interval = ""
    if gap.interval is not None and isfinite(gap.interval.low):
        low, high = (f"{bound:+.{digits}f}" for bound in (gap.interval.low, gap.interval.high))
        interval = f", 95% interval [{low}, {high}]"
    p = f", {corrected_p(pair)}" if pair.p is not None else ""
    means = f"{pair.first} {gap.mean_a:.{digits}f}, {pair.second} {gap.mean_b:.{digits}f}"
    against = f" ({pair.first} against {pair.second})" if len(study.results) > 2 else ""
    count = count_of(gap.n, pair.unit)
    lines = (
        f"  {pair.metric}, {pair.direction} is better: {means}, over {count}",
        f"  difference {gap.mean:+.{digits}f}{interval}{p}",
        *(f"  {line}" for line in (_why_open(pair), *cautions(pair)) if line),
    )
    return [phrase(pair) + against, *(part for line in lines for part in wrapped(line))]


def _item_digits(gap: Gap) -> int:
    """As many decimals as the mean over items says anything about."""
    return fixed_decimals([gap.deviation and gap.deviation / gap.n**0.5])


def _why_open(pair: Comparison) -> str:
    """Why there is no final verdict, without the p that stands above."""
    return why_open(pair).removeprefix(corrected_p(pair)).removeprefix("; ")


def wrapped(text: str) -> list[str]:
    """The lines of a text that is wider than a terminal, those after the first set in."""
    inset = " " * (len(text) - len(text.lstrip()) + 2)
    return wrap(
        text, COLUMNS, subsequent_indent=inset, break_long_words=False, break_on_hyphens=False
    )


def strip_picture(study: Study) -> list[str]:
    """A line for each arm: where its values lie on one scale, darker where there are several."""
    by_arm = {arm: list(study.values(arm, study.primary_metric).values()) for arm in study.results}
    values = [value for arm in by_arm.values() for value in arm]
    if not values or max(values) == min(values):
        return []
    low, high = min(values), max(values)
    width = max(len(arm[:LONGEST]) for arm in by_arm)
    lines = [f"{arm[:LONGEST]:<{width}}  {_strip(own, low, high)}" for arm, own in by_arm.items()]
    digits = _digits(study)
    ends = f"{low:.{digits}f}", f"{high:.{digits}f}"
    return [*lines, f"{'':<{width}}  {ends[0]}{ends[1]:>{WIDTH - len(ends[0])}}"]


def _strip(values: Sequence[float], low: float, high: float) -> str:
    counts = [0] * WIDTH
    for value in values:
        counts[min(WIDTH - 1, int((value - low) / (high - low) * WIDTH))] += 1
    return "".join(DENSITY[min(count, len(DENSITY) - 1)] for count in counts).rstrip()


def next_command(analysis: Analysis, words: Sequence[str]) -> str | None:
    """The call that would decide what is open; None where nothing is, or none is known."""
    pairs = [pair for pair in analysis.primary_comparisons if pair.verdict in OPEN]
    needed = [seeds for pair in pairs for seeds in _seeds_needed(pair)]
    if not pairs or max(needed, default=0) > MOST_ADVISED:
        return None
    if needed:
        added = more_seeds(analysis, max(needed))
    elif analysis.study.sequential:
        return None
    else:
        added = ["--until", "decided"]
    return f"suite {shlex.join([*_without_replaced(words), *added])}"


def next_cost(analysis: Analysis) -> str:
    """How long what that call adds would take, by the runs so far; empty where it is not known."""
    runs = [run for arm in analysis.study.results.values() for run in arm]
    times = [run.run_time_s for run in runs if run.run_time_s is not None]
    open_pairs = [pair for pair in analysis.primary_comparisons if pair.verdict in OPEN]
    needed = max((seeds for pair in open_pairs for seeds in _seeds_needed(pair)), default=0)
    more = needed * len(analysis.study.results) - len(runs)
    if not times or more <= 0:
        return ""
    seconds = more * sum(times) / len(times)
    shown = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"
    return f"That is {more} more runs, about {shown} of commands."


def _seeds_needed(pair: Comparison) -> Iterable[int]:
    return filter(None, (pair.seeds_for_margin, pair.seeds_for_tie))


def _without_replaced(words: Sequence[str]) -> list[str]:
    kept, skip = [], False
    for word in words:
        option, sign, _ = word.partition("=")
        if not skip and option not in REPLACED:
            kept.append(word)
        skip = not skip and option in REPLACED and not sign
    return kept


def _digits(study: Study, metric: str = "") -> int:
    """As many decimals as the spread of a metric says anything about; of the first without one."""
    metric = metric or study.primary_metric
    summaries = (study.summary(arm, metric) for arm in study.results)
    deviations = [
        summary.deviation
        for summary in summaries
        if summary and summary.deviation and summary.deviation > ROUNDING * abs(summary.mean)
    ]
    values = (study.values(arm, metric).values() for arm in study.results)
    if not deviations and all(value.is_integer() for arm in values for value in arm):
        return 0  # counts
    return fixed_decimals(deviations)
