"""A table of results -> the pairs of its arms, in each data set and over data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from suite.analysis.pairs import FEWEST_VALUES, Key, Pair, UnitLayout, by_unit
from suite.analysis.words import Scope
from suite.errors import SuiteError, suggestion
from suite.importers.measured import FAILED_SHARE
from suite.importers.measured_table import MeasuredTable
from suite.task.components import Metric


@dataclass(frozen=True)
class ArmsOfTable:
    """The numbers of a table by arm, data set and unit; `rule` says what is better.

    `tried`: the units of each arm that have a row, with a value or without. `paired`: whether units
    with the same name are the same; else only data sets are.
    """

    table: MeasuredTable
    rule: Metric
    paired: bool
    values: Mapping[str, Mapping[Key, float]]
    tried: Mapping[str, frozenset[Key]]

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """The data sets, in the table's order."""
        return tuple(self.table.rows["block"].unique().tolist())

    @cached_property
    def by_block(self) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
        """The values of every data set by arm and unit."""
        split: dict[str, dict[str, dict[str, float]]] = {
            block: {arm: {} for arm in self.values} for block in self.blocks
        }
        for arm, values in self.values.items():
            for (block, unit), value in values.items():
                split[block][arm][unit] = value
        return split

    @cached_property
    def held(self) -> Mapping[str, frozenset[Key]]:
        """The units of each arm that have a value."""
        return {arm: frozenset(values) for arm, values in self.values.items()}

    @cached_property
    def means(self) -> Mapping[str, Mapping[str, float]]:
        """The mean of every data set and arm over its units there, where it has any."""
        return {
            block: {arm: _mean(values) for arm, values in arms.items() if values}
            for block, arms in self.by_block.items()
        }

    @cached_property
    def tried_blocks(self) -> Mapping[str, frozenset[str]]:
        """The data sets in which each arm was tried."""
        return {arm: frozenset(block for block, _ in keys) for arm, keys in self.tried.items()}

    def common(self, first: str, second: str) -> frozenset[Key]:
        """The units in which both arms have a value."""
        a, b = self.held[first], self.held[second]
        return a if a == b else a & b

    def count_tried(self, first: str, second: str) -> int:
        """The units in which one of two arms was tried."""
        a, b = self.tried[first], self.tried[second]
        return len(a) if a == b else len(a | b)

    @cached_property
    def clusters(self) -> Mapping[Key, str] | None:
        """The cluster of each item; None where items are on their own."""
        rows = self.table.rows
        if "cluster" not in rows:
            return None
        keys = zip(rows["block"], rows["unit"], strict=True)
        return dict(zip(keys, rows["cluster"], strict=True))

    @cached_property
    def overlap(self) -> float:
        """The share of a data set that two folds have in common; 0 where there are none."""
        if self.table.unit != "fold":
            return 0.0
        folds = {str(unit).rpartition("/")[2] for unit in self.table.rows["unit"]}
        return 1 / max(len(folds), 2)

    @cached_property
    def shared_blocks(self) -> tuple[str, ...]:
        """The data sets in which every arm has a value; all, where there is none."""
        shared = [block for block, arms in self.by_block.items() if all(arms.values())]
        return tuple(shared) or self.blocks

    def mean(self, arm: str) -> float:
        """The arm's mean over the data sets that every arm has, each counting alike.

        So that means compare. nan where the arm has no value there.
        """
        means = [self.means[block][arm] for block in self.shared_blocks if arm in self.means[block]]
        return float(np.mean(means)) if means else float("nan")

    @property
    def means_note(self) -> str:
        """Over which data sets means are, where those are not all; empty otherwise."""
        shared, every = len(self.shared_blocks), len(self.blocks)
        return f"means are over the {shared} of {every} data sets that every arm has" * (
            shared < every
        )


def arms_of_table(table: MeasuredTable, rule: Metric, *, paired: bool = True) -> ArmsOfTable:
    """The numbers by arm, the best mean first. Raises SuiteError for fewer than two arms."""
    rows = table.rows
    values: dict[str, dict[Key, float]] = {}
    tried: dict[str, list[Key]] = {}
    shared: dict[Key, Key] = {}  # one tuple for all arms: there may be a million rows
    for arm, part in rows.groupby("arm", sort=False, observed=True):
        found = zip(part["block"].tolist(), part["unit"].tolist(), strict=True)
        keys = [shared.setdefault(key, key) for key in found]
        numbers = dict(zip(keys, part["value"].tolist(), strict=True))
        tried[str(arm)] = keys
        values[str(arm)] = {
            key: numbers[key]
            for key in sorted(keys)
            if numbers[key] == numbers[key]  # not nan
        }
    if len(values) < 2:
        raise SuiteError(
            f"{table.source}: expected two arms or more, got {', '.join(values) or 'none'}; name"
            " another file beside it, or the column of arms with --arm"
        )
    arms = ArmsOfTable(
        table, rule, paired, values, {arm: frozenset(keys) for arm, keys in tried.items()}
    )
    sign = -1 if rule.direction == "higher" else 1
    means = {arm: arms.mean(arm) for arm in values}
    order = sorted(values, key=lambda arm: (np.isnan(means[arm]), sign * means[arm], arm))
    return ArmsOfTable(table, rule, paired, {arm: values[arm] for arm in order}, arms.tried)


def asked_pairs(arms: ArmsOfTable, baseline: str | None) -> list[tuple[str, str]]:
    """All pairs of arms, or the baseline with every other. Raises SuiteError where it is none."""
    if baseline is None:
        return list(combinations(arms.values, 2))
    if baseline not in arms.values:
        raise SuiteError(
            f"--baseline: expected an arm, got {baseline!r}: {suggestion(baseline, [*arms.values])}"
        )
    return [(baseline, arm) for arm in arms.values if arm != baseline]


def pairs_in(arms: ArmsOfTable, block: str, asked: Sequence[tuple[str, str]]) -> list[Pair]:
    """The pairs in one data set that have enough in common, by seed, item or fold."""
    clusters = arms.clusters
    within: Mapping[Any, str] | None = clusters and {
        unit: cluster for (where, unit), cluster in clusters.items() if where == block
    }
    layout = UnitLayout(clusters=within, overlap=arms.overlap)
    is_plain = within is None and not arms.overlap
    values = arms.by_block[block]
    tried = {
        arm: {unit for where, unit in keys if where == block} for arm, keys in arms.tried.items()
    }
    return [
        Pair(
            first,
            second,
            arms.table.metric,
            values[first],
            values[second],
            arms.rule,
            unit=arms.table.unit,
            paired=arms.paired,
            missing=missing,
            too_many_failures=_is_too_much(missing, common),
            layout=None if is_plain or not arms.paired else layout,
        )
        for first, second in asked
        if _has_enough(values[first], values[second], paired=arms.paired)
        for common in [len(values[first].keys() & values[second].keys())]
        for missing in [len(tried[first] | tried[second]) - common if arms.paired else 0]
    ]


def pairs_in_each(arms: ArmsOfTable, asked: Sequence[tuple[str, str]]) -> dict[str, list[Pair]]:
    """The pairs in every data set, for one family of all.

    Items are numbered in each, for those of several data sets have nothing in common: a name for
    each would be a sign for each, thousands of them. Seeds keep their names, and so their sign.
    """
    pairs = {block: pairs_in(arms, block, asked) for block in arms.blocks}
    if arms.table.unit != "item" or arms.clusters is not None:
        return pairs
    return {block: _numbered(found) for block, found in pairs.items()}


def _numbered(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs of one data set with numbers for the names of its units."""
    units = sorted({unit for pair in pairs for side in (pair.a, pair.b) for unit in by_unit(side)})
    numbers = {unit: number for number, unit in enumerate(units)}
    sides = {
        id(side): {numbers[unit]: value for unit, value in by_unit(side).items()}
        for pair in pairs
        for side in (pair.a, pair.b)
    }
    return [replace(pair, a=sides[id(pair.a)], b=sides[id(pair.b)]) for pair in pairs]


def pairs_over(arms: ArmsOfTable, asked: Sequence[tuple[str, str]]) -> list[Pair]:
    """The pairs over these data sets; none where a data set has fewer than two common units.

    A seed, item or fold of a data set is the unit.
    """
    if not arms.paired:
        return []
    layout = UnitLayout(blocks=True, clusters=arms.clusters, overlap=arms.overlap)
    pairs = []
    is_repeated: dict[frozenset[Key], bool] = {}
    for first, second in asked:
        a, b = arms.values[first], arms.values[second]
        common = arms.common(first, second)
        if common not in is_repeated:
            is_repeated[common] = _is_repeated(common, arms.clusters)
        if not is_repeated[common]:
            return []
        missing = arms.count_tried(first, second) - len(common)
        pairs.append(
            Pair(
                first,
                second,
                arms.table.metric,
                a,
                b,
                arms.rule,
                unit=arms.table.unit,
                missing=missing,
                too_many_failures=_is_too_much(missing, len(common)),
                layout=layout,
                scope=Scope.THESE,
            )
        )
    return pairs


def pairs_of_blocks(arms: ArmsOfTable, asked: Sequence[tuple[str, str]]) -> list[Pair]:
    """The pairs whose unit is the data set: the arms' means over what they have in common there."""
    pairs = []
    for first, second in asked:
        a, b = _block_means(arms, first, second)
        units = arms.count_tried(first, second)
        common = len(arms.common(first, second))
        missing = len(arms.tried_blocks[first] | arms.tried_blocks[second]) - len(a)
        lost_units = arms.paired and _is_too_much(units - common, common)
        if len(a) >= FEWEST_VALUES:
            pairs.append(
                Pair(
                    first,
                    second,
                    arms.table.metric,
                    a,
                    b,
                    arms.rule,
                    unit="data set",
                    missing=missing,
                    too_many_failures=lost_units or _is_too_much(missing, len(a)),
                    scope=Scope.LIKE_THESE,
                )
            )
    return pairs


def _block_means(
    arms: ArmsOfTable, first: str, second: str
) -> tuple[dict[str, float], dict[str, float]]:
    """The means of two arms by data set, over the units that both have there if they are paired."""
    a: dict[str, float] = {}
    b: dict[str, float] = {}
    for block, values in arms.by_block.items():
        left, right, means = values[first], values[second], arms.means[block]
        if arms.paired and left.keys() != right.keys():
            common = left.keys() & right.keys()
            left = {unit: left[unit] for unit in common}
            right = {unit: right[unit] for unit in common}
            means = {first: _mean(left), second: _mean(right)} if common else {}
        if left and right:
            a[block], b[block] = means[first], means[second]
    return a, b


def _mean(values: Mapping[str, float]) -> float:
    """The mean, which the order of the units does not change; infinite beyond all numbers."""
    with np.errstate(over="ignore"):  # such values are refused where they are compared
        return float(np.mean(sorted(values.values())))


def _has_enough(a: Mapping[str, float], b: Mapping[str, float], *, paired: bool) -> bool:
    """Whether there are two units in common, or two values of each arm that is not paired."""
    if paired:
        return len(a.keys() & b.keys()) >= FEWEST_VALUES
    return min(len(a), len(b)) >= FEWEST_VALUES


def _is_repeated(common: frozenset[Key], clusters: Mapping[Key, str] | None) -> bool:
    """Whether every data set has two units or clusters, so that its noise is known."""
    groups: dict[str, set[str]] = {}
    for key in common:
        groups.setdefault(key[0], set()).add(key[1] if clusters is None else clusters[key])
    return bool(groups) and all(len(group) >= FEWEST_VALUES for group in groups.values())


def _is_too_much(missing: int, common: int) -> bool:
    """Whether too many units lack a partner for a verdict."""
    return missing > FAILED_SHARE * (missing + common)
