"""Snapshots of a run on the terminal, one after another."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group
from rich.live import Live
from rich.text import Text

from suite.reports.snapshot import Snapshot
from suite.reports.terminal import Terminal, plain_table

COUNTED = ("asked", "ok", "diverged", "failed", "to do")


def follow_snapshots(snapshots: Iterable[Snapshot]) -> None:
    """Shows how a run is getting on, for as long as there are snapshots: in place on a terminal,
    else whatever is new."""
    console = Terminal()
    if not console.is_terminal or console.is_dumb_terminal:
        last = None
        for snapshot in snapshots:
            if snapshot != last:
                console.print(_view(snapshot))
            last = snapshot
        return
    with Live(console=console, auto_refresh=False) as live:
        for snapshot in snapshots:
            live.update(_view(snapshot), refresh=True)


def _view(snapshot: Snapshot) -> Group:
    table = plain_table("task", "arm", *COUNTED)
    for (task, arm), counts in snapshot.counts.items():
        table.add_row(task, arm, *(str(counts[status]) for status in COUNTED))
    lines = [*snapshot.differences, snapshot.time_left]
    return Group(table, *(Text(line) for line in lines))
