"""All hostile arms at once, beside good ones."""

from __future__ import annotations

import time
from pathlib import Path

from suite.execution import isolation
from suite.execution.executor import run_jobs
from suite.execution.processes import Processes
from suite.plan.plan import make_plan
from suite.result import Result
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.hostile import LIMIT_S, REASONS
from tests.support.tasks import DISC_TASK, write_task
from tests.torture.figures import Figure

GOOD = ("short", "long", "control")
VARYING = {
    "train_time_s",
    "first_epoch_s",
    "predict_time_s",
    "run_time_s",
    "peak_memory_bytes",
    "recorded_at",
    "seeds_together",
}


def task_with(folder: Path, arms: list[str]) -> Task:
    """The small task, and an arm for each name, of the function of that name in
    tests.support.hostile.
    """
    text = DISC_TASK.replace(
        "epochs = 4", f"epochs = 4\ntimeout_s = {LIMIT_S}.0\nmemory_bytes = 3_000_000_000", 1
    )
    for name in arms:
        text += (
            f'\n[arms.{name.replace("_", "-")}]\nmodel = "tests.support.hostile:{name}"\narguments'
            " = { layers = [2, 9, 5, 2] }\n"
        )
    return load_task(write_task(folder, text))


def hostile_arms(folder: Path) -> Figure:
    """Runs every hostile arm beside good ones, then the good ones alone."""
    jobs = make_plan(task_with(folder, list(REASONS)), device="cpu", seeds=[0]).jobs
    found = list(run_jobs(Processes(4), jobs))
    time.sleep(0.1)
    left = isolation.strays([])
    again = list(run_jobs(Processes(2), [job for job in jobs if job.arm in GOOD]))
    bad = [one for one in found if one.arm not in GOOD]
    named = [
        one
        for one in bad
        if one.status == "failed"
        and (one.reason or "").startswith(REASONS[one.arm.replace("-", "_")])
    ]
    other = "".join(f", {one.arm} with {one.reason}" for one in bad if one not in named)
    same = _bits([one for one in found if one.arm in GOOD]) == _bits(again)
    return Figure(
        "hostile arms",
        "raise, exit, hang (in C, deaf to SIGTERM), fork, leave a daemon, crash, recurse, fake a"
        " result, print 50 MB, kill the parent, delete the folder, close the pipes, eat memory;"
        " beside three good arms",
        f"{len(REASONS)} arms: {len(named)} of {len(bad)} records failed with the reason{other};"
        f" good arms and the next run {'bit-equal' if same else 'DIFFERENT'}; {len(left)} processes"
        " left",
        len(named) == len(bad) == len(REASONS) and same and not left and len(again) == len(GOOD),
    )


def _bits(results: list[Result]) -> list[str]:
    return sorted(one.model_dump_json(exclude=VARYING) for one in results)
