"""The progress of a run, from the store: what is done, what is left, and the differences so far.

It has no verdict and no p: people who watch must not be tempted to stop as soon as the result looks
good. The intervals are confidence sequences, which hold however often one looks
(suite.stats.sequential).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from statistics import median

from suite.analysis.study import Study
from suite.execution.progress import Counts, RunningJob
from suite.reports.numbers import format_interval, format_value, metric_name, points
from suite.result import cell_name
from suite.stats import Gap
from suite.task.components import Metric

MOST_RUNNING = 10  # of the jobs that go on, as many as a glance takes in


@dataclass(frozen=True)
class Snapshot:
    """What is done and to do, a line for every difference so far, and the time left.

    `running`: a line for each job that goes on now.
    """

    counts: Counts
    differences: tuple[str, ...]
    time_left: str
    running: tuple[str, ...] = ()

    @property
    def to_do(self) -> int:
        """Runs that have no record."""
        return _to_do(self.counts)


def take_snapshot(
    counts: Counts,
    studies: Sequence[Study],
    running: Sequence[RunningJob] = (),
    *,
    before: Snapshot | None = None,
    elapsed_s: float = 0.0,
) -> Snapshot:
    """What is stored now. `before`: what was stored `elapsed_s` ago, for the pace."""
    to_do = _to_do(counts)
    done = before.to_do - to_do if before else 0
    lines = tuple(
        line for study in studies for part in study.each() for line in difference_lines(part)
    )
    left = time_left(to_do, done, elapsed_s, _one_by_one_s(counts, studies))
    return Snapshot(counts, lines, left, tuple(running_lines(running)))


def running_lines(running: Sequence[RunningJob]) -> list[str]:
    """A line for each job that goes on, with the epoch that is done, where it says so."""
    lines = [f"running: {_running_line(job)}" for job in running[:MOST_RUNNING]]
    more = len(running) - MOST_RUNNING
    return [*lines, f"and {more} more"] if more > 0 else lines


def _running_line(job: RunningJob) -> str:
    seeds = f"seed {job.seeds[0]}" if len(job.seeds) == 1 else f"{len(job.seeds)} seeds"
    of = "" if job.epochs is None else f" of {job.epochs}"
    epoch = "" if job.epoch is None else f", epoch {job.epoch}{of}"
    return f"{job.task} {job.cell} {seeds}{epoch}"


def difference_lines(study: Study) -> list[str]:
    """A line for every compared pair: its difference so far, and where the true one lies.

    The differences are under the primary metric.
    """
    key = study.primary_metric
    on = f" on {study.block}" if study.block else ""
    sequential = replace(study, sequential=True)  # whoever watches looks more than once
    metric, subject = study.task.metrics[key], f"{study.task.name}{on}, {metric_name(key)}"
    return [
        f"{subject}: {first} - {second}: {_difference(gap, metric)}"
        for first, second in study.pairs()
        if (gap := sequential.gap(first, second, key)) is not None
    ]


def _difference(gap: Gap, metric: Metric) -> str:
    interval = gap.interval
    around = "no interval yet"
    if interval is not None and isfinite(interval.low):
        around = f"95% {format_interval(interval, metric, signed=True)} at every look"
    mean = f"{format_value(gap.mean, metric, signed=True)}{points(metric)}"
    return f"{mean} over {gap.n} seeds, {around}"


def time_left(to_do: int, done: int, elapsed_s: float, one_by_one_s: float | None) -> str:
    """The time that is left, in words, at the pace of `done` runs in `elapsed_s` seconds.

    While none is done: `one_by_one_s`, the seconds that the rest takes one after another.
    """
    if not to_do:
        return "nothing is left to do"
    if done > 0 and elapsed_s > 0:
        return (
            f"{to_do} runs left: about {_duration(to_do * elapsed_s / done)} at the pace since the"
            " first look"
        )
    if one_by_one_s is not None:
        return f"{to_do} runs left: about {_duration(one_by_one_s)}, one after another"
    return f"{to_do} runs left: no run has ended yet to tell how long they take"


def _to_do(counts: Counts) -> int:
    return sum(progress.to_do for progress in counts.values())


def _one_by_one_s(counts: Counts, studies: Sequence[Study]) -> float | None:
    """What the runs to do would take one after another; None where an arm has none to tell from."""
    total_s = 0.0
    for study in (part for whole in studies for part in whole.each()):
        for arm, results in study.results.items():
            times_s = [
                result.run_time_s / result.seeds_together
                for result in results
                if result.run_time_s is not None
            ]
            to_do = counts[study.task.name, cell_name(arm, study.block)].to_do
            if to_do and not times_s:
                return None
            total_s += to_do * median(times_s) if to_do else 0.0
    return total_s


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
