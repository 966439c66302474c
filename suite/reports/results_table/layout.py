"""A compared table as it is printed: rows of arms, the best first, and what is said below them.

Every output writes the same cells; what is bold or marked is decided here, by verdicts alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan

import pandas as pd

from suite.analysis.compare_table import TableAnalysis
from suite.reports.numbers import MISSING
from suite.reports.results_table.digits import Digits, digits_for, half_width
from suite.reports.results_table.standings import (
    Mark,
    Standings,
    find_standings,
    standing_words,
)
from suite.reports.wording import NO_VERDICT
from suite.stats import Summary

VERDICT = "verdict"
MOST_COLUMNS = 12  # data sets that get a column each


@dataclass(frozen=True)
class Cell:
    """A text, and what the rule says of it: bold only for "best", a dagger for "tied"."""

    text: str
    mark: Mark = ""


@dataclass(frozen=True)
class ArmRow:
    """What a table says of one arm.

    `by_block`: a cell for each data set that has a column. `difference`: the arm less the
    reference, and `interval`: its simultaneous interval; empty for the reference itself.
    """

    arm: str
    by_block: tuple[Cell, ...]
    mean: Cell
    n: str
    mean_rank: str | None
    difference: str
    interval: str
    verdict: str


@dataclass(frozen=True)
class ResultsTable:
    """The table to print. `blocks`: the data sets with a column each, none where there are many."""

    metric: str
    blocks: tuple[str, ...]
    is_mean_of_blocks: bool
    reference: str
    rows: tuple[ArmRow, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """What stands over the columns."""
        mean = "mean" if self.is_mean_of_blocks else self.metric
        ranks = ("mean rank",) if self.rows[0].mean_rank is not None else ()
        difference = f"difference to {self.reference}"
        return ("arm", *self.blocks, mean, "n", *ranks, difference, "95% interval", VERDICT)

    @property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """A row of cells for every arm, under the headings."""
        return tuple(
            (
                Cell(row.arm),
                *row.by_block,
                row.mean,
                Cell(row.n),
                *([] if row.mean_rank is None else [Cell(row.mean_rank)]),
                Cell(row.difference),
                Cell(row.interval),
                Cell(row.verdict),
            )
            for row in self.rows
        )

    def without_blocks(self) -> ResultsTable:
        """The table without the columns of data sets."""
        rows = tuple(replace(row, by_block=()) for row in self.rows)
        return replace(self, blocks=(), rows=rows)

    @property
    def has_best(self) -> bool:
        """Whether any cell is bold."""
        return any(cell.mark == "best" for row in self.cells for cell in row)

    @property
    def has_ties(self) -> bool:
        """Whether any cell is marked as a tie."""
        return any(cell.mark == "tied" for row in self.cells for cell in row)


def results_table(analysis: TableAnalysis) -> ResultsTable:
    """The table to print of what was compared."""
    arms, all_blocks = list(analysis.arms.values), analysis.arms.blocks
    has_columns = 1 < len(all_blocks) <= MOST_COLUMNS
    blocks = all_blocks if has_columns else ()
    columns = [_block_column(analysis, block) for block in blocks]
    standings = lead_standings(analysis)
    means = _mean_column(analysis, standings)
    ranks = mean_ranks(analysis)
    gaps = gap_digits(analysis)
    rows = []
    for arm in arms:
        against = standings.against.get(arm)
        rows.append(
            ArmRow(
                arm,
                tuple(column[arm] for column in columns),
                means[arm],
                str(len(analysis.arms.values[arm])),
                None if ranks is None else f"{ranks[arm]:.2f}",
                gaps.text(against.gap, signed=True) if against else "",
                gaps.interval(against.interval) if against else "",
                standing_words(standings, arm, is_baseline=analysis.baseline is not None),
            )
        )
    return ResultsTable(
        analysis.table.metric, blocks, len(all_blocks) > 1, standings.reference, tuple(rows)
    )


def lead_standings(analysis: TableAnalysis) -> Standings:
    """Where every arm stands in the family that answers the question."""
    return find_standings(list(analysis.arms.values), analysis.lead.comparisons, analysis.baseline)


def gap_digits(analysis: TableAnalysis) -> Digits:
    """The digits of the differences between arms."""
    return digits_for(gap_spreads(analysis))


def gap_spreads(analysis: TableAnalysis) -> list[float | None]:
    """What the differences between arms say anything about: half-widths, without any deviations."""
    comparisons = analysis.lead.comparisons
    widths = [half_width(comparison.gap.interval) for comparison in comparisons]
    return widths if any(widths) else [comparison.gap.deviation for comparison in comparisons]


def mean_ranks(analysis: TableAnalysis) -> Mapping[str, float] | None:
    """The mean over data sets of every arm's rank by its mean there, 1 the best, ties sharing.

    Over the data sets that have a value of every arm; None where these are fewer than two.
    """
    return analysis.second_opinion.mean_ranks


def block_means(analysis: TableAnalysis) -> pd.DataFrame:
    """The means, a row for each data set and a column for each arm; nan where there is no value."""
    arms, blocks = list(analysis.arms.values), list(analysis.arms.blocks)
    summaries = [[analysis.summary(arm, block) for arm in arms] for block in blocks]
    means = [[nan if one is None else one.mean for one in row] for row in summaries]
    frame: pd.DataFrame = pd.DataFrame(means, index=blocks, columns=arms)
    return frame


def _block_column(analysis: TableAnalysis, block: str) -> Mapping[str, Cell]:
    """The cells of one data set, marked by the verdicts that hold for all data sets together."""
    summaries = {arm: analysis.summary(arm, block) for arm in analysis.arms.values}
    present = _best_first(analysis, {arm: s.mean for arm, s in summaries.items() if s is not None})
    standings = find_standings(present, analysis.by_block[block], analysis.baseline)
    can_decide = can_decide_within(analysis, block)
    marks = {arm: standings.mark(arm) for arm in present if can_decide}
    return _summary_cells(analysis, summaries, marks)


def can_decide_within(analysis: TableAnalysis, block: str) -> bool:
    """Whether any pair has a verdict within a data set; without one, arms are no ties."""
    return any(pair.verdict not in NO_VERDICT for pair in analysis.by_block[block])


def _best_first(analysis: TableAnalysis, means: Mapping[str, float]) -> list[str]:
    sign = -1 if analysis.arms.rule.direction == "higher" else 1
    return sorted(means, key=lambda arm: sign * means[arm])


def _summary_cells(
    analysis: TableAnalysis, summaries: Mapping[str, Summary | None], marks: Mapping[str, Mark]
) -> Mapping[str, Cell]:
    """Mean ± sd over seeds or folds; of items, whose sd says little, the mean alone."""
    over_items = analysis.table.unit == "item"
    spreads = [
        half_width(summary.interval) if over_items else summary.deviation
        for summary in summaries.values()
        if summary is not None
    ]
    digits = digits_for(spreads) if any(spreads) else gap_digits(analysis)
    cells = {}
    for arm, summary in summaries.items():
        text = MISSING if summary is None else digits.text(summary.mean)
        if summary is not None and summary.deviation is not None and not over_items:
            text += f" ± {digits.text(summary.deviation)}"
        cells[arm] = Cell(text, marks.get(arm, ""))
    return cells


def _mean_column(analysis: TableAnalysis, standings: Standings) -> Mapping[str, Cell]:
    """The means over data sets, or over the seeds or items of the only one."""
    blocks, arms = analysis.arms.blocks, list(analysis.arms.values)
    marks = {arm: standings.mark(arm) for arm in arms}
    if len(blocks) == 1:
        return _summary_cells(
            analysis, {arm: analysis.summary(arm, blocks[0]) for arm in arms}, marks
        )
    digits = gap_digits(analysis)
    return {arm: Cell(digits.text(analysis.arms.mean(arm)), marks[arm]) for arm in arms}
