"""The verb watch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from suite.analysis.studies import read_study
from suite.cli.machine import choose_device
from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    Names,
    Seeds,
    StorePath,
    TasksFolder,
)
from suite.cli.selection import load_tasks, plan_task
from suite.execution.autotune import settled
from suite.execution.progress import progress, running_jobs
from suite.plan.plan import Plan
from suite.plan.recorded_files import with_recorded_files
from suite.reports.snapshot import Snapshot, take_snapshot
from suite.reports.terminal.snapshots import follow_snapshots
from suite.store.store import open_store


def watch(
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
        typer.Option(
            "--every", envvar="SUITE_EVERY", min=0.1, help="Wait so many seconds between two looks."
        ),
    ] = 2.0,
) -> None:
    """Follow a run from another terminal: done, failed, epochs, time left.

    Shows intervals that hold however often one looks, and no verdict.
    """
    loaded, kind = load_tasks(names, tasks), choose_device(device)
    with open_store(store) as opened:
        plans = [
            with_recorded_files(plan_task(settled(task, kind, opened), seeds, kind), opened)
            for task in loaded
        ]
    with suppress(KeyboardInterrupt):  # who looked has seen enough; the run is another program
        follow_snapshots(_snapshots_until_done(plans, store, every_s, once=once))


def _snapshots_until_done(
    plans: Sequence[Plan], store: Path, every_s: float, *, once: bool
) -> Iterator[Snapshot]:
    """A snapshot at a time, until nothing is left to do."""
    first, start = None, time.monotonic()
    while True:
        now = _snapshot(plans, store, before=first, start=start)
        yield now
        if once or not now.to_do:
            return
        first = first or now
        time.sleep(every_s)


def _snapshot(
    plans: Sequence[Plan], store: Path, *, before: Snapshot | None, start: float
) -> Snapshot:
    with open_store(store) as opened:
        counts = {
            (plan.task.name, arm): numbers
            for plan in plans
            for arm, numbers in progress(plan, opened).items()
        }
        running = [job for plan in plans for job in running_jobs(plan, opened)]
        studies = [read_study(plan, opened) for plan in plans]
    elapsed_s = time.monotonic() - start
    return take_snapshot(counts, studies, running, before=before, elapsed_s=elapsed_s)
