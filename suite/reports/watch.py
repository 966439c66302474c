"""How a run is getting on, as the store tells it: what is done, what is left, and the differences
so far.

Who looks while runs come in must not be led to stop where it looks good: there is no verdict and no
p here, and the intervals are confidence sequences, which hold however often one looks
(suite.stats.sequential).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from suite.analysis.study import Study
from suite.execution.progress import ArmProgress
from suite.reports.labels import label
from suite.reports.tables import interval, value
from suite.stats.sequential import at_any_time

Counts = Mapping[tuple[str, str], ArmProgress]  # by task and arm


@dataclass(frozen=True)
class Look:
    """What is done and to do, a line for every difference so far, and the time left."""

    counts: Counts
    intervals: tuple[str, ...]
    time_left: str

    @property
    def to_do(self) -> int:
        """Runs that have no record."""
        return sum(one.to_do for one in self.counts.values())


def look(
    counts: Counts, studies: Sequence[Study], *, before: Look | None = None, elapsed_s: float = 0.0
) -> Look:
    """What is there now. `before`: what was there `elapsed_s` ago, for the pace."""
    to_do = sum(one.to_do for one in counts.values())
    done = before.to_do - to_do if before else 0
    lines = tuple(line for study in studies for line in differences(study))
    return Look(counts, lines, time_left(to_do, done, elapsed_s, _alone_s(counts, studies)))


def differences(study: Study) -> list[str]:
    """Every compared pair under the primary metric: the difference so far and where the true one
    lies."""
    name = study.primary_metric
    metric, lines = study.task.metrics[name], []
    points = " points" if metric.unit == "ratio" else ""
    for first, second in study.task.pairs():
        gap = study.gap(first, second, name)
        if gap is None:
            continue
        held = gap if study.sequential else at_any_time(gap)
        known = held.interval is not None and isfinite(held.interval.low)
        around = (
            f"95% {interval(held.interval, metric, signed=True)} at every look"
            if known
            else "no interval yet"
        )
        what = f"{study.task.name}, {label(name, metric).removesuffix(', %')}: {first} - {second}"
        lines += [
            f"{what}: {value(gap.mean, metric, signed=True)}{points} over {gap.n} seeds, {around}"
        ]
    return lines


def time_left(to_do: int, done: int, elapsed_s: float, alone_s: float | None) -> str:
    """In words, at the pace of `done` runs in `elapsed_s`; while none is done, by `alone_s`, what
    the rest takes one by one."""
    if not to_do:
        return "nothing is left to do"
    if done > 0 and elapsed_s > 0:
        return (
            f"{to_do} runs left: about {_duration(to_do * elapsed_s / done)} at the pace since the"
            " first look"
        )
    if alone_s is not None:
        return f"{to_do} runs left: about {_duration(alone_s)}, one after another"
    return f"{to_do} runs left: no run has ended yet to tell how long they take"


def _alone_s(counts: Counts, studies: Sequence[Study]) -> float | None:
    """What the runs to do would take one after another; None where an arm has none to tell from."""
    total = 0.0
    for study in studies:
        for arm, results in study.results.items():
            times = [
                one.run_time_s / one.seeds_together for one in results if one.run_time_s is not None
            ]
            to_do = counts[study.task.name, arm].to_do
            if to_do and not times:
                return None
            total += to_do * median(times) if to_do else 0.0
    return total


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )
