"""Times that benchmark programs measured: pytest-benchmark, hyperfine, google-benchmark, asv.

A benchmark is an arm, its repetitions are not paired: each ran by itself, one benchmark after the
other. Formats as pytest-benchmark 4 to 5, hyperfine 1.12 to 1.19, google-benchmark 1.5 to 1.9 and
asv 0.5 to 0.6 write them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from suite.errors import SuiteError
from suite.importers.measured import choose_metric, read_bytes
from suite.importers.measured_table import MeasuredTable
from suite.stats import unpaired_gap
from suite.task.components import Metric

MARKS = (b'"machine_info"', b'"times"', b'"benchmarks"', b'"result_columns"')
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
NOT_IN_TURNS = "the benchmarks ran one after the other, not in turns: a slow spell favours one"
MOST_RATIOS = 4
Row = tuple[str, str, str, float]  # arm, block, unit, seconds


def read_benchmarks(path: Path, metric: str | None = None) -> MeasuredTable | None:
    """The times in a file of one of these programs; None for another file. Raises SuiteError."""
    if path.suffix != ".json":
        return None
    content = read_bytes(path)
    if not any(mark in content for mark in MARKS):
        return None
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    known = next((kind for kind in KINDS if KINDS[kind][0](document)), None)
    if known is None:
        return None
    try:
        rows = list(KINDS[known][1](document, str(path), metric))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise SuiteError(f"{path}: not a file that {known} writes: {error!r}") from None
    return _table(path, known, rows)


def _table(path: Path, kind: str, rows: Sequence[Row]) -> MeasuredTable:
    if not rows:
        raise SuiteError(f"{path}: expected times of {kind}, found none")
    frame = pd.DataFrame(rows, columns=["arm", "block", "unit", "value"])
    frame["value"] = frame["value"].astype("float64")
    if not (np.isfinite(frame["value"]) & (frame["value"] > 0)).all():
        raise SuiteError(f"{path}: expected times above 0, got {frame['value'].min():g}")
    return MeasuredTable(
        source=str(path),
        metric="time_s",
        unit="seed",
        rows=frame,
        rule=Metric(direction="lower", unit="none"),
        reading=(
            f"read: {kind}, benchmark = arm, repetition = value in seconds (lower is better), not"
            " paired"
        ),
        notes=(NOT_IN_TURNS, *_ratios(frame)),
        paired=False,
    )


def _ratios(frame: pd.DataFrame) -> Iterator[str]:
    """How many times as long as the fastest each takes, with its 95% interval."""
    if frame["block"].nunique() > 1:
        return
    logs = {
        str(arm): np.log(own["value"].to_numpy()) for arm, own in frame.groupby("arm", sort=False)
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


def _is_hyperfine(document: Any) -> bool:
    rows = document.get("results") if isinstance(document, dict) else None
    return isinstance(rows, list) and bool(rows) and "command" in rows[0] and "times" in rows[0]


def _hyperfine(document: Any, _source: str, _metric: str | None) -> Iterator[Row]:
    for result in document["results"]:
        words = [f"{k}={v}" for k, v in (result.get("parameters") or {}).items()]
        has_name = any(word.split("=")[1] in result["command"] for word in words)
        arm = " ".join([result["command"], *(() if has_name else words)])
        for number, time in enumerate(result["times"]):
            yield arm, "", str(number), float(time)


def _is_pytest_benchmark(document: Any) -> bool:
    return isinstance(document, dict) and {"machine_info", "benchmarks"} <= document.keys()


def _pytest_benchmark(document: Any, source: str, _metric: str | None) -> Iterator[Row]:
    for benchmark in document["benchmarks"]:
        data = benchmark["stats"].get("data")
        if data is None:
            raise SuiteError(
                f"{source}: holds only summaries of {benchmark['name']}: save the times with"
                " --benchmark-save-data, or --benchmark-json"
            )
        for number, time in enumerate(data):
            yield benchmark["name"], "", str(number), float(time)


def _is_google_benchmark(document: Any) -> bool:
    return isinstance(document, dict) and {"context", "benchmarks"} <= document.keys()


def _google_benchmark(document: Any, source: str, metric: str | None) -> Iterator[Row]:
    """Every repetition. `metric`: real_time, the default, or cpu_time."""
    known = ["real_time", "cpu_time"]
    chosen = choose_metric(metric if metric != "time_s" else None, known, source)
    for place, benchmark in enumerate(document["benchmarks"]):
        if benchmark.get("run_type") == "aggregate":
            continue
        unit = SECONDS[benchmark.get("time_unit", "ns")]
        number = benchmark.get("repetition_index", place)
        name = benchmark.get("run_name", benchmark["name"])
        yield name, "", str(number), float(benchmark[chosen]) * unit


def _is_asv(document: Any) -> bool:
    keys = {"commit_hash", "result_columns", "results"}
    return isinstance(document, dict) and keys <= document.keys()


def _asv(document: Any, source: str, _metric: str | None) -> Iterator[Row]:
    """Every sample of a commit (arm) under every benchmark with its parameters (block)."""
    columns = document["result_columns"]
    arm = str(document["commit_hash"])[:8]
    for name, values in document["results"].items():
        row = dict(zip(columns, values, strict=False))
        samples = row.get("samples")
        if not samples:
            raise SuiteError(
                f"{source}: holds only summaries of {name}: run asv with --record-samples"
            )
        labels = _combinations(row.get("params") or [])
        for place, own in enumerate(samples):
            label = labels[place] if place < len(labels) else ""
            for number, time in enumerate(own or ()):
                yield arm, f"{name}{label}", str(number), float(time)


def _combinations(params: Sequence[Sequence[Any]]) -> list[str]:
    """The parameters of each row of results, in asv's order: the last varies fastest."""
    labels = [""]
    for values in params:
        labels = [
            f"{label}, {value}" if label else str(value) for label in labels for value in values
        ]
    return [f"({label})" for label in labels] if params else [""]


Reader = Callable[[Any, str, "str | None"], Iterator[Row]]
KINDS: Mapping[str, tuple[Callable[[Any], bool], Reader]] = {
    "hyperfine": (_is_hyperfine, _hyperfine),
    "pytest-benchmark": (_is_pytest_benchmark, _pytest_benchmark),
    "google-benchmark": (_is_google_benchmark, _google_benchmark),
    "asv": (_is_asv, _asv),
}
