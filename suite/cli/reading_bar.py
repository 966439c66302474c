"""What a person sees while the program reads: a bar once it is known how much there is to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from suite.importers.reading_progress import watched_by


@dataclass
class _Bar:
    """A line of a progress display that follows the reading."""

    progress: Progress
    line: TaskID
    total: int = 0

    def begin(self, total: int, things: str) -> None:
        """So many more runs or files are to be read."""
        self.total += total
        self.progress.update(self.line, total=self.total, things=things)

    def advance(self) -> None:
        """One more was read."""
        self.progress.advance(self.line)


class _Counts(ProgressColumn):
    """How many of how many were read; nothing while that is not known."""

    def render(self, task: Task) -> Text:
        """The text of the column."""
        if not task.total:
            return Text("")
        return Text(f"{task.completed:,.0f} of {task.total:,.0f} {task.fields['things']}")


class _TimeLeft(TimeRemainingColumn):
    """The time left; nothing while that is not known."""

    def render(self, task: Task) -> Text:
        """The text of the column."""
        if not task.total or task.time_remaining is None:
            return Text("")
        return super().render(task).append(" left")


@contextmanager
def show_reading(what: str, console: Console | None = None) -> Iterator[None]:
    """Shows on the terminal that `what` is read, and how far; nothing where nobody looks.

    `console`: the terminal's, else that of standard error.
    """
    console = console or Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        _Counts(),
        _TimeLeft(compact=True),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        line = progress.add_task(escape(f"reading {what}"), total=None, things="")
        with watched_by(_Bar(progress, line)):
            yield
