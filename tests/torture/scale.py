"""Stores in which every record answers today's questions: what each verb takes, processor time and
memory, in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from suite.execution.runner import note_plan
from suite.store.store import open_store
from suite.task.loading import load_task
from tests.support.tasks import DISC_TASK, ROOT, write_task
from tests.torture.figures import Figure, fill_at_once, made, plan_of, runs

TASKS, ARMS, RECORDS = 10, 3, 200_000
VERBS = ("report", "report --html", "export", "fsck", "status", "ls")
MOST_S, MOST_BYTES = 30.0, 1.5e9  # of the processor, and in memory
# the peak of a process that is started by a large one would begin with that one's
RUN = (
    "import resource, subprocess, sys;"
    " code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode;"
    " used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    " print(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024); sys.exit(code)"
)


def current_records(folder: Path, records: int = RECORDS) -> Figure:
    """Makes a store, and measures each verb on it."""
    _make(folder, max(records // (TASKS * ARMS), 2))
    measured = {verb: _measured(folder, verb) for verb in VERBS}
    found = "; ".join(
        f"{verb} {took_s:.2g} s and {peak_bytes / 1e6:,.0f} MB"
        for verb, (took_s, peak_bytes) in measured.items()
    )
    passed = all(took_s <= MOST_S and peak <= MOST_BYTES for took_s, peak in measured.values())
    how = (
        f"{records:,} records of {TASKS} tasks with {ARMS} arms, all of today's questions;"
        " processor time and memory of each command"
    )
    return Figure("many current records", how, found, passed)


def _make(folder: Path, seeds: int) -> None:
    (folder / "results").mkdir()
    with open_store(folder / "results" / "store.sqlite", create=True) as store:
        for number in range(TASKS):
            text = DISC_TASK.replace('seeds = "0-2"', f'seeds = "0-{seeds - 1}"')
            plan = plan_of(load_task(write_task(folder / "tasks", text, f"task-{number}")), seeds)
            note_plan(plan, store)
            fill_at_once(store, (made(job, seed) for job, seed in runs(plan)))


def _measured(folder: Path, verb: str) -> tuple[float, float]:
    """Seconds of the processor and bytes of memory that a command takes."""
    command = [sys.executable, "-c", RUN, sys.executable, "-m", "suite", *verb.split()]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    took_s, peak_bytes = done.stdout.split()
    return float(took_s), float(peak_bytes)
