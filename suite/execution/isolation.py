"""Keeps a job's process apart: its own session, folder and limits, and nothing left at its end.

Every process that a runner's jobs start carries the runner's marker. It inherits the marker from
the server that the jobs are forked from. The marker is found in /proc whatever session or parent a
process has now. Where there is no /proc, only a job's own process group is ended. This guards
against accidents; code that wants to escape is held only by a container around it.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from suite.task.protocol import Limits

MARKER = "SUITE_RUNNER"
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
# where the machine itself runs out of memory, an arm goes before its runner
OUT_OF_MEMORY_SCORE = "800"
# longer than any process takes to die of SIGKILL, but for one that the kernel itself holds
ENDING_S = 5.0


def enter(limits: Limits, output: int, folder: str) -> None:
    """Gives this process a session of its own and its limits.

    It works in `folder`, and all that it prints goes to the descriptor `output`.
    """
    os.setsid()
    _outlive_signals()
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    sys.stdout, sys.stderr = (
        os.fdopen(descriptor, "w", buffering=1, errors="replace") for descriptor in (1, 2)
    )
    faulthandler.enable()
    if os.environ.get("SUITE_DATA"):
        os.environ["SUITE_DATA"] = str(Path(os.environ["SUITE_DATA"]).absolute())
    os.chdir(folder)
    os.environ |= {"SUITE_RUN_FOLDER": folder, "SUITE_EPOCH_FILE": f"{folder}.epoch"}
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # whatever it starts stays below it
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(OUT_OF_MEMORY_SCORE)
        if limits.memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))


def _outlive_signals() -> None:
    """Lets Ctrl-C and SIGTERM pass by this process, and reach those that it starts.

    A signal to a whole group must not end a job, but pools of processes end their own by SIGTERM,
    which a process would inherit blocked or ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _pass_by)  # becomes the default where another program is started
    os.register_at_fork(after_in_child=_heed_signals)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def _pass_by(_number: int, _frame: object) -> None:
    pass


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is _pass_by:
            signal.signal(number, signal.SIG_DFL)


def leave(error: SystemExit) -> NoReturn:
    """Ends this process at once: what the arm has left running must not keep it."""
    code = error.code
    if code is not None and not isinstance(code, int):
        os.write(2, f"{code}\n".encode(errors="backslashreplace"))
        code = 1
    sys.stdout.flush()
    os._exit((code or 0) & 0xFF)


@contextmanager
def marking() -> Iterator[None]:
    """What is started inside carries this runner's marker."""
    os.environ[MARKER] = _marker(os.getpid())
    try:
        yield
    finally:
        del os.environ[MARKER]


def end(job: int, running: Collection[int]) -> None:
    """Ends the process `job` and whatever jobs have started.

    The jobs that are `running`, and what they started, are left alone.
    """
    deadline = time.monotonic() + ENDING_S
    with suppress(ProcessLookupError):
        os.kill(job, signal.SIGSTOP)  # it starts nothing more
    empty_looks = 0  # a process that is just becoming another program shows no marker for a moment
    while empty_looks < 2 and time.monotonic() < deadline:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(job, signal.SIGKILL)
        left = strays(running)
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        empty_looks = 0 if left else empty_looks + 1
        time.sleep(0.005 if empty_looks < 2 else 0.0)


def strays(running: Collection[int]) -> list[int]:
    """The ids of processes with this runner's marker that descend from none of `running`.

    The servers that the runner started are not among them.
    """
    table, runner = _processes(), os.getpid()
    marker = _marker(runner)
    return [
        process.pid
        for process in table.values()
        if process.marker == marker
        and process.parent != runner
        and process.session not in running
        and not _lineage(process, table) & set(running)
    ]


def end_servers() -> None:
    """Ends the servers that this runner's jobs are forked from, and waits until they have ended."""
    runner = os.getpid()
    for process in _processes().values():
        with suppress(OSError):
            if (
                process.marker == _marker(runner)
                and process.parent == runner
                and b"forkserver" in Path(f"/proc/{process.pid}/cmdline").read_bytes()
            ):
                os.kill(process.pid, signal.SIGKILL)
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def end_server(server: int) -> None:
    """Ends one of them, by its process id."""
    with suppress(ProcessLookupError):
        if server:
            os.kill(server, signal.SIGKILL)


@contextmanager
def folder_of_jobs() -> Iterator[str]:
    """A folder for the folders of this runner's jobs, removed at the end.

    The folders of runners that are gone are removed first.
    """
    prefix = f"suite-{_space()}-"  # a process id means another process in another container
    for old in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        runner = old.name.removeprefix(prefix).partition("-")[0]
        if _space() != "none" and not Path(f"/proc/{runner}").exists():
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=f"{prefix}{os.getpid()}-", ignore_cleanup_errors=True
    ) as folder:
        yield folder


def _space() -> str:
    """What gives process ids their meaning; "none" where that is not known."""
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "none"


def sweep() -> list[int]:
    """Ends what the jobs of runners that are no more have left behind; their process ids."""
    here = _space()
    ended = []
    for process in _processes().values():
        runner = re.fullmatch(rf"{here} (\d+) \d+", process.marker)
        if runner and process.marker != _marker(int(runner[1])):
            ended.append(process.pid)
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    return ended


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    session: int
    marker: str


def _processes() -> dict[int, _Process]:
    """The processes of this user that carry a marker, and those that carry none, without it."""
    processes = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                _, _, rest = (folder / "stat").read_text(errors="replace").rpartition(")")
                state, parent, _, session = rest.split()[:4]
                pid, marker = int(folder.name), "" if state == "Z" else _marker_of(folder)
                processes[pid] = _Process(pid, int(parent), int(session), marker)
    return processes


def _marker_of(folder: Path) -> str:
    prefix = f"{MARKER}=".encode()
    variables = (folder / "environ").read_bytes().split(b"\0")
    return next(
        (
            variable.removeprefix(prefix).decode(errors="replace")
            for variable in variables
            if variable.startswith(prefix)
        ),
        "",
    )


def _lineage(process: _Process, table: dict[int, _Process]) -> set[int]:
    """The ids of a process and of all that it descends from."""
    lineage = set[int]()
    while process.pid not in lineage:
        lineage.add(process.pid)
        process = table.get(process.parent, process)
    return lineage


def _marker(runner: int) -> str:
    """The marker of a runner: its process id and start time, after the space of the id.

    The space gives the id its meaning. For a runner that is gone, the space is "none" and the start
    time is empty.
    """
    try:
        started = (
            Path(f"/proc/{runner}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
        )
    except OSError:
        return f"none {runner} "
    return f"{_space()} {runner} {started}"
