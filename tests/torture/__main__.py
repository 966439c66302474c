"""`python -m tests.torture` repeats everything and writes docs/reliability.md; `--short` takes
about two minutes and writes nothing.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from suite.provenance.environment import made_by
from suite.task.loading import load_task
from tests.support.tasks import ROOT, write_task
from tests.torture import (
    damage,
    endings,
    inputs,
    kills,
    load,
    misbehaviour,
    power,
    scale,
    strangers,
)
from tests.torture.figures import Figure

STRANGE = {"records": 300, "stores": 300, "certified": 3000, "tables": 2000, "logs": 1000}
PAGE = ROOT / "docs" / "reliability.md"
HEADER = """# Reliability

<!-- Written by `make torture`. Do not edit. -->

What happens to runs and records when things break: measured on the suite's own code, by `make torture`, with fixed random
seeds. `make test` holds the same in smaller numbers, and more: every hostile arm and every kind of damage by name.

Nothing that an arm does reaches the next one: every job is forked from a process that imported the packages of this job and no other, and torch's
global state is checked before each run. Clocks, process ids and code that is meant to escape are not held: a container is for that.

Not covered: disks that lie about what they have written, file systems over a network, other systems than Linux, CUDA under faults (one card was
tried, without any), clusters (docs/cluster.md has their figures), journals and claims that are forged and edits of the code (`make test` has
those), `suite run --dry-run` and `suite validate` of many arms, which build every model, and more than {records:,} records of about
2 KB, or their test items, beside which records are small.
"""


def tortures(folder: Path, *, short: bool) -> list[Callable[[], Figure]]:
    """What is done, in this order; each in a folder of its own."""
    task_path = write_task(folder / "tasks")
    task = load_task(task_path)

    def place(name: str) -> Path:
        (folder / name).mkdir()
        return folder / name

    return [
        lambda: kills.killed_runners(
            place("runners"), task, seeds=40 if short else 200, kills=20 if short else 200
        ),
        lambda: misbehaviour.hostile_arms(place("arms")),
        lambda: power.lost_power(place("power"), task_path, points=50 if short else 400),
        lambda: damage.rotten_stores(place("rotten"), task, flips=100 if short else 1000),
        lambda: kills.killed_reports(place("reports"), kills=20 if short else 200),
        lambda: endings.full_disk(place("disk")),
        lambda: endings.interrupted_runs(place("interrupted"), times=4 if short else 50),
        lambda: inputs.fuzzed_tasks(place("inputs"), inputs=300 if short else 5000),
        *(
            partial(
                strangers.strange_files, place(kind), kind=kind, inputs=n // (10 if short else 1)
            )
            for kind, n in STRANGE.items()
        ),
        lambda: scale.current_records(place("scale"), 3_000 if short else scale.RECORDS),
        lambda: scale.many_arms(place("many"), 50 if short else scale.MANY_ARMS),
        *([] if short else [lambda: load.loaded_stores(place("load"))]),
    ]


def page(figures: list[Figure], *, minutes: float, load_before: float) -> str:
    """docs/reliability.md.

    `load_before`: the machine's load average when the run began, which is that of other programs.
    """
    rows = [
        f"| {one.name} | {one.how} | {one.found} | {'yes' if one.passed else '**NO**'} |"
        for one in figures
    ]
    where = (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()}"
        f" {platform.machine()}"
    )
    table = ["| what | how | found | as promised |", "|:--|:--|:--|:--|", *rows]
    run = f"one run of {minutes:.0f} minutes by revision {made_by()['revision']}"
    beside = (
        f"load average of other programs before it {load_before:.1f}, on"
        f" {len(os.sched_getaffinity(0))} cores"
    )
    header = HEADER.format(records=scale.RECORDS)
    return "\n".join([header, *table, "", f"Measured in {run}, with {where}; {beside}.", ""])


def main() -> int:
    """0 where everything is as promised."""
    short, figures = "--short" in sys.argv, list[Figure]()
    begin, load_before = time.monotonic(), os.getloadavg()[1]
    with tempfile.TemporaryDirectory(prefix="suite-torture-") as folder:
        for torture in tortures(Path(folder), short=short):
            start = time.monotonic()
            figures.append(torture())
            one = figures[-1]
            print(
                f"{'ok' if one.passed else 'NOT OK'}: {one.name}: {one.found}"
                f" ({time.monotonic() - start:.0f} s)",
                flush=True,
            )
    if not short:
        PAGE.write_text(
            page(figures, minutes=(time.monotonic() - begin) / 60, load_before=load_before)
        )
    return 0 if all(one.passed for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
