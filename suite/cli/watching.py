"""The verb that follows a run from beside it: watch."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    Names,
    Seeds,
    StorePath,
    TasksFolder,
    app,
)
from suite.cli.resolve import device_kind, load_tasks, plan_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from suite.plan.plan import Plan
    from suite.reports.snapshot import Snapshot


@app.command("watch")
def watch_runs(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    once: Annotated[
        bool, typer.Option("--once", envvar="SUITE_ONCE", help="Look once and end.")
    ] = False,
    every_s: Annotated[
        float,
        typer.Option("--every", envvar="SUITE_EVERY", min=0.1, help="Seconds between two looks."),
    ] = 2.0,
) -> None:
    """Follows a run in progress: done, failed, time left, and intervals that hold however often one
    looks. No verdict."""
    from suite.execution.autotune import settled
    from suite.reports.snapshot_view import follow_snapshots
    from suite.store.store import open_store

    loaded, kind = load_tasks(names, tasks), device_kind(device)
    with open_store(store) as opened:
        plans = [plan_task(settled(task, kind, opened), seeds, kind) for task in loaded]
    with suppress(KeyboardInterrupt):  # who looked has seen enough; the run is another program
        follow_snapshots(_looks(plans, store, every_s, once=once))


def _looks(plans: Sequence[Plan], store: Path, every_s: float, *, once: bool) -> Iterator[Snapshot]:
    """A look at a time, until nothing is left to do."""
    from suite.analysis.studies import read_study
    from suite.execution.runner import progress
    from suite.reports.snapshot import take_snapshot
    from suite.store.store import open_store

    first, since = None, time.monotonic()
    while True:
        with open_store(store) as opened:
            counts = {
                (plan.task.name, arm): one
                for plan in plans
                for arm, one in progress(plan, opened).items()
            }
            studies = [read_study(plan, opened) for plan in plans]
        now = take_snapshot(counts, studies, before=first, elapsed_s=time.monotonic() - since)
        yield now
        if once or not now.to_do:
            return
        first = first or now
        time.sleep(every_s)
