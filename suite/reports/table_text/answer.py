"""The answer on the arms of a table: who won, the arms, the pairs, and how it was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.words import Scope
from suite.errors import visible
from suite.reports.comparison_text import comparison_lines
from suite.reports.results_table.layout import lead_standings
from suite.reports.results_table.standings import why_none
from suite.reports.table_text.curve import curve_lines
from suite.reports.table_text.notes import note_lines, rank_lines, scope_lines, spread_lines
from suite.reports.table_text.records import sides_of
from suite.reports.table_text.rows import arm_rows, block_rows, pair_rows
from suite.reports.text_columns import wrapped
from suite.reports.wording import NO_VERDICT, count_of


def table_lines(analysis: TableAnalysis) -> list[str]:
    """The answer, the arms, the pairs, the scopes, what was read, and the verdicts on curves."""
    curves = [] if analysis.along is None else curve_lines(analysis.along)
    lines = _lines_of_two(analysis) if len(analysis.pairs) == 1 else _lines_of_many(analysis)
    return [*lines, *curves]


def _lines_of_many(analysis: TableAnalysis) -> list[str]:
    """Three arms or more, or several pairs."""
    return [
        *wrapped(headline(analysis)),
        "",
        *arm_rows(analysis),
        "",
        *pair_rows(analysis),
        "",
        *rank_lines(analysis),
        *scope_lines(analysis),
        *note_lines(analysis),
    ]


def _lines_of_two(analysis: TableAnalysis) -> list[str]:
    """Two arms: their verdict with its reasons; the other scope and the data sets below it."""
    comparison = analysis.lead.comparisons[0]
    a, b = sides_of(analysis, comparison)
    lines = [visible(line) for line in comparison_lines(comparison, a, b)]
    if len(analysis.arms.blocks) > 1:
        lines += ["", *pair_rows(analysis), "", *block_rows(analysis), *spread_lines(analysis)]
    return [*lines, *note_lines(analysis)]


def headline(analysis: TableAnalysis) -> str:
    """Who is best, in one sentence."""
    over = _over(analysis.lead.scope)
    if not analysis.is_ranked:
        return _answer_on_pairs(analysis) + over + "."
    comparisons, leading = analysis.lead.comparisons, lead_standings(analysis)
    lost = [pair for pair in comparisons if pair.verdict in NO_VERDICT]
    if len(lost) == len(comparisons):
        return f"No verdict{over}: {', '.join(dict.fromkeys(map(why_none, lost)))}."
    if leading.best is not None:
        return f"{leading.best} IS BETTER than all {len(analysis.arms.values) - 1} others{over}."
    if not leading.tied:
        without = f" {len(lost)} of {count_of(len(comparisons), 'pair')} have no verdict."
        return f"No arm is shown to be best{over}.{without * bool(lost)}"
    if not any(pair.winner for pair in comparisons):
        return f"No arm is shown to be better than another{over}."
    tied = _listed([arm for arm in analysis.arms.values if arm in leading.tied])
    return f"Best{over}: {tied}, which are not shown to differ from the best."


def _answer_on_pairs(analysis: TableAnalysis) -> str:
    """How often the first arms of the pairs are better, worse and neither."""
    comparisons = analysis.lead.comparisons
    words = Counter(
        "better" * (pair.winner == pair.first) or "worse" * bool(pair.winner) or str(pair.verdict)
        for pair in comparisons
    )
    who = analysis.baseline or "the first arm of each"
    counted = ", ".join(f"{count} {word}" for word, count in words.items())
    return f"{len(comparisons)} pairs, {who}: {counted}"


def _over(scope: Scope) -> str:
    return "" if scope == Scope.ONE else f", over {scope}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown + f" and {len(names) - 5} more" * (len(names) > 5)
