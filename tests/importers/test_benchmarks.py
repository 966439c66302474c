"""Times of benchmark programs, and folds of scikit-learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suite.analysis.compare_table import compare_table
from suite.errors import SuiteError
from suite.importers.benchmarks import read_benchmarks
from suite.importers.measured_table import MeasuredTable
from suite.importers.role_options import RoleOptions
from suite.importers.source_word import ReadOptions
from suite.importers.sources import read_sources
from suite.stats import unpaired_gap

FAST = [0.10, 0.11, 0.12, 0.10, 0.11]
SLOW = [0.20, 0.22, 0.21, 0.19, 0.23]


def write(folder: Path, document: Any, name: str = "times.json") -> Path:
    """A JSON file."""
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def read(*paths: Path) -> MeasuredTable:
    """The table that the files are together."""
    return read_sources([str(path) for path in paths], ReadOptions(RoleOptions())).table


HYPERFINE = {"results": [{"command": "a", "times": FAST}, {"command": "b", "times": SLOW}]}
PYTEST = {
    "machine_info": {},
    "benchmarks": [
        {"name": "a", "stats": {"data": FAST}},
        {"name": "b", "stats": {"data": SLOW}},
    ],
}
GOOGLE: dict[str, Any] = {
    "context": {},
    "benchmarks": [
        {
            "name": f"{name}/repeats:5",
            "run_name": name,
            "run_type": "iteration",
            "repetition_index": number,
            "real_time": time * 1000,
            "cpu_time": 1.0,
            "time_unit": "ms",
        }
        for name, times in (("a", FAST), ("b", SLOW))
        for number, time in enumerate(times)
    ]
    + [{"name": "a_mean", "run_type": "aggregate", "real_time": 1.0, "time_unit": "ms"}],
}


@pytest.mark.parametrize("document", [HYPERFINE, PYTEST, GOOGLE])
def test_times_are_seconds_of_repetitions_that_are_not_paired(
    document: Any, tmp_path: Path
) -> None:
    table = read(write(tmp_path, document))
    for arm, times in (("a", FAST), ("b", SLOW)):
        own = table.rows[table.rows["arm"] == arm]["value"]
        assert np.allclose(own, times)
    comparison = compare_table(table).lead.comparisons[0]
    expected = unpaired_gap(FAST, SLOW)
    assert not comparison.gap.paired
    assert comparison.gap.mean == pytest.approx(expected.mean)


def test_the_ratio_of_times_is_said_with_its_interval(tmp_path: Path) -> None:
    gap = unpaired_gap(list(np.log(SLOW)), list(np.log(FAST)))
    assert gap.interval is not None
    low, high = np.exp([gap.interval.low, gap.interval.high])
    expected = (
        f"b takes {np.exp(gap.mean):.3g} times as long as a, 95% interval [{low:.3g}, {high:.3g}]"
    )
    assert expected in read(write(tmp_path, HYPERFINE)).notes


def test_an_option_that_times_have_no_use_for_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, HYPERFINE)
    with pytest.raises(SuiteError, match="--where: this log has no use for it"):
        read_sources([str(path)], ReadOptions(RoleOptions(where="arm == 'a'")))
    with pytest.raises(SuiteError, match="--newest: this log has no use for it"):
        read_sources([str(path)], ReadOptions(RoleOptions(), newest=True))


def test_two_commits_of_asv_are_compared_by_their_samples(tmp_path: Path) -> None:
    def commit(name: str, samples: list[list[float]]) -> Path:
        columns = ["result", "params", "samples"]
        values = [[0.1, 0.2], [["'n'", "'m'"]], samples]
        document = {
            "commit_hash": name * 40,
            "result_columns": columns,
            "results": {"bench.time": values},
        }
        return write(tmp_path, document, f"{name}.json")

    table = read(commit("0", [FAST, SLOW]), commit("1", [SLOW, FAST]))
    assert set(table.rows["arm"]) == {"00000000", "11111111"}
    assert set(table.rows["block"]) == {"bench.time('n')", "bench.time('m')"}


def asv_commit(folder: Path, name: str, results: dict[str, Any]) -> Path:
    """A file of asv with these samples; a benchmark whose samples are None measured once."""
    columns = ["result", "params", "version", "samples"]
    rows = {
        bench: [[0.1], [], "1", [samples]] if samples else [[41172992], [], "1"]
        for bench, samples in results.items()
    }
    document = {"commit_hash": name * 40, "result_columns": columns, "results": rows}
    return write(folder, document, f"{name}.json")


def test_benchmarks_of_asv_are_compared_by_ratios(tmp_path: Path) -> None:
    old = asv_commit(tmp_path, "0", {"b.time_short": [2e-6, 2e-6], "b.time_long": [8.0, 8.0]})
    new = asv_commit(tmp_path, "1", {"b.time_short": [1e-6, 1e-6], "b.time_long": [4.0, 4.0]})
    table = read(old, new)
    assert table.metric == "log2_time_s"
    means = table.rows.groupby(["arm", "block"])["value"].mean()
    for block in ("b.time_short", "b.time_long"):  # twice as long in both, whatever their scale
        assert means["00000000", block] - means["11111111", block] == pytest.approx(1)
    seconds = read_sources([str(old), str(new)], ReadOptions(RoleOptions(metric="time_s"))).table
    assert seconds.rows["value"].max() == 8.0


def test_benchmarks_of_asv_that_measure_no_time_are_left_out_and_said(tmp_path: Path) -> None:
    path = asv_commit(tmp_path, "0", {"b.time_a": FAST, "b.peakmem_a": None, "b.track_a": None})
    table = read(path)
    assert set(table.rows["block"]) == {"b.time_a"}
    assert "not read, for they measure no time: b.peakmem_a, b.track_a" in table.notes


def test_commands_that_failed_have_no_time(tmp_path: Path) -> None:
    codes = [0, 0, 1, 0, 0]
    failing: dict[str, Any] = {"command": "a", "times": FAST, "exit_codes": codes}
    document = {"results": [failing, {"command": "b", "times": SLOW}]}
    table = read(write(tmp_path, document))
    assert table.rows.loc[table.rows["value"].isna(), "arm"].tolist() == ["a"]
    assert "a: failed, not counted: 1 of 5" in table.notes
    failing["exit_codes"] = [1] * 5
    with pytest.raises(SuiteError, match="expected times of a, got 5 failures"):
        read(write(tmp_path, document))


def test_a_benchmark_of_google_that_had_an_error_has_no_time(tmp_path: Path) -> None:
    document = json.loads(json.dumps(GOOGLE))
    document["benchmarks"][1] |= {"error_occurred": True, "error_message": "x", "real_time": 0.0}
    assert "a: failed, not counted: 1 of 5" in read(write(tmp_path, document)).notes


def test_benchmarks_of_one_name_are_called_by_their_files(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"name": "test_it", "fullname": f"{file}::test_it", "stats": {"data": FAST}}
        for file in ("a.py", "b.py")
    ]
    table = read(write(tmp_path, {"machine_info": {}, "benchmarks": rows}))
    assert set(table.rows["arm"]) == {"a.py::test_it", "b.py::test_it"}
    rows = [{"command": "a", "times": FAST}, {"command": "a", "times": SLOW}]
    with pytest.raises(SuiteError, match="expected one benchmark called a, got two"):
        read(write(tmp_path, {"results": rows}))


def test_what_was_measured_once_is_refused_with_the_option_that_repeats_it(tmp_path: Path) -> None:
    single = {"context": {}, "benchmarks": [GOOGLE["benchmarks"][0], GOOGLE["benchmarks"][5]]}
    with pytest.raises(SuiteError, match="expected several times of a, got one: .*_repetitions"):
        read(write(tmp_path, single))
    aggregates = {"context": {}, "benchmarks": GOOGLE["benchmarks"][-1:]}
    with pytest.raises(SuiteError, match="found none: .*without --benchmark_report_aggregates"):
        read(write(tmp_path, aggregates))


def test_a_metric_that_no_file_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="--metric: expected one of time_s, got 'memory'"):
        read_benchmarks(write(tmp_path, HYPERFINE), "memory")


def test_summaries_without_times_are_refused_with_the_option_that_keeps_them(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, {"machine_info": {}, "benchmarks": [{"name": "a", "stats": {}}]})
    with pytest.raises(SuiteError, match="only summaries of a: .*--benchmark-save-data"):
        read(path)


@pytest.mark.parametrize(
    "document",
    [
        {"results": [{"command": "a", "times": ["x"]}]},
        {"results": [{"command": "a", "times": None}]},
        {"machine_info": {}, "benchmarks": [{}]},
        {"context": {}, "benchmarks": [{"name": "a", "time_unit": "days", "real_time": 1}]},
        {"commit_hash": "0", "result_columns": [], "results": {"b": 3}},
    ],
)
def test_a_damaged_file_is_one_line(document: Any, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"times.json: "):
        read(write(tmp_path, document))


def test_times_that_are_not_above_0_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {"results": [{"command": "a", "times": [0.1, 0.0]}]})
    with pytest.raises(SuiteError, match="expected times above 0, got 0"):
        read(path)


def test_other_json_is_left_to_other_readers(tmp_path: Path) -> None:
    assert read_benchmarks(write(tmp_path, [{"arm": "a", "times": 3}])) is None


def write_folds(path: Path, scores: list[float]) -> Path:
    """What pandas.DataFrame(cross_validate(...)).to_csv() writes."""
    rows = [f"{n},0.{n}1,0.{n}2,{score}" for n, score in enumerate(scores)]
    path.write_text("\n".join([",fit_time,score_time,test_score", *rows]) + "\n")
    return path


def test_rows_of_cross_validate_are_folds(tmp_path: Path) -> None:
    a = write_folds(tmp_path / "svc.csv", [0.80, 0.82, 0.79, 0.81, 0.80])
    b = write_folds(tmp_path / "rf.csv", [0.84, 0.85, 0.84, 0.86, 0.83])
    table = read(a, b)
    assert (table.unit, table.metric, len(table.rows)) == ("fold", "test_score", 10)
    assert set(table.rows["arm"]) == {"svc", "rf"}


def test_candidates_of_a_search_are_arms_with_their_folds(tmp_path: Path) -> None:
    path = tmp_path / "cv_results.csv"
    path.write_text(
        ",mean_test_score,params,split0_test_score,split1_test_score,split2_test_score,"
        "split0_train_score\n"
        "0,0.9,{'C': 1},0.5,0.7,0.9,1.0\n"
        "1,0.8,{'C': 2},0.4,0.6,0.7,1.0\n"
    )
    table = read(path)
    assert (table.unit, table.metric) == ("fold", "test_score")
    rows = table.rows[table.rows["arm"] == "{'C': 2}"]
    assert list(rows["value"]) == [0.4, 0.6, 0.7]
