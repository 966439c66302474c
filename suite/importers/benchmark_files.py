"""Rows of the JSON files of benchmark programs: pytest-benchmark, hyperfine, google-benchmark, asv.

Formats as pytest-benchmark 4 to 5, hyperfine 1.12 to 1.19, google-benchmark 1.5 to 1.9 and asv 0.5
to 0.6 write them. Seen with pytest-benchmark 5.3, hyperfine 1.15, google-benchmark 1.9.5 and asv
0.6.6.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suite.errors import SuiteError

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
IN_TURNS = "the benchmarks ran one after the other, not in turns: a slow spell favours one"
PERHAPS_IN_TURNS = (
    "the benchmarks ran one after the other unless --benchmark_enable_random_interleaving was"
    " given: a slow spell favours one then"
)
Row = tuple[str, str, str, float]  # arm, block, unit, seconds; nan where that failed


@dataclass(frozen=True)
class Program:
    """A benchmark program. `order`: a note on the order in which it ran its benchmarks.

    `metrics`: what its files hold, the first unless one is chosen; `rows` gets the chosen one, and
    where the file lies. `advice`: what to do where a file holds no single times.
    """

    recognises: Callable[[Any], bool]
    rows: Callable[[Any, str, str], Iterator[Row]]
    advice: str
    order: str = IN_TURNS
    metrics: Sequence[str] = ("time_s",)


def _is_hyperfine(document: Any) -> bool:
    rows = document.get("results") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        return False
    return "command" in rows[0] and ("times" in rows[0] or "mean" in rows[0])


def _hyperfine(document: Any, source: str, _metric: str) -> Iterator[Row]:
    """Every run of each command; one that ended with another exit code than 0 has no time."""
    for result in document["results"]:
        words = [f"{k}={v}" for k, v in (result.get("parameters") or {}).items()]
        has_name = any(word.split("=")[1] in result["command"] for word in words)
        arm = " ".join([result["command"], *(() if has_name else words)])
        times = result.get("times")
        if times is None:
            raise SuiteError(_only_summaries(source, arm, "hyperfine"))
        codes = result.get("exit_codes") or [0] * len(times)
        for number, (time, code) in enumerate(zip(times, codes, strict=True)):
            yield arm, "", str(number), math.nan if code else float(time)


def _is_pytest_benchmark(document: Any) -> bool:
    return isinstance(document, dict) and {"machine_info", "benchmarks"} <= document.keys()


def _pytest_benchmark(document: Any, source: str, _metric: str) -> Iterator[Row]:
    """Every round; a benchmark is called by its file too where another has its name."""
    names = Counter(benchmark["name"] for benchmark in document["benchmarks"])
    for benchmark in document["benchmarks"]:
        arm = benchmark["name"] if names[benchmark["name"]] == 1 else benchmark["fullname"]
        data = benchmark["stats"].get("data")
        if data is None:
            raise SuiteError(_only_summaries(source, arm, "pytest-benchmark"))
        for number, time in enumerate(data):
            yield arm, "", str(number), float(time)


def _is_google_benchmark(document: Any) -> bool:
    return isinstance(document, dict) and {"context", "benchmarks"} <= document.keys()


def _google_benchmark(document: Any, _source: str, metric: str) -> Iterator[Row]:
    """Every repetition; one in which an error occurred has no time."""
    for place, benchmark in enumerate(document["benchmarks"]):
        if benchmark.get("run_type") == "aggregate":
            continue
        number = benchmark.get("repetition_index", place)
        name = benchmark.get("run_name", benchmark["name"])
        if benchmark.get("error_occurred"):
            yield name, "", str(number), math.nan
            continue
        chosen = "cpu_time" if metric == "cpu_time" else "real_time"
        unit = SECONDS[benchmark.get("time_unit", "ns")]
        yield name, "", str(number), float(benchmark[chosen]) * unit


def _is_asv(document: Any) -> bool:
    keys = {"commit_hash", "result_columns", "results"}
    return isinstance(document, dict) and keys <= document.keys()


def _asv(document: Any, source: str, _metric: str) -> Iterator[Row]:
    """Every sample of a commit (arm) under every benchmark of time with its parameters (block).

    A benchmark that failed has no time. Those of memory and of other numbers are not read: asv
    measures them once.
    """
    columns = document["result_columns"]
    arm = str(document["commit_hash"])[:8]
    for name, values in document["results"].items():
        if not is_time_of_asv(name):
            continue
        row = dict(zip(columns, values, strict=False))
        samples, labels = row.get("samples"), _combinations(row.get("params") or [])
        results = row.get("result") or [None] * len(labels)
        if not samples and any(result is not None for result in results):
            raise SuiteError(_only_summaries(source, name, "asv"))
        for place, own in enumerate(samples or [None] * len(labels)):
            label = labels[place] if place < len(labels) else ""
            for number, time in enumerate(own or [math.nan]):
                yield arm, f"{name}{label}", str(number), float(time)


def is_time_of_asv(name: str) -> bool:
    """Whether asv times a benchmark of this name: its last part says so."""
    return name.rpartition(".")[2].lower().startswith("time")


def _combinations(params: Sequence[Sequence[Any]]) -> list[str]:
    """The parameters of each row of results, in asv's order: the last varies fastest."""
    labels = [""]
    for values in params:
        labels = [
            f"{label}, {value}" if label else str(value) for label in labels for value in values
        ]
    return [f"({label})" for label in labels] if params else [""]


def _only_summaries(source: str, name: str, program: str) -> str:
    return f"{source}: holds only summaries of {name}: {PROGRAMS[program].advice}"


PROGRAMS: Mapping[str, Program] = {
    "hyperfine": Program(
        _is_hyperfine, _hyperfine, "save the times with hyperfine's --export-json"
    ),
    "pytest-benchmark": Program(
        _is_pytest_benchmark,
        _pytest_benchmark,
        "save the times with --benchmark-save-data, or --benchmark-json",
    ),
    "google-benchmark": Program(
        _is_google_benchmark,
        _google_benchmark,
        "run with --benchmark_repetitions=10 and without --benchmark_report_aggregates_only",
        PERHAPS_IN_TURNS,
        ("time_s", "real_time", "cpu_time"),
    ),
    "asv": Program(
        _is_asv, _asv, "run asv with --record-samples", metrics=("log2_time_s", "time_s")
    ),
}
