"""The process of one job: how it starts, what it writes, and how it ends.

Success is a result that came back whole. A child that ends without, whatever its exit status, fails
the runs that it still owes. Results come as lines of JSON: reading them runs no code.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess, SpawnProcess
from pathlib import Path

from pydantic import ValidationError

from suite.execution import isolation
from suite.execution.fork_server import context_for, start_process
from suite.execution.outcomes import MAX_PRINTED, failed, with_output
from suite.plan.job import Job
from suite.provenance.references import load
from suite.result import Fault, Result

LEAVING_S = 2.0  # how long a child that has closed its pipe may take to end
CHUNK = 2**16  # what Linux keeps in a pipe
CHUNKS_AT_A_TIME = 64  # of one child, before the others have their turn
MAX_LINE_BYTES = 64 * 2**20  # a result takes a few kilobytes
LOST_EXIT_CODE = 255  # what multiprocessing says where the server is no more
# Signals that come from the system or a person; the runner's own have their own words.
OUTSIDE_SIGNALS = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGXCPU")
STRANGE: tuple[str, Fault] = ("the process gave back something else than this run's result", "arm")
RUN_JOB = "suite.execution.in_process:run_job"  # by name: it needs torch, which the runner does not


@dataclass
class Pipe:
    """The reading end of a child's pipe; `content` is what came and was not used yet."""

    end: Connection
    content: bytearray = field(default_factory=bytearray)
    closed: bool = False

    def read(self) -> None:
        """Takes what is there, without waiting for more."""
        for _ in range(CHUNKS_AT_A_TIME):
            if self.closed or not select.select([self.end], [], [], 0)[0]:
                return
            chunk = os.read(self.end.fileno(), CHUNK)
            self.closed = not chunk
            self.content += chunk


@dataclass
class Child:
    """The process of a job.

    `owed`: the seeds whose results have not come yet. `deadline`: when to end it, in seconds of the
    monotonic clock.
    """

    job: Job
    process: ForkServerProcess | SpawnProcess
    results: Pipe
    output: Pipe
    owed: list[int]
    deadline: float

    @property
    def pid(self) -> int:
        """Its process id, which is that of its session too."""
        return self.process.pid or 0

    def open_ends(self) -> list[Connection]:
        """The ends of its pipes from which more may come."""
        return [pipe.end for pipe in (self.results, self.output) if not pipe.closed]

    def has_ended(self) -> bool:
        """Whether the process is no more.

        Its server says so; where an arm has killed the server, the system does.
        """
        return self.process.exitcode is not None and not (
            self.process.exitcode == LOST_EXIT_CODE and _lives(self.pid)
        )

    def end(self, running: Collection[Child]) -> None:
        """Ends the process and all that it started, but for what the `running` children started."""
        isolation.end(self.pid, [other.pid for other in running])
        self.process.join(LEAVING_S)
        self.results.end.close()
        self.output.end.close()


def start_child(job: Job, parent_folder: str) -> Child:
    """The process of a job, started, with a folder of its own."""
    context = context_for(job.settings.numerics)
    folder = tempfile.mkdtemp(dir=parent_folder)
    (results, results_in), (output, output_in) = (context.Pipe(duplex=False) for _ in range(2))
    arguments = (job, results_in, output_in, folder, str(Path.cwd()))
    process = context.Process(target=_work, args=arguments, daemon=True)
    start_process(process, job.settings.numerics)
    results_in.close()
    output_in.close()
    return Child(job, process, Pipe(results), Pipe(output), list(job.seeds), _deadline(job))


def collect(child: Child) -> list[Result]:
    """The results that a child has given since. Those that it owes at its end are failed ones."""
    has_ended = child.has_ended()  # asked first: what it wrote before it ended is there to be read
    child.results.read()
    child.output.read()
    del child.output.content[: -4 * MAX_PRINTED]  # a character has at most four bytes
    results, is_strange = _parse_results(child)
    reason = STRANGE if is_strange else _why_no_more(child, has_ended=has_ended)
    if child.owed and reason:
        results += [failed(child.job, seed, *reason) for seed in child.owed]
        child.owed.clear()
    printed = child.output.content.decode(errors="replace")
    return [with_output(result, printed) for result in results]


def _parse_results(child: Child) -> tuple[list[Result], bool]:
    """The results in the lines that came, and whether something else came after them."""
    *lines, rest = child.results.content.split(b"\n")
    child.results.content = bytearray(rest)
    results = list[Result]()
    for line in lines:
        result = _parse_result(child, bytes(line))
        if result is None:
            return results, True
        child.owed.remove(result.seed)
        child.deadline = _deadline(child.job)
        results.append(result)
    return results, False


def _parse_result(child: Child, line: bytes) -> Result | None:
    """The result in a line, if it is one that the child owes."""
    try:
        result = Result.model_validate_json(line)
    except ValidationError:
        return None
    is_owed = result.seed in child.owed and result.key == child.job.key(result.seed)
    return result if is_owed and result.environment == child.job.environment else None


def _why_no_more(child: Child, *, has_ended: bool) -> tuple[str, Fault] | None:
    """Why a child will not give what it owes, and whose fault that is; None while it may."""
    if not child.owed:
        return None
    if has_ended:
        return _how_it_ended(child)
    if len(child.results.content) > MAX_LINE_BYTES:
        return STRANGE
    if time.monotonic() > child.deadline:
        if child.results.closed:
            return "the process closed its pipe before this run's result", "arm"
        return f"timed out: no result within {child.job.limits.timeout_s:g} s", "outside"
    if child.results.closed:
        child.deadline = min(child.deadline, time.monotonic() + LEAVING_S)
    return None


def _how_it_ended(child: Child) -> tuple[str, Fault]:
    code = child.process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        fault: Fault = "outside" if name in OUTSIDE_SIGNALS else "arm"
        return f"the process ended by signal {name} before this run's result", fault
    how = "nobody saw how" if code == LOST_EXIT_CODE else f"with exit status {code}"
    return f"the process ended {how} before this run's result", "arm"


def _deadline(job: Job) -> float:
    return float("inf") if job.limits.timeout_s is None else time.monotonic() + job.limits.timeout_s


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _work(job: Job, results: Connection, output: Connection, folder: str, project: str) -> None:
    """What the child does. `project`: the folder that its runner works in."""
    isolation.enter(job.limits, output.fileno(), folder)
    output.close()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    own_pid = os.getpid()
    for result in load(RUN_JOB)(job, project):
        if os.getpid() != own_pid:
            os._exit(1)  # a copy that the arm made of this process: it is not the run
        sys.stdout.flush()
        with os.fdopen(os.dup(results.fileno()), "wb") as pipe:
            pipe.write(result.model_dump_json().encode() + b"\n")


def _end_with_parent() -> None:
    """Ends this process and its group when the runner has ended, however it did."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)
