"""Reports on tasks of commands: what does not exist of a command is not spoken of."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.reports.notes import costs_note, reading_note
from tests.support.commands import COMMAND_TASK, MIXED_TASK, write_commands
from tests.support.program import suite_here
from tests.support.tasks import disc_task, load_text

NONSENSE = (
    "initial weights",
    "batch order",
    "data draw",
    "saw the same data",
    "GFLOP",
    "parameters",
    "Learning curves",
    "training loop",
    "without evaluation",
    "seeds trained together",
    "Not certified",
    "Nothing measured yet",
    "where the source is silent",
    ".svg",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report on commands."""
    folder = write_commands(tmp_path_factory.mktemp("commands"))
    for verb in ("run", "report"):
        assert suite_here(verb, cwd=folder).returncode == 0
    return folder


def test_the_report_says_nothing_that_only_models_have(folder: Path) -> None:
    page = (folder / "RESULTS.md").read_text()
    text = page.partition("## Words")[0]
    assert [words for words in NONSENSE if words in text] == []
    assert "over seeds (what varies is the seed that each command was given)" in text
    assert "paired by seed: both commands of a pair were given the same seed" in text
    assert "| arm   | runs   | time of a run, s, mean ± sd   | id" in text
    assert "python3 train.py 0.1 {seed}" in text
    assert sorted(path.name for path in (folder / "results").glob("*.svg")) == []


def test_the_report_of_commands_follows_from_its_records(folder: Path) -> None:
    done = suite_here("report", "--check", cwd=folder)
    assert done.returncode == 0, done


def test_the_page_has_no_curves_of_commands(folder: Path) -> None:
    assert suite_here("publish", "web", cwd=folder).returncode == 0
    page = (folder / "web" / "index.html").read_text()
    assert 'data-kind="seeds"' in page
    assert 'data-kind="curves"' not in page
    assert "which were given it" in page
    assert "saw the same data" not in page
    assert "Time of whole commands" in page


def test_what_is_shown_on_the_terminal_has_no_empty_columns(folder: Path) -> None:
    text = suite_here("show", "rates", cwd=folder).stdout
    assert "rates, time of whole commands" in text
    assert "parameters" not in text
    assert "GFLOP" not in text


def test_notes_speak_of_what_the_tasks_have() -> None:
    models, commands = disc_task(), load_text(COMMAND_TASK, "rates")
    mixed = load_text(MIXED_TASK, "rates")
    assert "both arms of a pair saw the same data" in reading_note([models])
    assert reading_note([models, commands]) == reading_note([mixed])
    assert "models saw the same data in the same order, and commands" in reading_note([mixed])
    assert "GFLOP" in costs_note([models])
    assert "whole commands" not in costs_note([models])
    assert "GFLOP" not in costs_note([commands])
    assert "whole commands" in costs_note([mixed])


def test_budgets_of_commands_are_not_spoken_of(tmp_path: Path) -> None:
    text = MIXED_TASK.replace('trainer = "autograd"', 'trainer = "autograd"\nepochs = 3')
    folder = write_commands(
        tmp_path, text.replace("[metrics.acc]", "[metrics.acc]\nname='reported'")
    )
    assert suite_here("run", "--seeds", "0", "--processes", "1", cwd=folder).returncode == 0
    suite_here("report", cwd=folder)
    assert "epochs against" not in (folder / "RESULTS.md").read_text()


def test_a_run_is_shown_with_its_command_and_the_files_that_it_read(folder: Path) -> None:
    page = suite_here("export", "--format", "csv", cwd=folder).stdout.splitlines()
    key = next(row.split(",")[8] for row in page if row.startswith("rates,low,3,"))
    lines = suite_here("show", key[:12], cwd=folder).stdout.splitlines()
    shown = {" ".join(line.split()) for line in lines}
    assert "command python3 train.py 0.1 {seed}" in shown
    assert any(line.startswith("file train.py ") for line in shown)
    assert any(line.startswith("time, s ") for line in shown)
    assert not any(line.startswith(("epochs", "training time", "seeds together")) for line in shown)
