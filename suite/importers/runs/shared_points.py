"""The points of their curves at which all runs have a value: nothing is interpolated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from suite.errors import SuiteError
from suite.importers.runs.logged import Curve

SharedAxis = Literal["epoch", "step"]
AXES: tuple[SharedAxis, ...] = ("epoch", "step")
FEWEST_POINTS = 2


@dataclass(frozen=True)
class SharedPoints:
    """The values of runs (runs, points), all finite, at ascending `points` (points,) of an axis.

    `logged`: how many points any of the runs has. `shortest`: the place of the run that has the
    fewest.
    """

    axis: SharedAxis
    points: np.ndarray
    values: np.ndarray
    logged: int
    shortest: int


def share_points(
    curves: Sequence[Curve],
    names: Sequence[str],
    source: str,
    *,
    axis: SharedAxis | None = None,
    until: float = np.inf,
) -> SharedPoints:
    """The values at the epochs or steps, whichever runs share more of, that every run has.

    `names`: what messages call each run. `axis`: the only one to use; `until`: the last point of
    it. A point whose value is no finite number is none; of several values at one point the last
    counts. Raises SuiteError where fewer than two points are shared.
    """
    known = {name: [_by_point(curve, name) for curve in curves] for name in AXES}
    shared = {name: _common([points for points, _ in known[name]]) for name in AXES}
    longest: SharedAxis = max(AXES, key=lambda name: len(shared[name]))
    chosen: SharedAxis = longest if axis is None else axis
    points = shared[chosen][shared[chosen] <= until]
    shortest = min(range(len(curves)), key=lambda place: len(known[chosen][place][0]))
    if len(points) < FEWEST_POINTS:
        fewest = known[chosen][shortest][0]
        raise SuiteError(
            f"{source}: --curve: expected at least {FEWEST_POINTS} {chosen}s at which every run"
            f" has a value, got {len(points)}; {names[shortest]} has {_span(fewest, chosen)}"
        )
    values = [own[np.searchsorted(where, points)] for where, own in known[chosen]]
    logged = np.unique(np.concatenate([where for where, _ in known[chosen]]))
    return SharedPoints(chosen, points, np.stack(values), int((logged <= until).sum()), shortest)


def _by_point(curve: Curve, axis: SharedAxis) -> tuple[np.ndarray, np.ndarray]:
    """The points of a curve, ascending, and its last value at each; the finite ones."""
    where = curve.epochs if axis == "epoch" else curve.steps
    has_point = np.isfinite(where)
    where, values = where[has_point], curve.values[has_point]
    points, from_end = np.unique(where[::-1], return_index=True)
    last = values[::-1][from_end]
    is_finite = np.isfinite(last)
    return points[is_finite], last[is_finite]


def _common(columns: Sequence[np.ndarray]) -> np.ndarray:
    """The points that are in all columns; most runs of a study have the same."""

    def meet(first: np.ndarray, other: np.ndarray) -> np.ndarray:
        is_same = len(first) == len(other) and bool((first == other).all())
        return first if is_same else np.intersect1d(first, other, assume_unique=True)

    return reduce(meet, columns)


def _span(points: np.ndarray, axis: SharedAxis) -> str:
    if not len(points):
        return f"no {axis} with a value"
    things = f"{len(points)} {axis}{'s' * (len(points) != 1)}"
    return f"{things}, {points[0]:g} to {points[-1]:g}" if len(points) > 1 else things
