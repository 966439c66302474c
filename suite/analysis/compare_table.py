"""A table of results -> the verdicts on its arms, in two scopes, and their ranks.

Two questions, two answers: about *these* data sets the unit is a seed of a data set, and about data
sets *like these* the unit is the data set. Each is a family of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np

from suite.analysis.along_curve import AlongCurve, judge_along
from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.pairs import Pair
from suite.analysis.second_opinion import SecondOpinion
from suite.analysis.table_arms import ArmsOfTable, arms_of_table, asked_pairs
from suite.analysis.table_pairs import pairs_in, pairs_in_each, pairs_of_blocks, pairs_over
from suite.analysis.unit_notes import unit_notes
from suite.analysis.words import Scope
from suite.errors import SuiteError
from suite.importers.measured_table import MeasuredTable
from suite.importers.runs.points import Point
from suite.stats import FEWEST_SEEDS, LikeBlocks, Summary, like_blocks_mean, summarize
from suite.task.choices import Direction
from suite.task.components import Metric


@dataclass(frozen=True)
class Family:
    """The verdicts of one scope on all pairs that were asked about."""

    scope: Scope
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class TableAnalysis:
    """What a table says of its arms.

    `lead` answers the question, and `beside` is the other scope, where the table allows it: over
    six data sets or more, data sets like these lead. `arms` are in the order of their means, the
    best first. `pairs`: those that were asked about. `along`: the verdicts along the curves of
    logged runs, where `with_curve` added them.
    """

    arms: ArmsOfTable
    pairs: tuple[tuple[str, str], ...]
    lead: Family
    beside: Family | None
    along: AlongCurve | None = None

    @property
    def table(self) -> MeasuredTable:
        """The table."""
        return self.arms.table

    @property
    def baseline(self) -> str | None:
        """The arm that was compared with every other; None where all pairs were asked about."""
        firsts = {first for first, _ in self.pairs}
        is_one = len(firsts) == 1 and len(self.pairs) == len(self.arms.values) - 1
        return next(iter(firsts)) if is_one and not self.is_ranked else None

    @property
    def is_ranked(self) -> bool:
        """Whether all pairs of arms were asked about, so that arms have ranks."""
        count = len(self.arms.values)
        return len(self.pairs) == count * (count - 1) // 2

    @cached_property
    def by_block(self) -> Mapping[str, tuple[Comparison, ...]]:
        """The verdicts in each data set, which hold for all data sets together.

        One family: a seed's sign is shared by all data sets, so that the sign flips of n seeds can
        decide in any number of data sets what they can decide in one.
        """
        blocks = self.arms.blocks
        if len(blocks) == 1:
            return {blocks[0]: self.lead.comparisons}
        pairs = pairs_in_each(self.arms, self.pairs)
        verdicts = iter(judge_family([pair for found in pairs.values() for pair in found]))
        return {block: tuple(islice(verdicts, len(found))) for block, found in pairs.items()}

    @cached_property
    def spreads(self) -> Mapping[tuple[str, str], LikeBlocks]:
        """How much each pair's gap differs between data sets, and a prediction for a new one."""
        if len(self.arms.blocks) < 2 or not self.arms.paired:
            return {}
        return {
            (first, second): spread
            for first, second in self.pairs
            if (spread := _spread(self.arms, first, second)) is not None
        }

    @cached_property
    def second_opinion(self) -> SecondOpinion:
        """What other methods say, on which no verdict rests."""
        return SecondOpinion(self.arms, self.pairs)

    def summary(self, arm: str, block: str) -> Summary | None:
        """The arm's values in one data set; None where it has none."""
        values = self.arms.by_block[block][arm]
        return summarize(list(values.values())) if values else None


def compare_table(
    table: MeasuredTable,
    *,
    direction: Direction | None = None,
    margin: float | None = None,
    baseline: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    paired: bool = True,
) -> TableAnalysis:
    """The verdicts on all pairs of arms, on `baseline` against every other, or on `pairs`.

    `direction` and `margin` stand before what the table says. Raises SuiteError where nothing says
    what is better, or the arms have too little in common.
    """
    rule = _choose_rule(table, direction, margin)
    table = replace(table, notes=(*table.notes, *unit_notes(table, rule.margin)))
    arms = arms_of_table(table, rule, paired=paired and table.paired)
    asked = tuple(asked_pairs(arms, baseline) if pairs is None else pairs)
    blocks = arms.blocks
    if len(blocks) == 1:
        only = _judge(Scope.ONE, pairs_in(arms, blocks[0], asked))
        return TableAnalysis(arms, asked, _required(arms, only, asked), None)
    like = _judge(Scope.LIKE_THESE, pairs_of_blocks(arms, asked))
    these = _judge(Scope.THESE, pairs_over(arms, asked))
    lead, beside = (like, these) if len(blocks) >= FEWEST_SEEDS or these is None else (these, like)
    return TableAnalysis(arms, asked, _required(arms, lead, asked), beside)


def with_curve(analysis: TableAnalysis, point: Point | None = None) -> TableAnalysis:
    """The analysis with the leading scope's verdicts along the curves of a table that has them.

    `point`: as `judge_along`'s. Raises SuiteError where runs share no points.
    """
    along = judge_along(analysis.arms, analysis.pairs, analysis.lead.scope, point)
    return replace(analysis, along=along)


def _choose_rule(table: MeasuredTable, direction: Direction | None, margin: float | None) -> Metric:
    if direction is None and table.rule is None:
        raise SuiteError(
            f"{table.source}: nothing says whether {table.metric} is better when higher or lower:"
            " give --direction"
        )
    declared = table.rule or Metric(direction=direction or "higher", unit="none")
    return Metric(
        direction=direction or declared.direction,
        margin=declared.margin if margin is None else margin,
        unit="none",
    )


def _judge(scope: Scope, pairs: list[Pair]) -> Family | None:
    return Family(scope, tuple(judge_family(pairs))) if pairs else None


def _required(arms: ArmsOfTable, family: Family | None, asked: Sequence[tuple[str, str]]) -> Family:
    """The family. Raises SuiteError where a pair that was asked about is not in it."""
    judged = {(c.first, c.second) for c in family.comparisons} if family else set()
    if family is not None and judged == set(asked):
        return family
    first, second = next(pair for pair in asked if pair not in judged)
    if not arms.paired and len(arms.blocks) == 1:
        counts = " and ".join(str(len(arms.values[arm])) for arm in (first, second))
        raise SuiteError(f"expected at least 2 values of {first} and of {second}, got {counts}")
    common = arms.common(first, second)
    unit = arms.table.unit
    kind, got = f"{unit}s", f"{len(common)}"
    if len(arms.blocks) > 1:
        count = len({block for block, _ in common})
        kind, got = "data sets", f"{count}, for one counts where both have the same {unit}"
    raise SuiteError(
        f"{arms.table.source}: expected at least 2 {kind} that {first} and {second} have in"
        f" common, got {got}; --unpaired compares arms that share none, --where leaves rows"
        " out"
    )


def _spread(arms: ArmsOfTable, first: str, second: str) -> LikeBlocks | None:
    """The spread of one pair's gap; None where fewer than two data sets have both arms."""
    a, b = arms.values[first], arms.values[second]
    common = sorted(a.keys() & b.keys())
    if len({block for block, _ in common}) < 2:
        return None
    differences = np.array([a[key] - b[key] for key in common])
    return like_blocks_mean(list(differences), [block for block, _ in common])
