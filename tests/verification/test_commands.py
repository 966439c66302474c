"""Runs of commands that are run again, and what made stored ones stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import COMMAND_TASK, write_commands
from tests.support.program import suite_here

OUTPUTS = 'inputs = ["data.csv"], outputs = ["weights.bin"]'


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder with stored runs, of which those of the first arm declare an output."""
    text = COMMAND_TASK.replace('inputs = ["data.csv"]', OUTPUTS, 1).replace('"0-7"', '"0-1"')
    suite_here("run", cwd=write_commands(tmp_path, text))
    return tmp_path


def test_files_and_metrics_of_commands_are_the_same_again(stored: Path) -> None:
    done = suite_here("verify", "--processes", "1", cwd=stored)
    assert done.returncode == 0, done
    expected = "FILES: rates low seed 1\nMETRICS: rates high seed 0\n  no file was compared, for"
    assert expected in done.stdout
    assert "4 runs verified: 2 FILES, 2 METRICS." in done.stdout
    assert "training loop" not in done.stdout


def test_an_output_that_differs_is_named_and_less_than_can_be_expected(stored: Path) -> None:
    script = stored / "train.py"
    script.write_text(script.read_text().replace("{seed} {rate}", "{seed} {rate} {os.getpid()}"))
    suite_here("run", cwd=stored)
    done = suite_here("verify", "--processes", "1", cwd=stored)
    assert done.returncode == 1
    expected = (
        "METRICS: rates low seed 0\n  another content: file weights.bin\n"
        "  FILES can be expected here\n"
    )
    assert expected in done.stdout


def test_a_changed_script_is_another_question_in_words(stored: Path) -> None:
    script = stored / "rates.py"
    script.write_text(script.read_text().replace("10", "11"))
    done = suite_here("why-stale", cwd=stored)
    assert "file rates.py changed" in done.stdout
    assert "file train.py" not in done.stdout
    assert suite_here("verify", cwd=stored).returncode != 0
