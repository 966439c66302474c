"""The verb status."""

from __future__ import annotations

from suite.cli.machine import choose_device
from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    Names,
    Seeds,
    StorePath,
    TasksFolder,
    TasksFrom,
)
from suite.cli.selection import load_tasks, plan_task
from suite.execution.autotune import settled
from suite.execution.runner import progress
from suite.reports.terminal import plain_table, show
from suite.store.store import open_store

COUNTS = ("asked", "ok", "diverged", "failed", "to do")


def status(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """Show how many runs are done, failed or missing."""
    loaded, kind = load_tasks(names, tasks, tasks_from), choose_device(device)
    table = plain_table("task", "arm", *COUNTS)
    with open_store(store) as opened:
        for task in loaded:
            plan = plan_task(settled(task, kind, opened), seeds, kind)
            for arm, counts in progress(plan, opened).items():
                table.add_row(task.name, arm, *(str(counts[name]) for name in COUNTS))
    show(table)
