"""The process of one run of a command: how it starts, is read while it runs, and is ended.

It has a session, a folder and limits of its own, nothing on its standard input, and a variable in
its environment by which whatever it starts is found and ended with it.
"""

from __future__ import annotations

import math
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from suite.execution import isolation
from suite.execution.commands import entry
from suite.execution.commands.metric_files import Stamp, stamp_of
from suite.execution.commands.output import OutputReader
from suite.task.choices import Direction
from suite.task.commands import Command, MetricSource, variables
from suite.task.protocol import Limits

SHELL = "/bin/sh"
NOT_OF_A_NAME = r"[^\w.=+-]+"  # of a folder that needs no quotes
LEAVING_S = 2.0  # how long a process that was killed may take to be gone
CHUNK = 2**16  # what Linux keeps in a pipe
CHUNKS_AT_A_TIME = 64  # of one run, before the others have their turn


@dataclass(frozen=True)
class CommandRun:
    """One run of a command that is asked for.

    `folder`: where the command runs. `directions`: the better values of a metric, where a source
    takes the best one.
    """

    arm: str
    seed: int
    command: Command
    metrics: Mapping[str, MetricSource]
    folder: Path
    device: str = "cpu"
    limits: Limits = field(default_factory=Limits)
    directions: Mapping[str, Direction] = field(default_factory=dict)


@dataclass
class RunningCommand:
    """A run that is under way; its process is the leader of its session."""

    run: CommandRun
    process: subprocess.Popen[bytes]
    reader: OutputReader
    out: Path
    stamps: Mapping[str, Stamp | None]
    started: float
    gpu: str | None = None
    is_closed: bool = False
    end_state: tuple[int, resource.struct_rusage] | None = None

    @property
    def pid(self) -> int:
        """Its process id, which is that of its session too."""
        return self.process.pid

    @property
    def output(self) -> int:
        """The descriptor that its output comes from."""
        if self.process.stdout is None:
            raise ValueError("expected a process with a pipe for its output")
        return self.process.stdout.fileno()

    @property
    def deadline(self) -> float:
        """When it is ended, in seconds of the monotonic clock."""
        limit = self.run.limits.timeout_s
        return math.inf if limit is None else self.started + limit

    def read(self, chunks: int = CHUNKS_AT_A_TIME) -> None:
        """Takes what has come of its output, without waiting for more."""
        for _ in range(chunks):
            if self.is_closed:
                return
            try:
                chunk = os.read(self.output, CHUNK)
            except BlockingIOError:
                return
            self.is_closed = not chunk
            self.reader.take(chunk)

    def has_ended(self) -> bool:
        """Whether the process is no more; its id stays its own until `end`, if that can be."""
        if hasattr(os, "waitid"):
            options = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.pid, options) is not None
        if self.end_state is None:  # macOS before Python 3.13
            process, status, usage = os.wait4(self.pid, os.WNOHANG)
            self.end_state = (status, usage) if process else None
        return self.end_state is not None

    def end(self, running: Collection[RunningCommand]) -> tuple[int, int | None]:
        """Ends it and all that it started, but for what the `running` commands started.

        Its exit status, below 0 for a signal, and its peak of memory in bytes.
        """
        isolation.end(self.pid, [other.pid for other in running])
        status, peak_bytes = self._reap()
        self.process.returncode = status
        self.read(chunks=sys.maxsize)  # what is left in the pipe: nobody writes any more
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status, peak_bytes

    def _reap(self) -> tuple[int, int | None]:
        """Its exit status and peak of memory; as if it were killed where the kernel holds it."""
        deadline = time.monotonic() + LEAVING_S
        while not self.has_ended():
            if time.monotonic() > deadline:
                return -signal.SIGKILL, None
            time.sleep(0.005)
        status, usage = self.end_state or os.wait4(self.pid, 0)[1:]
        return os.waitstatus_to_exitcode(status), _peak_bytes(usage.ru_maxrss)


def _peak_bytes(peak: int) -> int | None:
    """The peak in bytes, unless it is this process's: a child begins with that of its parent."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None if peak <= own else peak * (1 if sys.platform == "darwin" else 1024)


def start_command(
    run: CommandRun, parent_folder: str | Path, *, gpu: str | None = None, shares: bool = False
) -> RunningCommand:
    """The run, started, with an empty folder {out} of its own in `parent_folder`.

    It ends with the thread that calls this. `gpu`: what CUDA_VISIBLE_DEVICES is to be, else left as
    it is. `shares`: whether other runs use
    its folder at the same time, and so its metrics are read in {out} alone.
    """
    prefix = f"{re.sub(NOT_OF_A_NAME, '_', run.arm)[:40]}-{run.seed}-"
    out = Path(tempfile.mkdtemp(prefix=prefix, dir=parent_folder)).resolve()
    values = {"seed": str(run.seed), "device": run.device, "out": str(out), "arm": run.arm}
    words = run.command.substituted(run.seed, run.device, str(out), run.arm)
    environment = _environment(values, gpu)
    files = [source.file for source in run.metrics.values() if source.file]
    stamps = {} if shares else {file: stamp_of(run.folder / file) for file in files}
    started = time.monotonic()
    process = subprocess.Popen(
        _entry(run.limits, environment, [SHELL, "-c", words] if isinstance(words, str) else words),
        cwd=run.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
    )
    running = RunningCommand(run, process, OutputReader(run.metrics), out, stamps, started, gpu)
    os.set_blocking(running.output, False)
    return running


def _environment(values: Mapping[str, str], gpu: str | None) -> dict[str, str]:
    with isolation.marking():
        marked = dict(os.environ)
    gpus = {} if gpu is None else {"CUDA_VISIBLE_DEVICES": gpu}
    return marked | variables(values) | gpus


def _entry(limits: Limits, environment: Mapping[str, str], words: list[str]) -> list[str]:
    """The words that start a command with its limits; suite.execution.commands.entry says how."""
    locale = environment.get("LC_CTYPE", "")
    numbers = [str(os.getpid()), str(limits.memory_bytes or 0)]
    return [sys.executable, "-I", "-S", str(entry.__file__), *numbers, locale, *words]
