"""Which point of a run's curve counts: the last, the best, or the one at a step, epoch or time.

The best point must be chosen by a metric that is named. Where that is the compared metric itself,
the choice is optimistic, and by how much is estimated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from suite.errors import SuiteError
from suite.importers.role_names import Direction, direction_of
from suite.importers.runs.logged import Curve, LoggedRun

Axis = Literal["step", "epoch", "time"]
EXPECTED = (
    "expected last, best:METRIC, step=N, epoch=N or time=SECONDS (best:METRIC:lower where no name"
    " says what is better)"
)


@dataclass(frozen=True)
class Point:
    """Which value of a curve counts.

    `kind` "axis": the last value within `limit` on `axis`. `kind` "best": the value where `metric`
    is best; the compared metric where that is None.
    """

    kind: Literal["last", "best", "axis"] = "last"
    metric: str | None = None
    direction: Direction | None = None
    axis: Axis | None = None
    limit: float = 0.0


def parse_point(text: str) -> Point:
    """The point that the text of --at means; a number alone is a time in seconds.

    Raises SuiteError.
    """
    if text == "last":
        return Point()
    if text == "best":
        return Point("best")
    if text.startswith("best:"):
        return _parse_best(text.removeprefix("best:"))
    axis, _, number = text.partition("=") if "=" in text else ("time", "", text)
    if axis not in ("step", "epoch", "time") or not _is_number(number):
        raise SuiteError(f"--at: {EXPECTED}, got {text!r}")
    return Point("axis", axis=axis, limit=float(number))  # type: ignore[arg-type]


def _parse_best(rest: str) -> Point:
    if match := re.fullmatch(r"(.+):(higher|lower)", rest):
        return Point("best", match[1], "higher" if match[2] == "higher" else "lower")
    if not rest:
        raise SuiteError(f"--at: {EXPECTED}, got 'best:'")
    return Point("best", rest, direction_of(rest))


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


@dataclass(frozen=True)
class Chosen:
    """The value that counts of each run (runs,), nan where a run has none; and how it was chosen.

    `reading`: words for the line that says how the log was read. `notes`: what a reader must know.
    """

    values: np.ndarray
    reading: str
    notes: tuple[str, ...] = ()


def choose_points(
    runs: Sequence[LoggedRun],
    arms: Sequence[str],
    metric: str,
    direction: Direction | None,
    point: Point,
    source: str,
) -> Chosen:
    """The value of `metric` that counts of each run. `arms`: the arm of each run.

    Raises SuiteError where a run has no such point, or nothing says what "best" is.
    """
    curves = [run.metrics.get(metric) for run in runs]
    if point.kind == "axis":
        return _on_axis(runs, curves, point, source)
    if point.kind == "last":
        values = [_last(curve) for curve in curves]
        return Chosen(np.array(values), _reading_of_last(curves), _uneven(curves))
    chosen_by = point.metric or metric
    better = point.direction or (direction if chosen_by == metric else direction_of(chosen_by))
    if better is None:
        raise SuiteError(
            f"{source}: --at: nothing says whether higher or lower {chosen_by} is better: write"
            f" best:{chosen_by}:higher or best:{chosen_by}:lower"
        )
    places = [_best_place(run, chosen_by, better, source) for run in runs]
    values = [
        np.nan if curve is None or place is None else _value_beside(run, metric, chosen_by, place)
        for run, curve, place in zip(runs, curves, places, strict=True)
    ]
    reading = f"where {chosen_by} is {'highest' if better == 'higher' else 'lowest'}"
    notes = (_optimism(curves, arms, better),) if chosen_by == metric else ()
    return Chosen(np.array(values), reading, notes)


def _last(curve: Curve | None) -> float:
    return np.nan if curve is None or not len(curve) else float(curve.values[-1])


def _reading_of_last(curves: Sequence[Curve | None]) -> str:
    lengths = [len(curve) for curve in curves if curve is not None]
    if not lengths or max(lengths) == 1:
        return ""
    low, high = min(lengths), max(lengths)
    return f"the last of {high if low == high else f'{low} to {high}'} values of each run"


def _uneven(curves: Sequence[Curve | None]) -> tuple[str, ...]:
    """A note where runs end at different steps, for then their last values are of other budgets."""
    for name in ("steps", "epochs"):
        ends = [getattr(curve, name)[-1] for curve in curves if curve is not None and len(curve)]
        ends = [end for end in ends if not np.isnan(end)]
        if ends and min(ends) != max(ends):
            return (
                f"the runs end at different {name} ({min(ends):g} to {max(ends):g}):"
                f" --at {name[:-1]}={min(ends):g} compares them at the same one",
            )
    return ()


def _on_axis(
    runs: Sequence[LoggedRun], curves: Sequence[Curve | None], point: Point, source: str
) -> Chosen:
    """The last value of each run that lies within the limit."""
    axis, values = point.axis or "step", []
    for run, curve in zip(runs, curves, strict=True):
        if curve is None or not len(curve):
            values.append(np.nan)
            continue
        places = {"step": curve.steps, "epoch": curve.epochs, "time": _since_start(run, curve)}
        where = places[axis]
        if np.isnan(where).all():
            raise SuiteError(
                f"{source}: --at {axis}=: run {run.name}: its log has no {axis}s"
                f"{_others(places, axis)}"
            )
        within = np.flatnonzero(where <= point.limit)
        if not len(within):
            raise SuiteError(
                f"{source}: --at {axis}={point.limit:g}: run {run.name}: its first value is at"
                f" {axis} {np.nanmin(where):g}"
            )
        if run.end == "finished" and np.nanmax(where) < point.limit and axis != "time":
            raise SuiteError(
                f"{source}: --at {axis}={point.limit:g}: run {run.name} ends at {axis}"
                f" {np.nanmax(where):g}: expected a {axis} that every run has reached"
            )
        nearest = within[where[within] == where[within].max()]
        values.append(float(curve.values[nearest[-1]]))
    return Chosen(np.array(values), f"the last value up to {axis} {point.limit:g}")


def _since_start(run: LoggedRun, curve: Curve) -> np.ndarray:
    """Seconds since the run's first logged value of any metric."""
    starts = [
        np.nanmin(other.times)
        for other in run.metrics.values()
        if len(other) and not np.isnan(other.times).all()
    ]
    return curve.times - min(starts) if starts else curve.times


def _others(places: Mapping[str, np.ndarray], axis: str) -> str:
    known = [name for name, where in places.items() if name != axis and not np.isnan(where).all()]
    return f", only {' and '.join(f'{name}s' for name in known)}" if known else ""


def _best_place(run: LoggedRun, metric: str, better: Direction, source: str) -> int | None:
    """The first point at which the metric is best; None for a run that has no value of it."""
    curve = run.metrics.get(metric)
    if curve is None or np.isnan(curve.values).all():
        if run.end in ("finished", "unknown") and curve is None:
            raise SuiteError(
                f"{source}: --at best:{metric}: run {run.name} has none; it has"
                f" {', '.join(sorted(run.metrics)[:8]) or 'no metrics'}"
            )
        return None
    return int(np.nanargmax(curve.values if better == "higher" else -curve.values))


def _value_beside(run: LoggedRun, metric: str, chosen_by: str, place: int) -> float:
    """The value of `metric` logged with the point of `chosen_by`, or last before it."""
    curve, other = run.metrics[metric], run.metrics[chosen_by]
    if metric == chosen_by:
        return float(curve.values[place])
    for name in ("epochs", "steps", "times"):
        axis, moment = getattr(curve, name), getattr(other, name)[place]
        if np.isnan(axis).any() or np.isnan(moment):
            continue
        same = np.flatnonzero(axis == moment)
        before = same if len(same) else np.flatnonzero(axis <= moment)
        return float(curve.values[before[-1]]) if len(before) else np.nan
    return float(curve.values[place]) if len(curve) == len(other) else np.nan


def _optimism(curves: Sequence[Curve | None], arms: Sequence[str], better: Direction) -> str:
    """How much choosing each run's point by the compared metric itself adds to it, in words.

    The same choice made on the other runs of the arm: their mean curve says which point, and the
    run's own value there is what an honest choice would have given.
    """
    sign = 1.0 if better == "higher" else -1.0
    gains = []
    for arm in dict.fromkeys(arms):
        own = [c for c, a in zip(curves, arms, strict=True) if a == arm and c is not None]
        length = min((len(curve) for curve in own), default=0)
        if len(own) < 2 or length < 2:
            continue
        table = sign * np.stack([curve.values[:length] for curve in own])  # (runs, points)
        total = np.nansum(table, axis=0)
        for row in table:
            honest = row[int(np.argmax(total - np.nan_to_num(row)))]
            gains.append(np.nanmax(row) - honest)
    start = "the point of each run was chosen on the metric that is compared"
    if not gains:
        return f"{start}: optimistic by an amount that one run an arm cannot show"
    return f"{start}: optimistic by about {float(np.nanmean(gains)):.3g}"
