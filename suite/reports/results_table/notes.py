"""What stands above and below a table of results: the answer, and what a reader must know."""

from __future__ import annotations

from collections.abc import Iterator

from suite.analysis.compare_table import Family, TableAnalysis
from suite.analysis.comparison import Comparison
from suite.analysis.words import Scope, Verdict
from suite.reports.results_table.layout import (
    MOST_COLUMNS,
    ResultsTable,
    can_decide_within,
    gap_digits,
    lead_standings,
)
from suite.reports.results_table.standings import Standings, why_none
from suite.reports.wording import NO_VERDICT, cautions
from suite.stats import FEWEST_SEEDS

TIE = "\N{DAGGER}"


def answer_sentence(analysis: TableAnalysis) -> str:
    """One sentence: which arm is best, or which are tied, over what."""
    standings, metric = lead_standings(analysis), analysis.table.metric
    return f"In {metric}, {over_words(analysis)}: {_who(analysis, standings)}."


def both_families(analysis: TableAnalysis) -> list[Family]:
    """The verdicts of every scope, the leading one first."""
    return [family for family in (analysis.lead, analysis.beside) if family is not None]


def over_words(analysis: TableAnalysis) -> str:
    """What the leading verdicts speak about, with how much they rest on."""
    comparisons = analysis.lead.comparisons
    least, most = min(c.gap.n for c in comparisons), max(c.gap.n for c in comparisons)
    things = f"{count(least, most)} {comparisons[0].unit}s"
    blocks = len(analysis.arms.blocks)
    if analysis.lead.scope == Scope.LIKE_THESE:
        return f"on data sets like these {count(least, most)}"
    if analysis.lead.scope == Scope.THESE:
        return f"on these {blocks} data sets ({things} a pair)"
    return f"over {things}"


def count(least: int, most: int) -> str:
    """One number, or the smallest and the largest."""
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _who(analysis: TableAnalysis, standings: Standings) -> str:
    comparisons = analysis.lead.comparisons
    if all(c.verdict in NO_VERDICT for c in comparisons):
        words = dict.fromkeys(why_none(c) for c in comparisons)
        return f"no verdict ({', '.join(words)})"
    if len(comparisons) == 1:
        return _on_two(analysis, comparisons[0])
    if analysis.baseline is not None:
        return _against_baseline(analysis.baseline, comparisons)
    if standings.best is not None:
        others = len(analysis.arms.values) - 1
        return f"{standings.best} is best, shown to be better than each of the other {others}"
    if standings.tied:
        tied = [arm for arm in analysis.arms.values if arm in standings.tied]
        return f"{_listed(tied)} are tied: no arm is shown to be better than any of them"
    return f"no arm is shown to be best{_without_verdict(comparisons)}"


def _without_verdict(comparisons: tuple[Comparison, ...]) -> str:
    """The pairs without a verdict, of which a sentence names three at most; empty without any."""
    pairs = [
        f"{c.first} and {c.second} ({why_none(c)})" for c in comparisons if c.verdict in NO_VERDICT
    ]
    more = f" and {len(pairs) - 3} more pairs" * (len(pairs) > 3)
    return f"; no verdict on {', '.join(pairs[:3])}{more}" if pairs else ""


def _on_two(analysis: TableAnalysis, comparison: Comparison) -> str:
    """The verdict on the only pair, with its gap seen from the winner, or from the first arm."""
    digits, gap = gap_digits(analysis), comparison.gap
    turn = comparison.winner == comparison.second
    mean = digits.text(-gap.mean if turn else gap.mean, signed=True)
    interval = gap.interval and digits.interval(-gap.interval if turn else gap.interval)
    pair = f"{comparison.first} and {comparison.second}"
    said = {
        Verdict.EQUIVALENT: f"{pair} are equivalent within the margin",
        Verdict.NOT_WORSE: f"{comparison.not_worse} is not worse by more than the margin",
    }.get(comparison.verdict, f"{pair} are not shown to differ")
    if comparison.winner is not None:
        by_less = ", by less than the margin" * (comparison.verdict == Verdict.BETTER_BY_LESS)
        said = f"{comparison.winner} is better than {comparison.loser}{by_less}"
    first = comparison.winner or comparison.first
    return f"{said} ({first} less the other: {mean}, 95% interval {interval})"


def _against_baseline(baseline: str, comparisons: tuple[Comparison, ...]) -> str:
    better = [str(c.winner) for c in comparisons if c.loser == baseline]
    worse = [str(c.loser) for c in comparisons if c.winner == baseline]
    parts = [
        f"{_listed(arms)} {'is' if len(arms) == 1 else 'are'} shown to be {word} than {baseline}"
        for arms, word in ((better, "better"), (worse, "worse"))
        if arms
    ]
    rest = len(comparisons) - len(better) - len(worse)
    if rest:
        others = f"{rest} of {len(comparisons)} arms" if parts else "no arm"
        verb = "are not" if parts and rest > 1 else "is not" if parts else "is"
        parts.append(f"{others} {verb} shown to differ from {baseline}")
    return "; ".join(parts)


def _listed(names: list[str]) -> str:
    """The names in a sentence: a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def table_notes(analysis: TableAnalysis, table: ResultsTable) -> tuple[str, ...]:
    """What stands below the table, each without a full stop."""
    return (
        *_marks(analysis, table),
        *_columns(analysis, table),
        *_values(analysis, table),
        *_missing(analysis),
        *filter(None, [analysis.arms.means_note]),
    )


def _marks(analysis: TableAnalysis, table: ResultsTable) -> Iterator[str]:
    if table.has_best:
        yield "Bold: shown to be better than every other arm"
    if table.has_ties:
        tie = "tied with the best: no arm is shown to be better"
        if analysis.baseline is not None:
            tie = f"not shown to differ from {analysis.baseline}"
        equal = (
            "equal"
            if analysis.arms.rule.margin is None
            else "equivalent, unless the verdict says so"
        )
        yield f"{TIE}: {tie}, which does not show that they are {equal}"
    size = analysis.lead.comparisons[0].family_size
    together = f", for all {size} comparisons together" if size > 1 else ""
    yield f"Intervals and verdicts hold at 95%{together}"


def _columns(analysis: TableAnalysis, table: ResultsTable) -> Iterator[str]:
    """What the columns of data sets, their mean and the mean rank are."""
    blocks = len(analysis.arms.blocks)
    if table.blocks:
        yield from _block_verdicts(analysis)
    elif blocks > MOST_COLUMNS:
        yield f"Mean over {blocks} data sets, each counting alike"
    if table.rows[0].mean_rank is not None:
        yield "Mean rank: over the data sets that have every arm, by the mean there, 1 is best"


def _block_verdicts(analysis: TableAnalysis) -> Iterator[str]:
    """What the marks within data sets hold for, or why there are none."""
    verdicts = [c for family in analysis.by_block.values() for c in family]
    if any(can_decide_within(analysis, block) for block in analysis.arms.blocks):
        size = max(c.family_size for c in verdicts)
        yield f"Marks within data sets hold for all {size} comparisons within data sets together"
        return
    most = max((c.gap.n for c in verdicts), default=1)
    reason = ", ".join(dict.fromkeys(why_none(c) for c in verdicts))
    if most < FEWEST_SEEDS:
        units = f"{analysis.table.unit}{'s' * (most != 1)}"
        reason = f"a pair has at most {most} {units} there in common, and {FEWEST_SEEDS} are needed"
    yield f"No verdicts within data sets: {reason}"


def _values(analysis: TableAnalysis, table: ResultsTable) -> Iterator[str]:
    direction = analysis.arms.rule.direction
    margin = analysis.arms.rule.margin
    declared = (
        f"; differences below {margin:g} are declared not to matter" if margin is not None else ""
    )
    yield f"{analysis.table.metric}: {direction} is better{declared}"
    if any(" ± " in cell.text for row in table.cells for cell in row):
        yield f"±: standard deviation over {analysis.table.unit}s"
    yield from analysis.table.notes


def _missing(analysis: TableAnalysis) -> Iterator[str]:
    """Arms with fewer data sets or values than were tried, and what that means for verdicts."""
    blocks = len(analysis.arms.blocks)
    for arm, values in analysis.arms.values.items():
        present = len({block for block, _ in values})
        if present < blocks:
            yield f"{arm}: mean over the {present} of {blocks} data sets that have a value of it"
    lacking = [c for c in analysis.lead.comparisons if c.missing and c.gap.paired]
    for comparison in lacking[:MOST_COLUMNS]:
        yield f"{comparison.first} and {comparison.second}: {'; '.join(cautions(comparison))}"
    if len(lacking) > MOST_COLUMNS:
        yield f"{len(lacking) - MOST_COLUMNS} more pairs lack values of one arm"
