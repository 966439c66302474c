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
from suite.execution.progress import progress
from suite.plan.recorded_files import with_recorded_files
from suite.reports.terminal.console import print_table
from suite.reports.terminal.counts import progress_table
from suite.store.store import open_store


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
    with open_store(store) as opened:
        plans = [
            with_recorded_files(plan_task(settled(task, kind, opened), seeds, kind), opened)
            for task in loaded
        ]
        counts = {
            (plan.task.name, arm): arm_counts
            for plan in plans
            for arm, arm_counts in progress(plan, opened).items()
        }
    print_table(progress_table(counts))
