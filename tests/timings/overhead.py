"""What the suite takes beside training and evaluation: for each run, for each command, and with
everything stored.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from suite.execution.processes import Processes
from suite.execution.runner import note_plan, run
from suite.plan.plan import Plan, make_plan
from suite.store.store import open_store
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.tasks import DISC_TASK, ROOT, write_task
from tests.torture.figures import fill_at_once, made, runs

TASK, ARM = ROOT / "tasks" / "mlp-vs-cnn.toml", "cnn"
RUNS = 6
FEW, MORE = 1, 3  # epochs
LONG_RUN_S = 60.0
# What any program pays that trains with torch: its optimisers import its compiler.
ONE_STEP = (
    "import torch; x = torch.zeros(1); x.grad = torch.zeros(1); torch.optim.SGD([x], lr=1.0).step()"
)
TASKS, SEEDS = 10, 334  # of three arms: 10,020 runs


def section() -> list[str]:
    """Measures, and gives the part of the page."""
    fixed_s, epoch_s = _beside_training()
    command_s, torch_s, stored_s = _command(fixed_s), _started(ONE_STEP), _all_stored()
    rows = [
        (
            (
                "each run: fork, data, building, hashes, committing the record (median of"
                f" {RUNS - 1} runs of {ARM})"
            ),
            fixed_s,
        ),
        ("each command: start, planning, the server that imports torch", command_s),
        (
            "for comparison: a program that imports torch and takes one step of SGD on one number",
            torch_s,
        ),
        (f"`suite run` where all of {3 * TASKS * SEEDS:,} runs are stored", stored_s),
    ]
    return [
        "## Overhead",
        "",
        "| what | s | of a run of 60 s |",
        "|:--|--:|--:|",
        *(f"| {what} | {took:.2f} | {100 * took / LONG_RUN_S:.1f}% |" for what, took in rows),
        "",
        (
            "Evaluation after an epoch, on all training and test digits, is part of the"
            f" measurement and not counted: {epoch_s:.2f} s for {ARM}."
        ),
        "",
    ]


def _beside_training() -> tuple[float, float]:
    """Seconds that a run takes beside training and evaluation, and those of one evaluation."""
    few, more = (_rest_s(_only(ARM, epochs)) for epochs in (FEW, MORE))
    epoch_s = (more - few) / (MORE - FEW)
    return few - FEW * epoch_s, epoch_s


def _rest_s(task: Task) -> float:
    """From one record that is committed to the next, less its training: the median.

    The first one waits for the server.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "store.sqlite", create=True) as store,
    ):
        plan, last, found = (
            make_plan(task, device="cpu", seeds=range(RUNS)),
            time.perf_counter(),
            list[float](),
        )
        for result in run([plan], store, Processes(1)):
            now = time.perf_counter()
            found.append(now - last - (result.train_time_s or 0.0))
            last = now
    return statistics.median(found[1:])


def _only(arm: str, epochs: int) -> Task:
    task = load_task(TASK)
    changed = task.arms[arm].model_copy(update={"epochs": epochs, "trainer": "autograd"})
    return task.model_copy(update={"arms": {arm: changed}, "comparisons": []})


def _command(run_s: float) -> float:
    """Seconds of `suite run` with one short run to do, less that run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = DISC_TASK.replace('trainer = "manual"', 'trainer = "autograd"')
        write_task(folder / "tasks", text.replace("0-2", "0-0"))
        _suite(folder, "run", "--seeds", "0")  # its trials
        return (
            statistics.median(
                _suite(folder, "run", "--seeds", str(seed), "-j", "3") for seed in (1, 2, 3)
            )
            - run_s
        )


def _all_stored() -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plans = [_plan(folder, number) for number in range(TASKS)]
        with open_store(folder / "results" / "store.sqlite", create=True) as store:
            for plan in plans:
                note_plan(plan, store)
                results = (made(job, seed) for job, seed in runs(plan))
                fill_at_once(
                    store,
                    (one.model_copy(update={"status": "ok", "reason": None}) for one in results),
                )
        return statistics.median(_suite(folder, "run") for _ in range(3))


def _plan(folder: Path, number: int) -> Plan:
    text = DISC_TASK.replace("0-2", f"0-{SEEDS - 1}")
    return make_plan(load_task(write_task(folder / "tasks", text, f"task-{number}")), device="cpu")


def _suite(folder: Path, *arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "suite", *arguments], cwd=folder, check=True, capture_output=True
    )
    return time.perf_counter() - start


def _started(code: str) -> float:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    return statistics.median(once() for _ in range(3))


if __name__ == "__main__":
    print("\n".join(section()))
