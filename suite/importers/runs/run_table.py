"""Logged runs -> a table of results: an arm for each configuration, a row for each seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from suite.errors import SuiteError, suggestion
from suite.importers.measured_table import MeasuredTable
from suite.importers.role_names import Direction, direction_of, is_time, split_rank, words_of
from suite.importers.role_options import RoleOptions, shorten
from suite.importers.row_filter import filter_rows
from suite.importers.runs.logged import LoggedRun, RunLog
from suite.importers.runs.points import Point, choose_points
from suite.importers.runs.run_arms import RunRoles, choose_roles, parameter_table
from suite.task.components import Metric

# Words of what trackers log beside the results.
NOT_MEASURED = {
    *("system", "lr", "learning", "rate", "epoch", "step", "global", "iteration", "timestamp"),
    *("runtime", "time", "memory", "gpu", "cpu", "grad", "norm"),
}


@dataclass(frozen=True)
class RunOptions:
    """How logs of runs are read. `newest`: of several runs of one arm and seed, the last started.

    `direction`: what is better, where it was said. `curves`: keep the curve of the metric.
    """

    roles: RoleOptions = field(default_factory=RoleOptions)
    point: Point = field(default_factory=Point)
    newest: bool = False
    direction: Direction | None = None
    curves: bool = False


@dataclass(frozen=True)
class ChosenRuns:
    """The runs that --where keeps, what they are, and which value of each counts.

    `values` and `keep` (runs,): the value, nan where a run has none or did not end well, and
    whether it is the one that counts of its arm, data set and seed. `point`: words on which value
    of a curve counts. `notes`: what else a reader must know; `caveats`: those of them on the values
    that count.
    """

    runs: tuple[LoggedRun, ...]
    roles: RunRoles
    metric: str
    direction: Direction | None
    values: np.ndarray
    keep: np.ndarray
    point: str
    notes: tuple[str, ...]
    caveats: tuple[str, ...]


def choose_runs(log: RunLog, options: RunOptions) -> ChosenRuns:
    """What counts of a log. Raises SuiteError for what is not understood, with what settles it.

    A run that failed, or has not ended, counts as tried and without a value, unless another run of
    its arm and seed ended well.
    """
    runs, notes = _keep(log, options.roles)
    if len(runs) == 1:
        raise SuiteError(
            f"{log.source}: expected several runs of {log.kind}, found one: name the folder of all"
        )
    metric = choose_metric(runs, options.roles.metric, log.source)
    direction = options.direction or direction_of(metric)
    roles = choose_roles(runs, options.roles, log.source)
    chosen = choose_points(runs, roles.arms, metric, direction, options.point, log.source)
    values = np.where([_counts(run) for run in runs], chosen.values, np.nan)
    values = np.where(np.isfinite(values), values, np.nan)
    keep, more = _one_each(runs, roles, options, log.source)
    notes += [*_ends(runs, log.kind), *more, *roles.notes, *chosen.notes]
    return ChosenRuns(
        runs=tuple(runs),
        roles=roles,
        metric=metric,
        direction=direction,
        values=values,
        keep=keep,
        point=chosen.reading,
        notes=(*log.notes, *notes),
        caveats=chosen.notes,
    )


def table_of_runs(log: RunLog, options: RunOptions) -> MeasuredTable:
    """The table of a log. Raises SuiteError for what is not understood, with what settles it."""
    chosen = choose_runs(log, options)
    runs, roles, direction = chosen.runs, chosen.roles, chosen.direction
    units = roles.units or _numbered(roles)
    if roles.units is None and not options.roles.unpaired:
        raise SuiteError(
            f"{log.source}: no run records its seed ({looked_at(runs)}): name the parameter with"
            " --seed, or compare without pairs with --unpaired"
        )
    rows = pd.DataFrame(
        {"arm": roles.arms, "block": roles.blocks, "unit": units, "value": chosen.values}
    )
    if options.curves:
        curves = [run.metrics.get(chosen.metric) for run in runs]
        rows["curve"] = pd.Series(curves, dtype=object)
    return MeasuredTable(
        source=log.source,
        metric=chosen.metric,
        unit=roles.unit,
        rows=rows[chosen.keep].reset_index(drop=True),
        rule=Metric(direction=direction, unit="none") if direction else None,
        reading=reading_of(log, chosen),
        notes=chosen.notes,
    )


def reading_of(log: RunLog, chosen: ChosenRuns) -> str:
    """One line on how a log was read."""
    direction = chosen.direction
    better = f"{direction} is better" if direction else "which is better is not known: --direction"
    point = f", {chosen.point}" if chosen.point else ""
    return (
        f"read: {len(chosen.runs)} runs of {log.kind}, {chosen.roles.reading},"
        f" {chosen.metric} = value ({better}{point})"
    )


def _keep(log: RunLog, options: RoleOptions) -> tuple[list[LoggedRun], list[str]]:
    """The runs that --where keeps, and a note on their number."""
    if not log.runs:
        raise SuiteError(f"{log.source}: expected runs of {log.kind}, found none")
    if options.where is None:
        return list(log.runs), []
    table = {name: _typed(values) for name, values in parameter_table(log.runs).items()}
    frame = pd.DataFrame(table | {"status": [run.status or run.end for run in log.runs]})
    frame = frame.assign(name=[run.name for run in log.runs])
    kept = filter_rows(frame, options.where, log.source).index
    if not len(kept):
        raise SuiteError(f"{log.source}: --where {options.where}: keeps no run")
    note = f"--where {options.where}: {len(kept)} of {len(log.runs)} runs"
    return [log.runs[place] for place in kept], [note]


def _typed(values: Sequence[str]) -> pd.Series:
    """Numbers where all are, as in a table that was read from a file."""
    column = pd.Series(values, dtype=object)
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers.astype("float64") if numbers.notna().all() else column


def choose_metric(runs: Sequence[LoggedRun], wanted: str | None, source: str) -> str:
    """The metric that is asked for, or the only one whose name says that it measures something.

    Raises SuiteError where there are several, or none.
    """
    known = list(dict.fromkeys(name for run in runs for name in run.metrics))
    if not known:
        raise SuiteError(f"{source}: expected metrics, found runs without any")
    if wanted is not None:
        if wanted in known:
            return wanted
        alike = [name for name in known if name.casefold() == wanted.casefold()]
        if len(alike) == 1:
            return alike[0]
        raise SuiteError(
            f"{source}: --metric: expected one of {shorten(known, 12)}, got {wanted!r};"
            f" {suggestion(wanted, known)}"
        )
    named = [name for name in known if direction_of(name) and not is_time(name)]
    tested = [name for name in named if split_rank(name) == min(map(split_rank, named))]
    others = [name for name in known if not NOT_MEASURED & set(words_of(name))]
    choice = tested or others or known
    if len(choice) > 1:
        raise SuiteError(
            f"{source}: expected one metric, got {shorten(choice, 12)}: choose with --metric"
            f" {json.dumps(choice[0]) if ' ' in choice[0] else choice[0]}"
        )
    return choice[0]


def _counts(run: LoggedRun) -> bool:
    return run.end in ("finished", "unknown")


def _ends(runs: Sequence[LoggedRun], kind: str) -> list[str]:
    """A note on the runs that failed, and on those that have not ended."""
    notes = []
    for end, words in (("failed", "failed"), ("running", "not ended")):
        own = [run for run in runs if run.end == end]
        if own:
            says = ", ".join(dict.fromkeys(run.status for run in own if run.status))
            word = f" ({kind}: {says})" if says else ""
            notes.append(f"{words}, not counted: {len(own)} of {len(runs)} runs{word}")
    return notes


def _one_each(
    runs: Sequence[LoggedRun],
    roles: RunRoles,
    options: RunOptions,
    source: str,
) -> tuple[np.ndarray, list[str]]:
    """Which runs count (runs,), one of each arm, data set and seed; and notes on the others."""
    keep, notes = np.ones(len(runs), dtype=bool), list[str]()
    if roles.units is None:
        return keep, notes
    groups: dict[tuple[str, str, str], list[int]] = {}
    for place, key in enumerate(zip(roles.arms, roles.blocks, roles.units, strict=True)):
        groups.setdefault(key, []).append(place)
    older = repeated = 0
    for (arm, block, unit), places in groups.items():
        good = [place for place in places if _counts(runs[place])]
        if len(good) > 1 and not options.newest:
            where = f" on {block}" if block else ""
            first, second = (runs[place] for place in good[:2])
            raise SuiteError(
                f"{source}: {len(good)} runs of arm {arm}{where}, seed {unit}:"
                f" {_told_apart(first, second)}: --newest counts the last started of each,"
                " --where keeps some, --arm names what tells them apart"
            )
        if len(good) > 1:
            older += len(good) - 1
            good = [_newest(runs, good, source)]
        elif not good:
            good = [places[-1]]
        repeated += len(places) > 1 and any(not _counts(runs[place]) for place in places)
        keep[[place for place in places if place not in good]] = False
    if older:
        notes.append(f"--newest: older runs of the same arm and seed, not counted: {older}")
    if repeated:
        notes.append(f"seeds run again after a run that did not end well: {repeated}")
    return keep, notes


def _told_apart(first: LoggedRun, second: LoggedRun) -> str:
    if first.name != second.name:
        return f"{first.name} and {second.name}"
    return f"{first.name} in {first.location} and in {second.location}"


def _newest(runs: Sequence[LoggedRun], places: Sequence[int], source: str) -> int:
    starts = [runs[place].started for place in places]
    if any(start is None for start in starts) or len(set(starts)) < len(starts):
        raise SuiteError(
            f"{source}: --newest: the log does not say which of {runs[places[0]].name} and"
            f" {runs[places[1]].name} started last"
        )
    return max(places, key=lambda place: runs[place].started or 0.0)


def _numbered(roles: RunRoles) -> tuple[str, ...]:
    """A number for each run of an arm, where nothing pairs them."""
    counts: dict[tuple[str, str], int] = {}
    units = []
    for arm, block in zip(roles.arms, roles.blocks, strict=True):
        counts[arm, block] = counts.get((arm, block), 0) + 1
        units.append(f"{arm} {counts[arm, block]}")
    return tuple(units)


def looked_at(runs: Sequence[LoggedRun]) -> str:
    """The parameters among which no seed was found."""
    names = list(parameter_table(runs))
    return f"parameters: {shorten(names, 6)}" if names else "there are no parameters"
