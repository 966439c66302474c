"""Two arms under one metric, as the rule takes them, and what can be seen of them beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from suite.analysis.words import Scope
from suite.errors import SuiteError
from suite.stats.layouts import Layout, numbered
from suite.task.components import Metric

Unit = Literal["seed", "item", "fold", "data set"]
Key = tuple[str, str]  # a data set, and a unit of it
Values = Mapping[int, float] | Mapping[str, float] | Mapping[Key, float]  # of an arm, by unit
FEWEST_VALUES = 2  # of one, there is no spread
MOST_SORTED = 100_000  # units


@dataclass(frozen=True)
class UnitLayout:
    """What the units of a pair have in common.

    `blocks`: whether keys are (data set, unit), every data set counting alike. `clusters`: that of
    each item, where items come in clusters. `overlap`: the share of data that two folds or runs
    have in common.
    """

    blocks: bool = False
    clusters: Mapping[Any, str] | None = None
    overlap: float = 0.0
    _seen: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def of_units(self, units: Sequence[Any]) -> Layout:
        """The layout of these units, in their order; that of the last ones is kept."""
        seen = self._seen.get("units")
        if seen is None or seen != units:
            self._seen.update(units=units, layout=self._layout(units))
        layout: Layout = self._seen["layout"]
        return layout

    def _layout(self, units: Sequence[Any]) -> Layout:
        clusters = self.clusters
        return Layout(
            numbered([unit[0] for unit in units] if self.blocks else [""] * len(units)),
            None if clusters is None else numbered([clusters[unit] for unit in units]),
            self.overlap,
        )


@dataclass(frozen=True)
class Pair:
    """Two arms under one metric, and what decides between them.

    `a` and `b`: the values by seed or item, whichever `unit` says. `missing`: how many units have a
    value of one arm only, or were tried without one. `is_primary`: under the metric that the
    question is about. `is_declared`: a pair that the task compares, not only a claim. `layout`:
    what units have in common; None where every one is on its own. `scope`: what the answer is
    about, where that is not the one data set. `bounds`: of the values, where seeds that were added
    after a look are judged by betting.
    """

    first: str
    second: str
    metric: str
    a: Values
    b: Values
    rule: Metric
    unit: Unit = "seed"
    paired: bool = True
    sequential: bool = False
    missing: int = 0
    too_many_failures: bool = False
    is_primary: bool = True
    is_declared: bool = True
    layout: UnitLayout | None = None
    scope: Scope = Scope.ONE
    bounds: tuple[float, float] | None = None

    @cached_property
    def common(self) -> list[Any]:
        """As `common_units`."""
        a, b = by_unit(self.a), by_unit(self.b)
        common = [unit for unit in a if unit in b]  # tables have them sorted: sorting is fast
        return sorted(common) if len(common) <= MOST_SORTED else common


def require_within(
    values: Iterable[float], bounds: tuple[float, float], label: str, metric: str
) -> None:
    """Raises SuiteError for values out of the bounds that a sequence takes them to have."""
    low, high = bounds
    strange = [value for value in values if not low <= value <= high]
    if strange:
        raise SuiteError(
            f"{label}: sequence betting: expected {metric} from {low:g} to {high:g}, got"
            f" {strange[0]:g}"
        )


def common_units(pair: Pair) -> list[Any]:
    """The units that both arms have, in order; as they come where there are very many."""
    return pair.common


def count_groups(pair: Pair) -> int | None:
    """The clusters, or else the data sets, that the common units come from; None without either."""
    layout, units = pair.layout, common_units(pair)
    if layout is None or not (layout.blocks or layout.clusters):
        return None
    clusters = layout.clusters
    return len({unit[0] if clusters is None else clusters[unit] for unit in units})


def is_of_binary_items(pair: Pair) -> bool:
    """Whether the values say of items whether they are right: 1 or 0.

    Then there is an interval even where all items agree, and p is exact.
    """
    if pair.unit != "item" or pair.layout is not None:
        return False
    return {*pair.a.values(), *pair.b.values()} <= {0.0, 1.0}


def by_unit(values: Values) -> Mapping[Any, float]:
    """The values, whatever kind their units' names are of."""
    return values


def differences_of(pairs: Sequence[Pair]) -> np.ndarray:
    """The differences A - B: a row for every unit of any pair, nan where a pair lacks it."""
    commons = [common_units(pair) for pair in pairs]
    units = commons[0]
    if any(common != units for common in commons[1:]):
        units = sorted({unit for common in commons for unit in common})
    sides = {id(side): side for pair in pairs for side in (pair.a, pair.b)}
    columns = {key: column_of(by_unit(side), units) for key, side in sides.items()}
    return np.stack([columns[id(pair.a)] - columns[id(pair.b)] for pair in pairs], axis=1)


def column_of(values: Mapping[Any, float], units: Sequence[Any]) -> np.ndarray:
    """The values of the units (n,), nan where there is none."""
    nothing = float("nan")
    return np.array([values.get(unit, nothing) for unit in units], dtype=np.float64)


def unvarying_arms(pair: Pair) -> tuple[str, ...]:
    """The arms with one value under every seed."""
    arms = ((pair.first, pair.a), (pair.second, pair.b))
    return tuple(
        name for name, values in arms if len(values) > 1 and len(set(values.values())) == 1
    )
