"""suite register, and what reports and compare say of it and of what changed after a look."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.store.test_looks import fill
from tests.support.program import suite_here
from tests.support.tasks import DISC_TASK, load_text, write_task

STORE = ("--store", "store.sqlite")
TASK = DISC_TASK.replace('seeds = "0-2"', 'seeds = "0-9"')
WIDER = TASK.replace("margin = 0.01", "margin = 0.08")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_task(tmp_path / "tasks", TASK)
    return tmp_path


def said(folder: Path, *words: str) -> str:
    done = suite_here(*words, *STORE, cwd=folder)
    assert done.returncode == 0, done
    return done.stdout


@pytest.mark.slow
def test_a_plan_is_registered_before_it_runs_and_the_report_follows_it(folder: Path) -> None:
    printed = said(folder, "register", "tiny")
    path = folder / "tiny.registered.json"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert printed == f"{sha256}  tiny.registered.json\n"
    assert json.loads(path.read_text())["seeds"] == "0-9"
    fill(folder / "store.sqlite", load_text(TASK), range(10))
    said(folder, "report")
    page = (folder / "RESULTS.md").read_text()
    assert page.count(f"(SHA-256 {sha256[:12]}) was followed.") == 2  # headline and section
    assert suite_here("report", "--check", cwd=folder).returncode == 0
    fill(folder / "store.sqlite", load_text(WIDER), range(10))
    assert "differs in margin 1 -> 8 points" in said(folder, "report", "--terminal")
    late = said(folder, "register", "tiny", "-o", "late.json")
    assert "30 of its runs are stored already" in late


@pytest.mark.slow
def test_a_margin_changed_after_a_look_is_said_wherever_the_verdict_is(folder: Path) -> None:
    path, words = folder / "store.sqlite", "margin 1 -> 8 points after 10 seeds were seen"
    fill(path, load_text(TASK), range(10))
    assert "History" not in said(folder, "report") + (folder / "RESULTS.md").read_text()
    fill(path, load_text(WIDER), range(10))
    assert f"tiny: {words}\n" in said(folder, "report")
    assert f"**History**: {words.replace('>', '&gt;')}." in (folder / "RESULTS.md").read_text()
    assert f"tiny: {words}." in said(folder, "report", "--terminal")
    said(folder, "report", "--html")
    assert words[1:].replace(">", "&gt;") in (folder / "report.html").read_text()
    pair = ("compare", "tiny/long", "tiny/short")
    assert words in said(folder, *pair)
    assert json.loads(said(folder, *pair, "--json"))["history"] == [words]
    # from the records alone, and after a merge
    done = suite_here("report", "--terminal", "--from", "results", cwd=folder)
    assert words in done.stdout
    said(folder, "export", "--format", "journal")
    suite_here("merge", "results", "--store", "clone.sqlite", cwd=folder)
    clone = suite_here("report", "--terminal", "--store", "clone.sqlite", cwd=folder)
    assert words in clone.stdout


@pytest.mark.slow
def test_a_margin_given_to_compare_after_a_look_is_said_once_it_is_another(folder: Path) -> None:
    fill(folder / "store.sqlite", load_text(TASK), range(10))
    pair = ("compare", "tiny/long", "tiny/short", "--json", "--margin")
    assert json.loads(said(folder, *pair, "0.02"))["history"] == []
    assert json.loads(said(folder, *pair, "0.02"))["history"] == []
    assert json.loads(said(folder, *pair, "0.08"))["history"] == [
        "margin 2 -> 8 points after 10 seeds were seen"
    ]
