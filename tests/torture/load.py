"""Stores of 10^3 to 10^6 records: what status, resuming, appending and the report take, each in a
process of its own.

Ten tasks of three arms and 100 seeds answer today's questions, as far as a store goes; all else are
records of questions that were asked before something was edited: that is how a store grows. `python
-m tests.torture.load VERB FOLDER STORE SEEDS` is one measurement.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import chain, count, islice
from pathlib import Path

from suite.execution.progress import progress
from suite.execution.runner import note_plan, remaining
from suite.plan.plan import Plan
from suite.store.store import open_store
from suite.task.loading import load_task
from tests.support.tasks import DISC_TASK, ROOT, write_task
from tests.torture.figures import Figure, fill_at_once, made, plan_of, runs

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TASKS, ARMS, MOST_SEEDS = 10, 3, 100
MOST_S, MOST_BYTES = 30.0, 2 * 2**30  # what the report of a million records may take
APPENDED = 20


def loaded_stores(folder: Path, sizes: tuple[int, ...] = SIZES) -> Figure:
    """Makes stores, and measures each verb on each."""
    said, measured = [], dict[str, tuple[float, float]]()
    for size in sizes:
        path, seeds = folder / f"{size}.sqlite", min(size // (TASKS * ARMS), MOST_SEEDS)
        _make(folder, path, seeds, size)
        measured = {verb: _measured(verb, folder, path, seeds) for verb in VERBS}
        each = ", ".join(
            f"{verb} {took:.2g} s and {peak / 2**20:.0f} MiB"
            for verb, (took, peak) in measured.items()
        )
        said.append(f"{size:,} records: {each}")
        path.unlink()
    took, peak = measured["report"]
    passed = took <= MOST_S and peak <= MOST_BYTES
    how = (
        f"up to {TASKS * ARMS * MOST_SEEDS:,} records of today's questions, all others of earlier"
        " ones; each verb in a process of its own, `append` for one record"
    )
    return Figure("load", how, "; ".join(said), passed)


def _plans(folder: Path, seeds: int) -> list[Plan]:
    paths = [write_task(folder / "tasks", DISC_TASK, f"task-{number}") for number in range(TASKS)]
    return [plan_of(load_task(path), seeds) for path in paths]


def _make(folder: Path, path: Path, seeds: int, size: int) -> None:
    with open_store(path, create=True) as store:
        plans = _plans(folder, seeds)
        for plan in plans:
            note_plan(plan, store)
        current = [made(job, seed) for plan in plans for job, seed in runs(plan)]
        older = (
            one.model_copy(
                update={"key": f"{edit} {one.key}", "question": f"{edit} {one.question}"}
            )
            for edit in count(1)
            for one in current
        )
        fill_at_once(store, chain(islice(older, size - len(current)), current))


def _measured(verb: str, folder: Path, path: Path, seeds: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "tests.torture.load", verb, str(folder), str(path), str(seeds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took_s, peak_bytes = done.stdout.split()
    return float(took_s), float(peak_bytes)


def _status(folder: Path, path: Path, seeds: int) -> None:
    with open_store(path) as store:
        for plan in _plans(folder, seeds):
            assert all(not each.to_do for each in progress(plan, store).values())


def _resume(folder: Path, path: Path, seeds: int) -> None:
    with open_store(path, create=True) as store:
        assert sum(remaining(plan, store).run_count for plan in _plans(folder, seeds)) == 0


def _append(folder: Path, path: Path, seeds: int) -> float:
    new = made(*next(runs(_plans(folder, 1)[0])))
    with open_store(path, create=True) as store:
        start = time.perf_counter()
        for number in range(APPENDED):
            store.append(new.model_copy(update={"key": f"new-{time.time_ns()}-{number}"}))
        return (time.perf_counter() - start) / APPENDED


def _report(folder: Path, path: Path, seeds: int) -> None:
    from suite.cli.report import write_report

    with contextlib.redirect_stdout(io.StringIO()):
        write_report(path, folder / f"page-{seeds}" / "RESULTS.md")


VERBS: dict[str, Callable[[Path, Path, int], float | None]] = {
    "status": _status,
    "resume": _resume,
    "report": _report,
    "append": _append,
}


if __name__ == "__main__":
    begin = time.perf_counter()
    took = VERBS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    # getrusage's peak would begin with that of the process that started this one
    peak_kib = next(
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    print(took or time.perf_counter() - begin, int(peak_kib.split()[1]) * 1024)
