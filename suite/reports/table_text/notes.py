"""What stands below the verdicts on a table: second opinions, scopes, and what was read."""

from __future__ import annotations

from suite.analysis.compare_table import Family, TableAnalysis
from suite.analysis.words import Verdict
from suite.reports.numbers import fixed_decimals
from suite.reports.opinion_words import new_data_set_sentence, over_ranked, rank_sentence
from suite.reports.results_table.digits import half_width
from suite.reports.text_columns import bounds, wrapped
from suite.reports.wording import count_of, scope_words
from suite.stats import FEWEST_SEEDS


def spread_lines(analysis: TableAnalysis) -> list[str]:
    """How much the gap of two arms differs between data sets, and where a new one's falls."""
    spread, lines = analysis.spreads.get(analysis.pairs[0]), []
    if spread is not None:
        digits = fixed_decimals([half_width(spread.prediction)])
        gap = bounds(spread.prediction, digits)
        lines.append(f"A new data set like these: a measured gap in {gap}, 95%.")
    sentence = new_data_set_sentence(analysis)
    if sentence is not None:
        lines += wrapped(f"{sentence}.")
    if spread is not None and spread.spread is not None:
        lines.append(
            f"Between data sets the true gap varies by {spread.spread:.2g} (sd, noise taken off)."
        )
    return ["", *lines] if lines else []


def rank_lines(analysis: TableAnalysis) -> list[str]:
    """What tests of ranks say, on which no verdict rests."""
    sentence = rank_sentence(analysis)
    if sentence is None:
        return []
    return wrapped(f"Second opinion, by ranks{over_ranked(analysis)}: {sentence}.")


def scope_lines(analysis: TableAnalysis) -> list[str]:
    """What each column of verdicts speaks about, and what it counts."""
    lines = []
    for family in (analysis.lead, analysis.beside):
        if family is not None:
            first = family.comparisons[0]
            size = f"{count_of(len(family.comparisons), 'pair')}, held together"
            lines += wrapped(f"{scope_words(first)}: {_units(family)}; {size}.")
    return lines


def _units(family: Family) -> str:
    counts = sorted({pair.gap.n for pair in family.comparisons})
    unit = family.comparisons[0].unit
    numbers = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"the unit is the {unit}, n = {numbers}"


def note_lines(analysis: TableAnalysis) -> list[str]:
    """Too few data sets, and what else a reader must know."""
    lines = [*analysis.table.notes, *filter(None, [analysis.arms.means_note])]
    few = [
        pair
        for family in (analysis.lead, analysis.beside)
        if family is not None
        for pair in family.comparisons
        if pair.verdict == Verdict.TOO_FEW_SEEDS
    ]
    if few:
        lines.append(f"No verdict below {FEWEST_SEEDS} {few[0].unit}s.")
    lost = [pair for pair in analysis.lead.comparisons if pair.verdict == Verdict.TOO_MANY_FAILURES]
    if lost and len(analysis.pairs) > 1:
        lines.append("More than a tenth of the values lack a partner: --where can leave rows out.")
    lines += filter(None, [_why_alone(analysis), analysis.table.reading])
    return [part for line in lines for part in wrapped(line)]


def _why_alone(analysis: TableAnalysis) -> str:
    """Why there is no verdict on these data sets, where a table has seeds; empty otherwise."""
    arms, unit = analysis.arms, analysis.table.unit
    has_repeats = any(len(held) > len({block for block, _ in held}) for held in arms.held.values())
    if analysis.beside is not None or len(arms.blocks) == 1 or not has_repeats:
        return ""
    if not arms.paired:
        return f"No verdict on these data sets by themselves: it takes paired {unit}s."
    few = next(
        (
            block
            for first, second in analysis.pairs
            for block in arms.blocks
            if sum(where == block for where, _ in arms.common(first, second)) == 1
        ),
        None,
    )
    where = "a data set has" if few is None else f"{few} has"
    return f"No verdict on these data sets by themselves: {where} fewer than 2 {unit}s in common."
