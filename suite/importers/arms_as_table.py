"""Arms of logs as one table, so that every pair of them is one family."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm, check_comparable
from suite.importers.measured_table import MeasuredTable

if TYPE_CHECKING:
    from suite.task.components import Metric

Row = tuple[str, str, str, float]  # arm, block, unit, value


def table_of_arms(
    arms: Sequence[MeasuredArm], pairs: Sequence[tuple[str, str]] | None = None
) -> MeasuredTable:
    """The arms' values in one block, with their clusters where they have them.

    `pairs`: the arms that will be compared, by their names; all of them, if that is not said.

    A seed or item without a value that its source does not name has a name of its own here, so that
    it pairs with none. Raises SuiteError for arms that are not alike in metric, unit, condition and
    direction, have one name, or have an item in two clusters.
    """
    if not arms:
        raise SuiteError("expected arms of results, got none")
    for a, b in combinations(arms, 2):
        _check_alike(a, b)
        if pairs is None or {(a.name, b.name), (b.name, a.name)} & set(pairs):
            check_comparable(a, b)
    rows = pd.DataFrame(
        [row for arm in arms for row in _rows(arm)], columns=["arm", "block", "unit", "value"]
    )
    clusters = _clusters(arms)
    if clusters is not None:
        rows["cluster"] = [clusters.get(unit, unit) for unit in rows["unit"]]
    return MeasuredTable(
        source=", ".join(arm.name for arm in arms),
        metric=arms[0].metric,
        unit=arms[0].unit,
        rows=rows.astype({"value": "float64"}),
        rule=_rule(arms),
        reading=f"read: logs, each an arm, by {arms[0].unit}; {arms[0].metric} = value",
        notes=tuple(f"{arm.name}: {note}" for arm in arms for note in arm.notes),
    )


def _check_alike(a: MeasuredArm, b: MeasuredArm) -> None:
    names = f"{a.name}, {b.name}"
    if a.name == b.name:
        raise SuiteError(f"{names}: expected arms of different names")
    if a.metric != b.metric:
        raise SuiteError(
            f"{names}: expected one metric, got {a.metric} and {b.metric}: give --metric"
        )
    if a.rule and b.rule and a.rule.direction != b.rule.direction:
        raise SuiteError(
            f"{names}: what they come from contradicts itself on whether {a.metric} is better when"
            " higher or lower: give --direction"
        )
    if (a.clusters is None) != (b.clusters is None):
        raise SuiteError(f"{names}: expected clusters of both or of none")


def _rule(arms: Sequence[MeasuredArm]) -> Metric | None:
    return next((arm.rule for arm in arms if arm.rule is not None), None)


def _rows(arm: MeasuredArm) -> Iterator[Row]:
    for unit, value in arm.values.items():
        yield arm.name, "", unit, value
    for unit in arm.valueless:
        yield arm.name, "", unit, math.nan
    for count in range(len(arm.valueless), arm.without_value):
        yield arm.name, "", f"{arm.name}, without a value {count + 1}", math.nan


def _clusters(arms: Sequence[MeasuredArm]) -> dict[str, str] | None:
    """The cluster of every item, where arms have any."""
    if arms[0].clusters is None:
        return None
    clusters: dict[str, str] = {}
    for arm in arms:
        for item, cluster in (arm.clusters or {}).items():
            if clusters.setdefault(item, cluster) != cluster:
                raise SuiteError(
                    f"{arm.name}: item {item}: expected cluster {clusters[item]}, as in another"
                    f" arm, got {cluster}"
                )
    return clusters
