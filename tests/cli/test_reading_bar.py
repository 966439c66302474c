"""What is shown while logs are read: a bar with counts on a terminal, and nothing elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from suite.cli.reading_bar import show_reading
from suite.importers.reading_progress import counted, watched_by
from suite.importers.runs.recognise import read_runs
from tests.support.logged_runs import WRITERS


class Notes:
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, str]] = []
        self.read = 0

    def begin(self, total: int, things: str) -> None:
        """Keeps the total."""
        self.begun.append((total, things))

    def advance(self) -> None:
        """Counts one more."""
        self.read += 1


def shown(console: Console, total: int) -> str:
    """What a console shows while so many runs are read."""
    with show_reading("mlruns", console):
        list(counted(range(total)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_terminal_shows_how_many_runs_of_how_many_were_read() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    text = shown(console, 1234)
    assert "reading mlruns" in text
    assert "1,234 of 1,234 runs" in text


def test_nothing_is_shown_where_nobody_looks() -> None:
    assert shown(Console(file=io.StringIO()), 1234) == ""


def test_readers_of_folders_count_every_run(tmp_path: Path) -> None:
    for kind in ("MLflow's folder", "Hydra", "Lightning", "dvclive", "W&B's folder", "Keras"):
        folder = tmp_path / kind.replace("/", "")
        folder.mkdir()
        path, notes = WRITERS[kind](folder), Notes()
        with watched_by(notes):
            read_runs(path)
        assert (notes.begun, notes.read) == ([(12, "runs")], 12), kind


def test_nobody_is_told_after_watching() -> None:
    notes = Notes()
    with watched_by(notes):
        pass
    assert list(counted([1, 2])) == [1, 2]
    assert (notes.begun, notes.read) == ([], 0)
