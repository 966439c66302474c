"""Times that benchmark programs measured, as a table.

A benchmark is an arm, its repetitions are not paired: each ran by itself, one benchmark after the
other. asv times many benchmarks under each commit: a commit is an arm there, and a benchmark a
block. Blocks last from microseconds to minutes, and so are compared by their ratios.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from suite.errors import SuiteError
from suite.importers.benchmark_files import PROGRAMS, Program, is_time_of_asv
from suite.importers.bounds import check_values
from suite.importers.measured import choose_metric, read_bytes
from suite.importers.measured_table import MeasuredTable
from suite.stats import unpaired_gap
from suite.task.components import Metric

MARKS = (b'"machine_info"', b'"times"', b'"benchmarks"', b'"result_columns"', b'"results"')
LOG_TIME = "log2_time_s"
MOST_RATIOS = 4


def read_benchmarks(path: Path, metric: str | None = None) -> MeasuredTable | None:
    """The times in a file of one of these programs; None for another file. Raises SuiteError."""
    if path.suffix != ".json":
        return None
    content = read_bytes(path)
    if not any(mark in content for mark in MARKS):
        return None
    check_values(str(path), content)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    known = next((name for name, p in PROGRAMS.items() if p.recognises(document)), None)
    return None if known is None else _table(path, known, document, metric)


def _table(path: Path, name: str, document: Any, wanted: str | None) -> MeasuredTable:
    program = PROGRAMS[name]
    metric = choose_metric(wanted, program.metrics, str(path))
    try:
        rows = list(program.rows(document, str(path), metric))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise SuiteError(f"{path}: not a file that {name} writes: {error!r:.200}") from None
    if not rows:
        raise SuiteError(f"{path}: expected times of {name}, found none: {program.advice}")
    frame = pd.DataFrame(rows, columns=["arm", "block", "unit", "value"])
    frame["value"] = frame["value"].astype("float64")
    _check(path, frame, program)
    ratios = tuple(_ratios(frame))
    in_words = "value in seconds"
    if metric == LOG_TIME:
        frame["value"] = np.log2(frame["value"])
        in_words = "value as log2 of seconds (1 more is twice as long)"
    return MeasuredTable(
        source=str(path),
        metric=metric,
        unit="seed",
        rows=frame,
        rule=Metric(direction="lower", unit="none"),
        reading=(
            f"read: {name}, {_roles(frame)}, repetition = {in_words}, lower is better, not paired"
        ),
        notes=(program.order, *_failures(frame), *_left_out(name, document), *ratios),
        paired=False,
    )


def _check(path: Path, frame: pd.DataFrame, program: Program) -> None:
    """Raises SuiteError for what is no time, and where nothing was repeated."""
    known = frame["value"].dropna()
    if not (np.isfinite(known) & (known > 0)).all():
        raise SuiteError(f"{path}: expected times above 0, got {known.min():g}")
    counts = frame.groupby(["arm", "block"], sort=False)["value"].agg(["size", "count"])
    if counts["size"].max() < 2:
        arm, block = counts.index[0]
        raise SuiteError(
            f"{path}: expected several times of {block or arm}, got one: {program.advice}"
        )
    of_arms = counts.groupby("arm", sort=False).sum()
    failed = of_arms[of_arms["count"] == 0]
    if len(failed):
        raise SuiteError(
            f"{path}: expected times of {failed.index[0]!s}, got {failed['size'].iloc[0]} failures"
        )
    twice = frame.loc[frame.duplicated(["arm", "block", "unit"]), "arm"]
    if len(twice):
        raise SuiteError(
            f"{path}: expected one benchmark called {twice.iloc[0]}, got two: name them apart"
        )


def _roles(frame: pd.DataFrame) -> str:
    return "commit = arm, benchmark = data set" if frame["block"].any() else "benchmark = arm"


def _failures(frame: pd.DataFrame) -> Iterator[str]:
    """A note on repetitions that failed."""
    for arm, own in frame.groupby("arm", sort=False):
        failed = int(own["value"].isna().sum())
        if failed:
            yield f"{arm}: failed, not counted: {failed} of {len(own)}"


def _left_out(name: str, document: Any) -> Iterator[str]:
    """A note on benchmarks of asv that measure something else than time."""
    others = [n for n in document["results"] if not is_time_of_asv(n)] if name == "asv" else []
    if others:
        yield f"not read, for they measure no time: {', '.join(others[:5])}" + (
            f" and {len(others) - 5} more" if len(others) > 5 else ""
        )


def _ratios(frame: pd.DataFrame) -> Iterator[str]:
    """How many times as long as the fastest each takes, with its 95% interval."""
    if frame["block"].nunique() > 1 or frame["value"].isna().all():
        return
    logs = {
        str(arm): np.log(own["value"].to_numpy())
        for arm, own in frame.dropna(subset=["value"]).groupby("arm", sort=False)
    }
    fastest = min(logs, key=lambda arm: float(logs[arm].mean()))
    for arm in [arm for arm in logs if arm != fastest][:MOST_RATIOS]:
        if min(len(logs[arm]), len(logs[fastest])) < 2:
            continue
        gap = unpaired_gap(list(logs[arm]), list(logs[fastest]))
        if gap.interval is not None:
            low, high = (math.exp(end) for end in (gap.interval.low, gap.interval.high))
            yield (
                f"{arm} takes {math.exp(gap.mean):.3g} times as long as {fastest}, 95% interval"
                f" [{low:.3g}, {high:.3g}]"
            )
