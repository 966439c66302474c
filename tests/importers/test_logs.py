"""Logs of other programs, real ones (tests/importers/logs/README.md): what is read is what those
programs say themselves.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from suite.analysis.compare_arms import compare_arms
from suite.errors import SuiteError
from suite.importers.logs import read_log
from suite.importers.measured_table import MeasuredTable
from tests.support.program import refused, suite_here
from tests.support.results import read_arms
from tests.support.tasks import ROOT

LOGS = ROOT / "tests" / "importers" / "logs"
INSPECT, HARNESS, BENCHOPT = (
    LOGS / "inspect",
    LOGS / "harness",
    LOGS / "benchopt" / "gradient_descent.parquet",
)


def inspect_document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((INSPECT / "twice.json").read_text())
    return document | changes


def by_id(values: Mapping[str, float]) -> dict[str, float]:
    """The values by the samples' ids, without what their inputs begin with."""
    return {name.split()[0]: value for name, value in values.items()}


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_inspect_logs_have_the_accuracy_that_inspect_found() -> None:
    own = json.loads((INSPECT / "hasty.json").read_text())["results"]["scores"][0]["metrics"][
        "accuracy"
    ]["value"]
    archived, plain = (
        read_arms(INSPECT / name)["mockllm/hasty"] for name in ("hasty.eval", "hasty.json")
    )
    assert archived == plain
    assert (plain.metric, len(plain.values), plain.without_value) == ("match", 10, 0)
    assert fmean(plain.values.values()) == pytest.approx(own) == pytest.approx(0.3)
    assert by_id(plain.values)["2x5"] == 1.0
    assert by_id(plain.values)["2x6"] == 0.0
    assert read_arms(INSPECT / "hasty.eval", "includes")["mockllm/hasty"].metric == "includes"


def test_epochs_of_a_sample_are_averaged_as_inspect_does() -> None:
    document = inspect_document()
    reduced = {one["sample_id"]: one["value"] for one in document["reductions"][0]["samples"]}
    assert (
        by_id(read_arms(INSPECT / "twice.json")["mockllm/careful"].values)
        == reduced
        == {
            "2x5": 0.5,
            "2x6": 1.0,
            "2x7": 1.0,
        }
    )


def test_two_models_are_paired_by_sample() -> None:
    a, b = (read_arms(INSPECT / f"{name}.eval")[f"mockllm/{name}"] for name in ("careful", "hasty"))
    (found,) = compare_arms([(a, b)])
    assert found.gap.mean == pytest.approx(0.6)
    assert found.p == pytest.approx(
        stats.binomtest(7, 8).pvalue
    )  # McNemar: seven samples for the one, one for the other


def test_samples_without_a_score_have_no_value(tmp_path: Path) -> None:
    document = inspect_document()
    scores = [
        sample["scores"]["match"] for sample in document["samples"]
    ]  # 2x5, 2x6, 2x7, and again
    scores[0]["value"] = scores[1]["value"] = scores[4]["value"] = float("nan")
    del document["samples"][2]["scores"], document["samples"][5]["scores"]
    (one,) = read_arms(written(tmp_path / "x.json", document)).values()
    assert (by_id(one.values), one.without_value) == ({"2x5": 0.0}, 2)


def test_scores_are_read_as_inspect_reads_them(tmp_path: Path) -> None:
    document = inspect_document()
    values: list[object] = ["P", "N", True, {"f1": 0.25}, "Yes", "0.5"]
    for sample, value in zip(document["samples"], values, strict=True):
        sample["id"], sample["scores"] = (
            sample["id"] + str(sample["epoch"]),
            {"s": {"value": value}},
        )
    path = written(tmp_path / "x.json", document)
    (one,) = read_arms(path).values()
    assert (list(one.values.values()), one.without_value) == ([0.5, 0.0, 1.0, 1.0, 0.5], 1)
    (part,) = read_arms(path, "s.f1").values()
    assert by_id(part.values) == {"2x52": 0.25}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "cancelled"}, "expected a log with status success, got 'cancelled'"),
        ({"samples": []}, "samples: expected a list of objects, at least one"),
        ({"samples": [{"id": "a", "epoch": 1}]}, "expected a metric, found none"),
        (
            {"samples": [{"scores": {"s": {"value": 1}}}]},
            "sample 1: id: expected a seed or the id of an item, got None",
        ),
        (
            {"samples": [{"id": 1, "scores": {"s": {"value": 1}}}] * 2},
            "sample 2: id 1 of epoch 1 stands twice",
        ),
        (
            {"samples": [{"id": 1, "scores": {"s": {"value": "good"}}}]},
            "sample 1: s: expected a number, got 'good'",
        ),
        ({"eval": None}, "eval: expected an object, got NoneType"),
    ],
)
def test_inspect_logs_that_cannot_be_trusted_are_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = written(tmp_path / "x.json", inspect_document(**changes))
    with pytest.raises(SuiteError) as caught:
        read_arms(path)
    assert str(caught.value) == f"{path}: {message}"


def test_broken_archives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.eval"
    path.write_bytes(b"PK")
    with pytest.raises(SuiteError, match=r"x\.eval: not valid eval: File is not a zip file"):
        read_arms(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
    with pytest.raises(
        SuiteError, match=r"x\.eval: expected a finished log of inspect_ai: .*header\.json"
    ):
        read_arms(path)
    with pytest.raises(SuiteError, match=r"none\.eval: expected a file"):
        read_arms(tmp_path / "none.eval")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", "0" * 5000)
    monkeypatch.setattr("suite.importers.inspect_archive.MAX_FILE_BYTES", 1000)
    with pytest.raises(
        SuiteError, match=r"x\.eval: expected at most 1000 bytes and 30,000,000 values in the parts"
    ):
        read_arms(path)


def test_a_compressed_archive_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zipfile_zstd", None)

    def refuse(*_: object) -> None:
        raise NotImplementedError("That compression method is not supported")

    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    with pytest.raises(
        SuiteError,
        match=(
            r"hasty\.eval: compressed with zstd: install suite\[inspect\], or write the log as JSON"
        ),
    ):
        read_arms(INSPECT / "hasty.eval")


def test_harness_logs_have_the_results_that_the_harness_found() -> None:
    found = {
        (model, log, metric, arm): round(fmean(one.values.values()), 9)
        for model in ("careful", "hasty")
        for log, metric in (("", "exact_match"), ("_choice", "acc"), ("_choice", "acc_norm"))
        for arm, one in read_arms(
            HARNESS / model / f"samples_multiplication{log}.jsonl", metric
        ).items()
    }
    choice = "samples_multiplication_choice"
    assert found == {
        ("careful", "", "exact_match", "strict-match"): 0.6,
        ("careful", "", "exact_match", "flexible-extract"): 0.9,
        ("careful", "_choice", "acc", choice): 0.9,
        ("careful", "_choice", "acc_norm", choice): 0.0,
        ("hasty", "", "exact_match", "strict-match"): 0.2,
        ("hasty", "", "exact_match", "flexible-extract"): 0.3,
        ("hasty", "_choice", "acc", choice): 0.3,
        ("hasty", "_choice", "acc_norm", choice): 0.0,
    }


def harness_rows() -> list[dict[str, Any]]:
    lines = (HARNESS / "hasty" / "samples_multiplication_choice.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_documents_pair_only_where_they_are_the_same(tmp_path: Path) -> None:
    rows = harness_rows()
    rows[0]["doc_hash"] = "another version of the data"
    path = tmp_path / "new.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    (new,), (old,) = (
        read_arms(one).values()
        for one in (path, HARNESS / "hasty" / "samples_multiplication_choice.jsonl")
    )
    (found,) = compare_arms([(new, old)])
    assert (found.gap.n, len(new.values)) == (9, 10)


def test_old_harness_logs_name_no_metrics_and_no_filter(tmp_path: Path) -> None:
    rows = [
        {k: v for k, v in row.items() if k not in ("metrics", "filter", "doc_hash")}
        for row in harness_rows()
    ]
    path = tmp_path / "old.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    (one,) = read_arms(path).values()
    assert (one.name, one.metric) == ("old", "acc")
    assert fmean(one.values.values()) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("changes", "metric", "message"),
    [
        ({}, "f1", ": --metric: expected one of acc, acc_norm, got 'f1'"),
        ({"acc": [1, 2]}, None, ": row 2: acc: expected a number, got [1, 2]"),
        (
            {"doc_id": 0, "doc_hash": "x"},
            None,
            ": row 2: doc_id 0 under filter none stands twice: --average takes the mean of a document's rows",
        ),
        ({"doc_id": None}, None, ": row 2: doc_id: expected a seed or the id of an item, got None"),
    ],
)
def test_harness_logs_that_cannot_be_read_are_refused(
    tmp_path: Path, changes: dict[str, Any], metric: str | None, message: str
) -> None:
    rows = harness_rows()[:2]
    rows[0]["doc_hash"] = "x"
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in (rows[0], rows[1] | changes)))
    with pytest.raises(SuiteError) as caught:
        read_arms(path, metric)
    assert str(caught.value) == f"{path}{message}"


def test_benchopt_curves_count_by_their_last_point() -> None:
    table = read_log(BENCHOPT, None)
    assert isinstance(table, MeasuredTable)
    assert set(zip(table.rows["arm"], table.rows["block"], strict=True)) == {
        (f"GD[step={step}]", f"Simulated[n={n}]") for n in (20, 40) for step in ("1.0", "0.1")
    }
    frame = pd.read_parquet(BENCHOPT)
    last = frame[(frame.p_solver_step == 0.1) & (frame.p_dataset_n == 40) & (frame.stop_val == 4)]
    rows = table.rows[(table.rows.arm == "GD[step=0.1]") & (table.rows.block == "Simulated[n=40]")]
    assert list(rows.value) == list(last.objective_value)
    assert table.metric == "value"
    other = read_log(BENCHOPT, "objective_max_error")
    assert isinstance(other, MeasuredTable)
    assert list(other.rows.value) != list(table.rows.value)
    assert isinstance(read_log(BENCHOPT, "time"), MeasuredTable)


def test_benchopt_does_not_say_what_is_better_and_data_sets_do_not_pair(tmp_path: Path) -> None:
    fast, slow, other = (
        f"{BENCHOPT}:GD[step={step}] on Simulated[n={n}]"
        for step, n in ((1.0, 20), (0.1, 20), (0.1, 40))
    )
    assert refused(suite_here("compare", fast, slow, cwd=tmp_path)).endswith(
        "higher or lower: give --direction"
    )
    done = suite_here(
        "compare", slow, fast, "--direction", "lower", "--fail-if", "worse", cwd=tmp_path
    )
    assert done.returncode == 1
    assert done.stdout.startswith("GD[step=1.0] on Simulated[n=20] IS BETTER\n")
    assert "in common, got 0" in refused(
        suite_here("compare", fast, other, "--direction", "lower", cwd=tmp_path)
    )


def test_parquet_that_is_not_benchopts_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(SuiteError, match=r"x\.parquet: not valid parquet: "):
        read_arms(path)
    pd.concat([pd.read_parquet(BENCHOPT)] * 2).to_parquet(path)
    with pytest.raises(
        SuiteError, match=r"GD\[step=1.0\] on Simulated\[n=20\]: repetition 0 stands twice"
    ):
        read_arms(path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SuiteError, match=r"reading it needs pyarrow: install suite\[parquet\]"):
        read_arms(path)


def test_two_files_with_several_arms_are_compared_arm_by_arm(tmp_path: Path) -> None:
    names = [
        str(HARNESS / model / "samples_multiplication.jsonl") for model in ("careful", "hasty")
    ]
    done = suite_here("compare", *names, "--json", cwd=tmp_path)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["a"] for one in found] == [
        f"{names[0]}:{arm}" for arm in ("strict-match", "flexible-extract")
    ]
    assert {line["unit"] for line in found} == {"item"}
    p = found[1]["p"]
    assert found[1]["p_adjusted"] == pytest.approx(1 - (1 - p) ** 2)  # both are looked at
    assert (
        suite_here("compare", *reversed(names), "--fail-if", "worse", cwd=tmp_path).returncode == 0
    )  # undecided
