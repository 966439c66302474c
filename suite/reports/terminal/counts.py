"""How far runs have come, as a table."""

from __future__ import annotations

from rich.table import Table

from suite.execution.progress import Counts
from suite.reports.terminal.console import plain_table


def progress_table(counts: Counts) -> Table:
    """How far each arm of each task has come."""
    table = plain_table("task", "arm", "asked", "ok", "diverged", "failed", "to do")
    for (task, arm), runs in counts.items():
        numbers = (runs.asked, runs.ok, runs.diverged, runs.failed, runs.to_do)
        table.add_row(task, arm, *map(str, numbers))
    return table
