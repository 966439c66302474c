"""The verdicts on logged runs along their curves, which hold for all shown points together.

All points of all pairs are one family, judged by the rule of any other: the bands hold at every
point at once, so that the point from which an arm is better may be chosen after looking. Signs of
seeds are shared by all points, as by all pairs. The bands hold for the runs that there are; they
are no confidence sequence over runs that are added later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.pairs import Pair
from suite.analysis.table_arms import ArmsOfTable, arms_of_table
from suite.analysis.table_pairs import pairs_in, pairs_of_blocks, pairs_over
from suite.analysis.words import Scope, Verdict
from suite.errors import SuiteError
from suite.importers.runs.points import Point
from suite.importers.runs.shared_points import SharedAxis, SharedPoints, share_points

PairOfArms = tuple[str, str]
MOST_POINTS = 50  # of a pair: more cannot be told apart in a figure
MOST_VERDICTS = 300  # of all pairs: of more, the correlation would not be measured
MOST_UNPAIRED = 10  # without pairs every point is corrected as if it were on its own
FEWEST_SHOWN = 10  # points of a pair; with fewer it is no curve


@dataclass(frozen=True)
class AlongCurve:
    """The verdicts of each pair at each of the `points`, of an axis; one family.

    `notes`: which points were compared, each without a full stop.
    """

    axis: SharedAxis
    points: tuple[float, ...]
    verdicts: Mapping[PairOfArms, tuple[Comparison, ...]]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Stretch:
    """Neighbouring points, `first` to `last` of the shown ones, with one answer.

    `state`: the arm that is better, EQUIVALENT, or None where nothing is shown.
    """

    state: str | None
    first: int
    last: int


def judge_along(
    arms: ArmsOfTable, asked: Sequence[PairOfArms], scope: Scope, point: Point | None = None
) -> AlongCurve:
    """The verdicts of `scope` on the pairs at the points that all runs share.

    `arms`: of a table with a column `curve`. `point`: on an axis, the curve ends there. Runs that
    have no value in the table have none on the curve. Raises SuiteError for too many pairs, and
    where runs share no points.
    """
    shown = _most_points(arms, asked)
    rows = arms.table.rows
    counted = np.flatnonzero(rows["value"].notna().to_numpy() & rows["curve"].notna().to_numpy())
    if not len(counted):
        raise SuiteError(f"{arms.table.source}: --curve: expected runs with values, found none")
    own = rows.iloc[counted]
    names = [
        f"{arm}, {arms.table.unit} {unit}"
        for arm, unit in zip(own["arm"], own["unit"], strict=True)
    ]
    shared = share_points(own["curve"].tolist(), names, arms.table.source, **_limits(point))
    kept = np.unique(np.linspace(0, len(shared.points) - 1, min(shown, len(shared.points))).round())
    pairs = [
        pair
        for place in kept.astype(int).tolist()
        for pair in _pairs_at(arms, asked, scope, counted, shared.values[:, place])
    ]
    verdicts: dict[PairOfArms, list[Comparison]] = {pair: [] for pair in asked}
    for comparison in judge_family(pairs):
        verdicts[comparison.first, comparison.second].append(comparison)
    return AlongCurve(
        shared.axis,
        tuple(shared.points[kept.astype(int)].tolist()),
        {pair: tuple(found) for pair, found in verdicts.items()},
        tuple(_notes(shared, len(kept), names)),
    )


def _most_points(arms: ArmsOfTable, asked: Sequence[PairOfArms]) -> int:
    """How many points of each pair are judged. Raises SuiteError for more pairs than have any."""
    most = MOST_VERDICTS // FEWEST_SHOWN
    if len(asked) > most:
        raise SuiteError(
            f"{arms.table.source}: --curve: expected at most {most} pairs, got {len(asked)}:"
            " --baseline compares one arm with every other, --where keeps some runs"
        )
    return min(MOST_POINTS if arms.paired else MOST_UNPAIRED, MOST_VERDICTS // len(asked))


def _limits(point: Point | None) -> dict[str, Any]:
    if point is None or point.axis not in ("step", "epoch"):
        return {}
    return {"axis": point.axis, "until": point.limit}


def _pairs_at(
    arms: ArmsOfTable,
    asked: Sequence[PairOfArms],
    scope: Scope,
    counted: np.ndarray,
    values: np.ndarray,
) -> list[Pair]:
    """The pairs of arms whose runs `counted` have these values, and the others none."""
    column = np.full(len(arms.table.rows), np.nan)
    column[counted] = values
    table = replace(arms.table, rows=arms.table.rows.assign(value=column))
    there = arms_of_table(table, arms.rule, paired=arms.paired)
    if scope == Scope.ONE:
        return pairs_in(there, there.blocks[0], asked)
    return (pairs_of_blocks if scope == Scope.LIKE_THESE else pairs_over)(there, asked)


def _notes(shared: SharedPoints, shown: int, names: Sequence[str]) -> Iterator[str]:
    axis, count = shared.axis, len(shared.points)
    if count < shared.logged:
        yield (
            f"{count} of {shared.logged} logged {axis}s are compared: those at which every run has"
            f" a value; {names[shared.shortest]} has the fewest"
        )
    if shown < count:
        yield f"{shown} of {count} {axis}s are shown, evenly spaced, and the bands hold for those"


def stretches(verdicts: Sequence[Comparison]) -> list[Stretch]:
    """The points of a pair as stretches of one answer, in their order."""
    found: list[Stretch] = []
    for place, comparison in enumerate(verdicts):
        state = _state(comparison)
        if found and found[-1].state == state:
            found[-1] = replace(found[-1], last=place)
        else:
            found.append(Stretch(state, place, place))
    return found


def _state(comparison: Comparison) -> str | None:
    if comparison.winner is not None:
        return comparison.winner
    return Verdict.EQUIVALENT if comparison.verdict == Verdict.EQUIVALENT else None
