"""Runs that are cut off: signals at random moments, a full disk, a killed runner; by the command
line itself.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from suite.execution import isolation
from suite.store.fsck import damage
from suite.store.store import open_store
from tests.support.tasks import DISC_TASK, ROOT, write_task
from tests.torture.figures import Figure

SUITE = [sys.executable, "-m", "suite"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
TASK = (
    DISC_TASK.replace('trainer = "manual"\n', "")
    .replace("0-2", "0-9")
    .replace("epochs = 4", "epochs = 40")
)
RUNS = 30
LATEST_S = 8.0  # from the start to the signal; the first result comes after two to ten seconds
ENDS_WITHIN_S = 5.0


def interrupted_runs(folder: Path, *, times: int) -> Figure:
    """`suite run` until SIGINT or SIGTERM comes at a random moment, in turns, on one store after
    another.
    """
    drawn, wrong, late, kept, done, early = random.Random(5), [], [], 0, 0, 0  # noqa: S311
    place = folder
    for number in range(times):
        if number % 5 == 0:
            place = folder / f"interrupted-{number}"
            write_task(place / "tasks", TASK)
        before = len(_records(place))
        stop = (signal.SIGINT, signal.SIGTERM)[number % 2]
        moment_s = drawn.uniform(0.0, LATEST_S)
        code, said, took = _interrupted(place, stop, moment_s)
        if took > ENDS_WITHIN_S:
            late.append(
                (
                    stop.name,
                    code,
                    f"sent after {moment_s:.1f} s, ended {took:.1f} s later",
                    said[-300:],
                )
            )
        after = _records(place)
        stored = said.count(": accuracy ")
        if _met_python_alone(code, said, stop):
            early += 1
            continue
        finished = code in (0, 1)  # it was faster than the signal
        if (
            not (finished or code == 128 + stop)
            or len(after) < before + stored
            or "Traceback" in said
        ):
            wrong.append((stop.name, f"sent after {moment_s:.2f} s", code, said[:300], said[-300:]))
        kept, done = kept + stored, done + finished
    left = isolation.sweep()
    return Figure(
        "SIGINT and SIGTERM",
        f"`suite run` of {RUNS} small trainings, a signal to its process group after 0 to"
        f" {LATEST_S:g} s",
        f"{times} signals, {done} of them too late, {early} before Python had come to the suite:"
        f" {len(wrong)} wrong endings {wrong or ''}, {len(late)} later than {ENDS_WITHIN_S:g} s"
        f" {late or ''}; all {kept} results that were shown are stored; {len(left)} processes left",
        not wrong and not late and not left,
    )


def _met_python_alone(code: int, said: str, stop: signal.Signals) -> bool:
    """Whether the signal came while Python itself was starting: it ends in its own way, and no file
    of the suite had a say.
    """
    by_default = code == -stop and (
        stop == signal.SIGTERM or "KeyboardInterrupt" in said or not said
    )
    by_python = by_default or said.startswith(
        ("Fatal Python error", "Could not import runpy module")
    )
    return by_python and str(ROOT / "suite") not in said


def _interrupted(place: Path, stop: signal.Signals, after_s: float) -> tuple[int, str, float]:
    with subprocess.Popen(
        [*SUITE, "run"],
        cwd=place,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_signals,
    ) as running:
        time.sleep(after_s)
        if running.poll() is None:
            os.killpg(running.pid, stop)
        start = time.monotonic()
        _, said = running.communicate(timeout=60)
        return running.returncode, said, time.monotonic() - start


def _hear_signals() -> None:
    """A shell starts what runs in its background deaf to SIGINT, and it passes that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _records(place: Path) -> list[str]:
    path = place / "results" / "store.sqlite"
    if not path.is_file():
        return []
    with open_store(path) as store:
        assert damage(path) == []
        return [one.key for one in store.results()]


def full_disk(folder: Path) -> Figure:
    """Store and report on a file system of 2 MB that fills up, and is enlarged then."""
    name, how = (
        "a full disk",
        "store and report on a tmpfs of 2 MB, filled by another file, then enlarged",
    )
    place = folder / "small"
    write_task(folder / "tasks", TASK)
    place.mkdir()
    if (
        os.getuid()
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "none", place],
            check=False,
            stderr=subprocess.DEVNULL,
        ).returncode
    ):
        return Figure(name, how, "not run: only root can mount", True)
    try:
        return Figure(name, how, *_filled(folder, place))
    finally:
        subprocess.run(["umount", place], check=True)


def _filled(folder: Path, place: Path) -> tuple[str, bool]:
    arguments = ["--store", str(place / "store.sqlite")]
    output = ["-o", str(place / "RESULTS.md")]
    first = _suite(folder, "bench", "--seeds", "0-1", *arguments, *output)
    if first.returncode:
        return f"the first run failed: {first.stderr[-300:]}", False
    old, before = (place / "RESULTS.md").read_bytes(), _stored(folder, arguments)
    with suppress(OSError), (place / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    full, page = _suite(folder, "run", *arguments), _suite(folder, "report", *arguments, *output)
    whole = (place / "RESULTS.md").read_bytes() == old
    kept = set(before) <= set(_stored(folder, arguments))
    subprocess.run(["mount", "-o", "remount,size=40m", place], check=True)
    resumed = _suite(folder, "bench", *arguments, *output)
    after = _stored(folder, arguments)
    named = all(f"suite: {place}/" in one.stderr for one in (full, page))
    passed = (
        first.returncode == 0 and full.returncode == 2 and page.returncode == 2 and named
        and whole and kept and resumed.returncode == 0 and len(after) == len(set(after)) == RUNS
    )  # fmt: skip
    said = (
        f"run and report exit with {full.returncode} and {page.returncode},"
        f" {'naming' if named else 'not naming'} the path; "
    )
    said += (
        f"old report {'whole' if whole else 'TORN'}, {len(set(before) - set(after))} records lost;"
        f" resumed: {len(after)} of {RUNS} runs"
    )
    return (
        (
            said
            if passed
            else f"{said}: {full.stderr[-200:]} {page.stderr[-200:]} {resumed.stderr[-200:]}"
        ),
        passed,
    )


def _suite(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SUITE, *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _stored(folder: Path, arguments: list[str]) -> list[str]:
    return [
        json.loads(line)["key"] for line in _suite(folder, "export", *arguments).stdout.splitlines()
    ]
