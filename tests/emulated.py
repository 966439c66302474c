"""Prints the bits of two epochs of every arm under portable numerics, a line each, to be compared
between processors:

    python -m tests.emulated                            here
    qemu-x86_64 -cpu Nehalem python -m tests.emulated   an emulated one (minutes an arm)

Runs are made in this process, for an emulator does not follow into others.
"""

from __future__ import annotations

import hashlib
import json
import os

from suite.plan.plan import make_plan
from suite.provenance.environment import KERNEL_VARIABLES, PORTABLE
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.tasks import REAL_TASKS

SMALL = {
    "mnist-digits": {"train_digits": 100, "test_digits": 50},
    "mnist-pairs": {"train_pairs": 100, "test_pairs": 50},
    "disc": {"train_points": 100, "test_points": 50},
}


def shortened(task: Task) -> Task:
    """The task with two epochs, little data, small batches, and portable numerics."""
    protocol = task.protocol.model_copy(
        update={"epochs": 2, "batch_size": 20, "numerics": "portable"}
    )
    arms = {
        name: arm.model_copy(update={"epochs": None, "batch_size": None})
        for name, arm in task.arms.items()
    }
    data = task.only_data_set.model_copy(update=SMALL[task.only_data_set.name])
    return task.model_copy(update={"protocol": protocol, "arms": arms, "data": data})


def main() -> None:
    """Sets the variables before torch is loaded, then runs seed 0 of every arm."""
    for name in KERNEL_VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(PORTABLE)
    from suite.execution.executor import run_jobs
    from suite.execution.in_process import InProcess

    for path in REAL_TASKS:
        for result in run_jobs(
            InProcess(), make_plan(shortened(load_task(path)), device="cpu", seeds=[0]).jobs
        ):
            bits = json.dumps([result.hashes, result.history], sort_keys=True)
            digest = hashlib.sha256(bits.encode()).hexdigest()[:16]
            print(result.task, result.arm, result.status, digest, flush=True)


if __name__ == "__main__":
    main()
