"""The verb why-stale."""

from __future__ import annotations

from suite.cli.machine import choose_device
from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    Names,
    RecordsFolder,
    StorePath,
    TasksFolder,
    TasksFrom,
)
from suite.cli.selection import load_tasks, plan_task
from suite.cli.stores import open_records
from suite.errors import visible
from suite.execution.autotune import settled
from suite.plan.recorded_files import with_recorded_files
from suite.task.seeds import seed_ranges
from suite.verification.staleness import stale


def why_stale(
    names: Names = None,
    device: Device = "cpu",
    store: StorePath = DEFAULT_STORE,
    folder: RecordsFolder = None,
    tasks: TasksFolder = DEFAULT_TASKS,
    tasks_from: TasksFrom = None,
) -> None:
    """List stored runs that no longer answer today's question, and why.

    Names what changed: a setting, the data, the code or the environment. `suite run` runs them
    again.
    """
    loaded, kind = load_tasks(names, tasks, tasks_from), choose_device(device)
    with open_records(store, folder) as records:
        plans = [
            with_recorded_files(plan_task(settled(task, kind, records), None, kind), records)
            for task in loaded
        ]
        arms = [arm for plan in plans for arm in stale(plan, records)]
    for arm in arms:
        print(f"{arm.task} {arm.arm}, seeds {seed_ranges(arm.seeds)}:")
        print("".join(f"  {visible(reason)}\n" for reason in arm.reasons), end="")
    print(f"{sum(len(arm.seeds) for arm in arms)} stored runs are stale")
