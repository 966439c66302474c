"""A table of results -> the pairs of its arms, in each data set and over data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from suite.analysis.pairs import FEWEST_VALUES, Key, Pair, UnitLayout, by_unit
from suite.analysis.table_arms import ArmsOfTable, mean_of
from suite.analysis.words import Scope
from suite.importers.measured import FAILED_SHARE


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
            means = {first: mean_of(left), second: mean_of(right)} if common else {}
        if left and right:
            a[block], b[block] = means[first], means[second]
    return a, b


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
