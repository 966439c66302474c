"""The verdict along the curves of logged runs, as `suite compare --curve` shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.logged_runs import WRITERS, write_mlflow_folder, write_table
from tests.support.program import refused, suite_here

HAS_CURVES = ("MLflow's folder", "MLflow's database", "trackio", "Hydra", "Lightning", "Keras")


def test_the_terminal_has_a_strip_and_a_sentence(tmp_path: Path) -> None:
    text = suite_here("compare", write_mlflow_folder(tmp_path), "--curve", cwd=tmp_path).stdout
    assert "  0 |+++| 2\n" in text
    assert "at every step shown, vit is better" in text
    assert "at all 3 steps shown together" in text


@pytest.mark.parametrize("kind", HAS_CURVES)
def test_every_program_s_log_has_the_same_verdicts_along_the_curve(
    kind: str, tmp_path: Path
) -> None:
    log = WRITERS[kind](tmp_path)
    curve = json.loads(suite_here("compare", log, "--curve", "--json", cwd=tmp_path).stdout)
    points = curve["along_curve"]
    assert points["winner"] == ["vit"] * 3
    assert points["mean_gap"] == pytest.approx([curve["mean_gap"]] * 3)
    assert all(
        low < gap < high
        for gap, (low, high) in zip(points["mean_gap"], points["band"], strict=True)
    )
    assert points["decided_from"] == points["points"][0]


def test_the_document_and_the_page_have_the_curve(tmp_path: Path) -> None:
    log, page = write_mlflow_folder(tmp_path), tmp_path / "page.html"
    call = ("compare", log, "--curve", "--format", "json", "--html", page)
    document = json.loads(suite_here(*call, cwd=tmp_path).stdout)
    assert document["along_curve"]["points"] == [0, 1, 2]
    assert document["along_curve"]["pairs"][0]["decided_from"] == 0
    html = page.read_text(encoding="utf-8")
    assert html.count('aria-label="vit \N{MINUS SIGN} resnet by step"') == 1


def test_how_the_point_was_chosen_is_in_every_line_of_json(tmp_path: Path) -> None:
    log = write_mlflow_folder(tmp_path)
    line = json.loads(suite_here("compare", log, "--at", "best", "--json", cwd=tmp_path).stdout)
    assert any("chosen on the metric that is compared" in note for note in line["notes"])


def test_what_has_no_curves_is_refused(tmp_path: Path) -> None:
    table = suite_here("compare", write_table(tmp_path), "--curve", cwd=tmp_path)
    assert "--curve: expected a log of runs" in refused(table)
    last_values = suite_here("compare", WRITERS["dvclive"](tmp_path), "--curve", cwd=tmp_path)
    assert "at which every run has a value, got 0" in refused(last_values)
    stored = suite_here("compare", "task/a", "task/b", "--curve", cwd=tmp_path)
    assert refused(stored) == "--curve: expected logs of runs, got arms of a store"


def test_an_output_that_would_not_show_it_is_refused(tmp_path: Path) -> None:
    log = write_mlflow_folder(tmp_path)
    done = suite_here("compare", log, "--curve", "--format", "csv", cwd=tmp_path)
    assert "--curve: expected --format terminal, html or json" in refused(done)
