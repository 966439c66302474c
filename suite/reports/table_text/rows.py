"""The arms, the pairs and the data sets of a compared table, a row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len

from suite.analysis.compare_table import Family, TableAnalysis
from suite.analysis.comparison import Comparison
from suite.analysis.ranking import RankedArm, rank_arms
from suite.analysis.words import Scope, Verdict
from suite.reports.numbers import fixed_decimals
from suite.reports.results_table.digits import half_width
from suite.reports.results_table.layout import gap_spreads, lead_standings
from suite.reports.text_columns import (
    WIDTH,
    aligned,
    bounds,
    short_names,
    wrapped,
)
from suite.reports.wording import phrase

MOST_PAIRS_SHOWN = 15
MOST_BLOCKS_SHOWN = 15

Word = Callable[[Comparison], str]


def arm_rows(analysis: TableAnalysis) -> list[str]:
    """A row for each arm: its mean, its rank with an interval, and whether it may be the best.

    Ranks are of all pairs: against a baseline there are none.
    """
    rows = rank_arms(analysis)
    ranked = analysis.is_ranked
    several = ranked and len(analysis.arms.blocks) > 1
    digits = fixed_decimals(gap_spreads(analysis))
    names = short_names(row.arm for row in rows)
    leading = lead_standings(analysis)
    words = dict.fromkeys(leading.tied, "tied with the best")
    words |= {leading.best: "the best"} if leading.best else {}
    table = [["arm", "mean", *["mean rank"] * several, *["rank, 95%"] * ranked, "n", ""]]
    table += [
        [
            names[row.arm],
            f"{row.mean:.{digits}f}",
            *["-" if row.mean_rank is None else f"{row.mean_rank:.1f}"] * several,
            *[_rank_words(row)] * ranked,
            str(row.n) + f" ({row.without_value} without a value)" * bool(row.without_value),
            words.get(row.arm, "") * ranked,
        ]
        for row in rows
    ]
    rule = analysis.arms.rule
    what = f"{analysis.table.metric}, {rule.direction} is better"
    margin = "" if rule.margin is None else f", margin {rule.margin:g}"
    return [*wrapped(f"{what}{margin}"), *aligned(table)]


def _rank_words(row: RankedArm) -> str:
    low, high = row.ranks.best, row.ranks.worst
    return f"{low}" if low == high else f"{low} to {high}"


def pair_rows(analysis: TableAnalysis) -> list[str]:
    """A row for each pair: the gap with its interval, and the word of each scope.

    The words are as long as lines allow: whole, with a sign for the margin, or without names.
    """
    shown = [
        pair for family in _families(analysis) for pair in family.comparisons[:MOST_PAIRS_SHOWN]
    ]
    for word in (phrase, _word_with_sign, _word_on_first):
        lines = aligned(_pair_table(analysis, word))
        if max(map(cell_len, lines)) <= WIDTH:
            break
    left = len(analysis.lead.comparisons) - MOST_PAIRS_SHOWN
    more = [f"and {left} more pairs: --format csv shows all of them"] if left > 0 else []
    return [*lines, *more, *_notes_on_words(word, shown)]


def _pair_table(analysis: TableAnalysis, word: Word) -> list[list[str]]:
    """The cells of the pairs that are shown, below their headings."""
    families = _families(analysis)
    beside = {
        (other.first, other.second): other
        for family in families[1:]
        for other in family.comparisons
    }
    names = short_names(analysis.arms.values)
    digits = fixed_decimals(gap_spreads(analysis))
    table = [["gap", "", "95% interval", *(_column_of(family) for family in families)]]
    for pair in analysis.lead.comparisons[:MOST_PAIRS_SHOWN]:
        other = beside.get((pair.first, pair.second))
        table.append(
            [
                f"{names[pair.first]} - {names[pair.second]}",
                f"{pair.gap.mean:+.{digits}f}",
                bounds(pair.gap.interval, digits),
                word(pair),
                *([word(other)] if other else []),
            ]
        )
    return table


def _families(analysis: TableAnalysis) -> list[Family]:
    return [analysis.lead, *([analysis.beside] if analysis.beside else [])]


def _word_with_sign(pair: Comparison) -> str:
    """The verdict, with a sign for where the gap lies against the margin."""
    return phrase(pair) if pair.winner is None else f"{pair.winner} IS BETTER{_sign(pair)}"


def _word_on_first(pair: Comparison) -> str:
    """What the verdict says of the first arm of a pair, without its name."""
    if pair.winner is not None:
        return ("BETTER" if pair.winner == pair.first else "WORSE") + _sign(pair)
    if pair.not_worse is not None:
        return "NOT WORSE" if pair.not_worse == pair.first else "OTHER NOT WORSE"
    return phrase(pair)


def _sign(pair: Comparison) -> str:
    if pair.by_margin:
        return " >"
    return " <" * (pair.verdict == Verdict.BETTER_BY_LESS)


def _notes_on_words(word: Word, pairs: Sequence[Comparison]) -> list[str]:
    """What the words of these pairs leave out, where they do."""
    if word is phrase:
        return []
    signs = {_sign(pair) for pair in pairs}
    notes = ["words are on the first arm of the pair"] * (word is _word_on_first)
    notes += ["> by at least the margin"] * (" >" in signs)
    notes += ["< by less than the margin"] * (" <" in signs)
    return wrapped("; ".join(notes))


def _column_of(family: Family) -> str:
    return {Scope.LIKE_THESE: "sets like these", Scope.THESE: "these data sets"}.get(
        family.scope, "verdict"
    )


def block_rows(analysis: TableAnalysis) -> list[str]:
    """A row for each data set of two arms."""
    shown = [found[0] for found in analysis.by_block.values() if found]
    for word in (phrase, _word_with_sign, _word_on_first):
        lines = aligned(_block_table(analysis, word))
        if max(map(cell_len, lines)) <= WIDTH:
            break
    left = len(analysis.arms.blocks) - MOST_BLOCKS_SHOWN
    more = [f"and {left} more data sets"] if left > 0 else []
    return [*lines, *more, *_notes_on_words(word, shown[:MOST_BLOCKS_SHOWN])]


def _block_table(analysis: TableAnalysis, word: Word) -> list[list[str]]:
    """The cells of the data sets that are shown, below their headings."""
    verdicts = {block: found[0] for block, found in analysis.by_block.items() if found}
    digits = fixed_decimals(half_width(pair.gap.interval) for pair in verdicts.values())
    names = short_names(analysis.arms.blocks)
    table = [["data set", "gap", "95% interval", "n", "by itself"]]
    for block in analysis.arms.blocks[:MOST_BLOCKS_SHOWN]:
        pair = verdicts.get(block)
        if pair is None:
            table.append([names[block], "-", "-", "-", "too few in common"])
            continue
        table.append(
            [
                names[block],
                f"{pair.gap.mean:+.{digits}f}",
                bounds(pair.gap.interval, digits),
                str(pair.gap.n),
                word(pair),
            ]
        )
    return table
