"""Snapshots of a run on the terminal, one after another."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group
from rich.live import Live
from rich.text import Text

from suite.reports.snapshot import Snapshot
from suite.reports.terminal.console import Terminal
from suite.reports.terminal.counts import progress_table


def follow_snapshots(snapshots: Iterable[Snapshot]) -> None:
    """Shows how a run is getting on, for as long as there are snapshots.

    On a terminal each replaces the last one; elsewhere only new ones are printed.
    """
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
    lines = [*snapshot.running, *snapshot.differences, snapshot.time_left]
    return Group(progress_table(snapshot.counts), *(Text(line) for line in lines))
