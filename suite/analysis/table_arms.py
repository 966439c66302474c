"""A table of results as arms: what was tried, and what was measured, by data set and unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from suite.analysis.pairs import Key
from suite.errors import SuiteError, suggestion
from suite.importers.measured_table import MeasuredTable
from suite.task.components import Metric


def mean_of(values: Mapping[str, float]) -> float:
    """The mean, which the order of the units does not change; infinite beyond all numbers."""
    with np.errstate(over="ignore"):  # such values are refused where they are compared
        return float(np.mean(sorted(values.values())))


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
            block: {arm: mean_of(values) for arm, values in arms.items() if values}
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
