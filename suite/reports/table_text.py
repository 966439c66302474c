"""The verdicts on the arms of a table as text for the terminal, 80 columns wide.

First who won, then the arms, then the pairs, then what it means and how it was found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import wrap

from suite.analysis.compare_table import Family, TableAnalysis
from suite.analysis.comparison import Comparison
from suite.analysis.ranking import Standing, standings
from suite.analysis.words import Scope, Verdict
from suite.importers.measured import MeasuredArm
from suite.reports.comparison_text import comparison_json, comparison_lines
from suite.reports.numbers import decimals_for
from suite.reports.opinion_words import new_data_set_sentence, over_ranked, rank_sentence
from suite.reports.wording import count_of, phrase, scope_words
from suite.stats import FEWEST_SEEDS, Interval

MOST_PAIRS_SHOWN = 15
MOST_BLOCKS_SHOWN = 15
MOST_NAME = 24
WIDTH = 80


def table_lines(analysis: TableAnalysis) -> list[str]:
    """The answer, the arms, the pairs, the scopes, and what was read."""
    if len(analysis.pairs) == 1:
        return _lines_of_two(analysis)
    return [
        headline(analysis),
        "",
        *_arm_rows(analysis),
        "",
        *_pair_rows(analysis),
        "",
        *_rank_lines(analysis),
        *_scopes(analysis),
        *_notes(analysis),
    ]


def _lines_of_two(analysis: TableAnalysis) -> list[str]:
    """Two arms: their verdict with its reasons; the other scope and the data sets below it."""
    comparison = analysis.lead.comparisons[0]
    a, b = _sides(analysis, comparison)
    lines = comparison_lines(comparison, a, b)
    if len(analysis.arms.blocks) > 1:
        lines += ["", *_pair_rows(analysis), "", *_block_rows(analysis), *_spread_lines(analysis)]
    return [*lines, *_notes(analysis)]


def headline(analysis: TableAnalysis) -> str:
    """Who is best, in one sentence."""
    over = _over(analysis.lead.scope)
    if not analysis.is_ranked:
        return _answer_on_pairs(analysis) + over + "."
    rows = standings(analysis)
    best = [row.arm for row in rows if row.is_tied_with_best]
    if not any(comparison.winner for comparison in analysis.lead.comparisons):
        return f"No arm is shown to be better than another{over}."
    if len(best) == 1:
        return f"{best[0]} IS BETTER than all {len(rows) - 1} others{over}."
    tied = _listed(best)
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


def _arm_rows(analysis: TableAnalysis) -> list[str]:
    """A row for each arm: its mean, its rank with an interval, and whether it may be the best.

    Ranks are of all pairs: against a baseline there are none.
    """
    rows = standings(analysis)
    ranked = analysis.is_ranked
    several = ranked and len(analysis.arms.blocks) > 1
    digits = decimals_for(_half_width(analysis.lead))
    best = "tied with the best" if sum(row.is_tied_with_best for row in rows) > 1 else "the best"
    table = [["arm", "mean", *["mean rank"] * several, *["rank, 95%"] * ranked, "n", ""]]
    table += [
        [
            _cut(row.arm),
            f"{row.mean:.{digits}f}",
            *["-" if row.mean_rank is None else f"{row.mean_rank:.1f}"] * several,
            *[_rank_words(row)] * ranked,
            str(row.n) + f" ({row.without_value} without a value)" * bool(row.without_value),
            best * (ranked and row.is_tied_with_best),
        ]
        for row in rows
    ]
    rule = analysis.arms.rule
    what = f"{analysis.table.metric}, {rule.direction} is better"
    margin = "" if rule.margin is None else f", margin {rule.margin:g}"
    return [f"{what}{margin}", *_aligned(table)]


def _rank_words(row: Standing) -> str:
    low, high = row.ranks.best, row.ranks.worst
    return f"{low}" if low == high else f"{low} to {high}"


def _pair_rows(analysis: TableAnalysis) -> list[str]:
    """A row for each pair: the gap with its interval, and the word of each scope."""
    families = [analysis.lead, *([analysis.beside] if analysis.beside else [])]
    beside = {
        (other.first, other.second): other
        for family in families[1:]
        for other in family.comparisons
    }
    shown = analysis.lead.comparisons[:MOST_PAIRS_SHOWN]
    digits = decimals_for(_half_width(analysis.lead))
    table = [["gap", "", "95% interval", *(_column_of(family) for family in families)]]
    for pair in shown:
        other = beside.get((pair.first, pair.second))
        table.append(
            [
                f"{_cut(pair.first)} - {_cut(pair.second)}",
                f"{pair.gap.mean:+.{digits}f}",
                bounds(pair.gap.interval, digits),
                phrase(pair),
                *([phrase(other)] if other else []),
            ]
        )
    left = len(analysis.lead.comparisons) - len(shown)
    more = [f"and {left} more pairs: --format csv shows all of them"] if left else []
    return [*_aligned(table), *more]


def _column_of(family: Family) -> str:
    return {Scope.LIKE_THESE: "sets like these", Scope.THESE: "these data sets"}.get(
        family.scope, "verdict"
    )


def _block_rows(analysis: TableAnalysis) -> list[str]:
    """A row for each data set of two arms."""
    verdicts = {block: found[0] for block, found in analysis.by_block.items() if found}
    widths = [pair.gap.interval for pair in verdicts.values() if pair.gap.interval]
    digits = decimals_for(_middle([(i.high - i.low) / 2 for i in widths]))
    table = [["data set", "gap", "95% interval", "n", "by itself"]]
    for block in analysis.arms.blocks[:MOST_BLOCKS_SHOWN]:
        pair = verdicts.get(block)
        if pair is None:
            table.append([_cut(block), "-", "-", "-", "too few in common"])
            continue
        table.append(
            [
                _cut(block),
                f"{pair.gap.mean:+.{digits}f}",
                bounds(pair.gap.interval, digits),
                str(pair.gap.n),
                phrase(pair),
            ]
        )
    left = len(analysis.arms.blocks) - MOST_BLOCKS_SHOWN
    return [*_aligned(table), *([f"and {left} more data sets"] if left > 0 else [])]


def _spread_lines(analysis: TableAnalysis) -> list[str]:
    """How much the gap of two arms differs between data sets, and where a new one's falls."""
    spread, lines = analysis.spreads.get(analysis.pairs[0]), []
    if spread is not None:
        digits = decimals_for((spread.prediction.high - spread.prediction.low) / 2)
        gap = bounds(spread.prediction, digits)
        lines.append(f"A new data set like these: a measured gap in {gap}, 95%.")
    sentence = new_data_set_sentence(analysis)
    if sentence is not None:
        lines += _wrapped(f"{sentence}.")
    if spread is not None and spread.spread is not None:
        lines.append(
            f"Between data sets the true gap varies by {spread.spread:.2g} (sd, noise taken off)."
        )
    return ["", *lines] if lines else []


def _rank_lines(analysis: TableAnalysis) -> list[str]:
    """What tests of ranks say, on which no verdict rests."""
    sentence = rank_sentence(analysis)
    if sentence is None:
        return []
    return _wrapped(f"Second opinion, by ranks{over_ranked(analysis)}: {sentence}.")


def _scopes(analysis: TableAnalysis) -> list[str]:
    """What each column of verdicts speaks about, and what it counts."""
    lines = []
    for family in (analysis.lead, analysis.beside):
        if family is not None:
            first = family.comparisons[0]
            size = f"{count_of(len(family.comparisons), 'pair')}, held together"
            lines += _wrapped(f"{scope_words(first)}: {_units(family)}; {size}.")
    return lines


def _units(family: Family) -> str:
    counts = sorted({pair.gap.n for pair in family.comparisons})
    unit = family.comparisons[0].unit
    numbers = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"the unit is the {unit}, n = {numbers}"


def _notes(analysis: TableAnalysis) -> list[str]:
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
    return [*lines, *filter(None, [analysis.table.reading])]


def record_lines(analysis: TableAnalysis) -> list[str]:
    """A line of JSON for every pair of every scope, the scope that leads first."""
    families = [family for family in (analysis.lead, analysis.beside) if family is not None]
    return [
        comparison_json(pair, *_sides(analysis, pair)) + "\n"
        for family in families
        for pair in family.comparisons
    ]


def _sides(analysis: TableAnalysis, pair: Comparison) -> tuple[MeasuredArm, MeasuredArm]:
    """The two arms of a pair, as the text of a comparison takes them."""
    a, b = (
        _as_measured(analysis, arm, is_of_blocks=pair.unit == "data set")
        for arm in (pair.first, pair.second)
    )
    return a, b


def _as_measured(analysis: TableAnalysis, arm: str, *, is_of_blocks: bool) -> MeasuredArm:
    arms = analysis.arms
    values = {
        key[0] if is_of_blocks else " ".join(filter(None, key)): value
        for key, value in arms.values[arm].items()
    }
    missing = len(arms.tried[arm]) - len(arms.values[arm])
    return MeasuredArm(arm, arms.table.metric, values, without_value=missing, rule=arms.rule)


def bounds(interval: Interval | None, digits: int) -> str:
    """[low, high] with so many decimals; a dash without one."""
    if interval is None:
        return "-"
    return f"[{interval.low:+.{digits}f}, {interval.high:+.{digits}f}]"


def _half_width(family: Family) -> float | None:
    """The middle half-width of the family's intervals."""
    intervals = [pair.gap.interval for pair in family.comparisons if pair.gap.interval]
    return _middle([(interval.high - interval.low) / 2 for interval in intervals])


def _middle(numbers: Sequence[float]) -> float | None:
    return sorted(numbers)[len(numbers) // 2] if numbers else None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown + f" and {len(names) - 5} more" * (len(names) > 5)


def _cut(name: str) -> str:
    return name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…"


def _wrapped(text: str) -> list[str]:
    """The text in lines that fit a terminal; none ends within "p = 0.02"."""
    glued = re.sub(r"p ([=<]) ", "p\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text)
    lines = wrap(glued, WIDTH, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """The rows with columns of one width, two spaces apart; the first column to the left."""
    table = [list(row) for row in rows]
    widths = [max(len(row[k]) for row in table if k < len(row)) for k in range(len(table[0]))]
    numeric = {k for k in range(1, len(widths)) if all(_is_number(row[k]) for row in table[1:])}
    return [
        "  ".join(
            cell.rjust(width) if k in numeric else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in table
    ]


def _is_number(cell: str) -> bool:
    return cell in {"-", ""} or (cell.lstrip("+-")[:1].isdigit() and " " not in cell)
