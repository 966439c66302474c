"""What was measured a moment ago, from Python -> a table of results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import pandas as pd

from suite.errors import SuiteError
from suite.execution.commands.calls import call_commands
from suite.execution.function_calls import (
    Measurement,
    SeedFunction,
    call_functions,
    require_functions,
)
from suite.importers.measured_table import MeasuredTable
from suite.task.choices import Direction
from suite.task.commands import known_direction
from suite.task.components import Metric

MAX_REASONS = 5  # of failed calls, in the notes


def measure_arms(
    arms: Mapping[str, SeedFunction | str | Sequence[str]],
    seeds: Sequence[int],
    *,
    metric: str | None,
    direction: Direction | None,
    processes: int,
    timeout_s: float | None,
) -> Iterator[Measurement]:
    """What every arm gives under every seed, commands first: a function of a seed, or a command.

    Raises SuiteError for what is neither, and where nothing says what is compared.
    """
    require_functions(arms)
    functions = {arm: value for arm, value in arms.items() if callable(value)}
    commands = {arm: value for arm, value in arms.items() if not callable(value)}
    if commands and metric is None:
        raise SuiteError("versus: metric: expected the name of the number that commands print")
    if metric is not None:
        _require_direction(metric, direction)
    calls = [(arm, function, seed) for seed in seeds for arm, function in functions.items()]
    unnamed = metric or "value"
    yield from _known_early(
        chain(
            call_commands(
                commands, seeds, metric=unnamed, processes=processes, timeout_s=timeout_s
            ),
            call_functions(calls, processes=processes, timeout_s=timeout_s, unnamed=unnamed),
        ),
        metric,
        direction,
    )


def _require_direction(name: str, direction: Direction | None) -> None:
    if direction is None and known_direction(name) is None:
        raise SuiteError(
            f"versus: nothing says whether higher or lower {name} is better: give"
            ' direction="higher" or "lower"'
        )


def _known_early(
    measured: Iterable[Measurement], metric: str | None, direction: Direction | None
) -> Iterator[Measurement]:
    """The same, refused at an arm's first numbers where these do not say what is compared.

    Raises SuiteError, so that nothing runs long in vain.
    """
    known = set[str]()
    for measurement in measured:
        if measurement.metrics and measurement.arm not in known:
            name = _choose(metric, list(measurement.metrics), measurement.arm)
            _require_direction(name, direction)
            known.add(measurement.arm)
        yield measurement


def table_of(
    measured: Iterable[Measurement],
    arms: Sequence[str],
    *,
    metric: str | None,
    direction: Direction | None,
    margin: float | None,
) -> MeasuredTable:
    """The table of one metric: the named one, else the first. A failed call has no value.

    Raises SuiteError where an arm has no value at all.
    """
    order = {arm: place for place, arm in enumerate(arms)}
    rows = sorted(measured, key=lambda each: (each.seed, order[each.arm]))
    name = _choose(metric, [name for each in rows for name in each.metrics], "every arm")
    for arm in arms:
        if not any(name in each.metrics for each in rows if each.arm == arm):
            raise SuiteError(f"versus: {arm}: no seed gave {name}: {_first_reason(rows, arm)}")
    better = direction or known_direction(name)
    columns = {
        "arm": [each.arm for each in rows],
        "block": [""] * len(rows),
        "unit": [str(each.seed) for each in rows],
        "value": [each.metrics.get(name, float("nan")) for each in rows],
    }
    return MeasuredTable(
        source="versus",
        metric=name,
        unit="seed",
        rows=pd.DataFrame(columns),
        rule=Metric(direction=better, margin=margin, unit="none") if better else None,
        reading=f"{name} of {', '.join(arms)}, each run here under every seed",
        notes=tuple(_failures(rows, name)),
    )


def _choose(metric: str | None, known: Sequence[str], arm: str) -> str:
    if metric is None and known:
        return known[0]
    if metric is None or (known and metric not in known):
        names = ", ".join(dict.fromkeys(known)) or "none"
        raise SuiteError(f"versus: {arm}: expected the metric {metric or '(any)'}, got {names}")
    return metric


def _first_reason(rows: Sequence[Measurement], arm: str) -> str:
    reasons = (each.reason for each in rows if each.arm == arm and each.reason)
    return next(reasons, "it gives other numbers")


def _failures(rows: Sequence[Measurement], name: str) -> Iterator[str]:
    """A note for each call without a value, for the first few."""
    without = [each for each in rows if name not in each.metrics]
    for each in without[:MAX_REASONS]:
        yield f"{each.arm}, seed {each.seed}: no value: {each.reason or f'it gave no {name}'}"
    if len(without) > MAX_REASONS:
        yield f"{len(without) - MAX_REASONS} more calls gave no value"
