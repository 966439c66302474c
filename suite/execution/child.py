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
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from pydantic import ValidationError

from suite.data.registry import source_of
from suite.execution import isolation
from suite.execution.fork_server import (
    LOST_EXIT_CODE,
    OWN,
    ForkedProcess,
    Packages,
    make_process,
    start_process,
)
from suite.execution.outcomes import MAX_PRINTED, failed, with_output
from suite.plan.job import Job
from suite.provenance.references import load
from suite.result import Fault, Result

LEAVING_S = 2.0  # how long a child that has closed its pipe may take to end
CHUNK = 2**16  # what Linux keeps in a pipe
CHUNKS_AT_A_TIME = 64  # of one child, before the others have their turn
MAX_LINE_BYTES = 64 * 2**20  # a result takes a few kilobytes
# Signals that come from the system or a person; the runner's own have their own words.
OUTSIDE_SIGNALS = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGXCPU")
STRANGE: tuple[str, Fault] = ("the process gave back something else than this run's result", "arm")
# by name: they need torch, which the runner does not
ENGINE = {"suite.engine.ready"}  # compiled before the first job is forked
RUN_JOB = "suite.execution.in_process:run_job"
LEARN_JOB = "suite.execution.scoring:learn_job"
SCORE_JOB = "suite.execution.scoring:score_job"


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
    """The process of a job, and of a loop of the user's the one that scores what it predicts.

    `owed`: the seeds whose results have not come yet. `deadline`: when to end it, in seconds of the
    monotonic clock.
    """

    job: Job
    process: ForkedProcess | SpawnProcess
    results: Pipe
    output: Pipe
    owed: list[int]
    deadline: float
    scorer: ForkedProcess | SpawnProcess | None = None

    @property
    def pid(self) -> int:
        """Its process id, which is that of its session too."""
        return self.process.pid or 0

    @property
    def pids(self) -> list[int]:
        """The ids of both its processes."""
        return [self.pid, *([self.scorer.pid or 0] if self.scorer else [])]

    def open_ends(self) -> list[Connection]:
        """The ends of its pipes from which more may come."""
        return [pipe.end for pipe in (self.results, self.output) if not pipe.closed]

    def has_ended(self) -> bool:
        """Whether the process is no more, and none is left that scores what it gave.

        Its server says so; where an arm has killed the server, the system does.
        """
        if self.scorer is not None and self.process.exitcode == 0 and self.scorer.is_alive():
            return False
        return self.process.exitcode is not None and not (
            self.process.exitcode == LOST_EXIT_CODE and _lives(self.pid)
        )

    def end(self, running: Collection[Child]) -> None:
        """Ends the process and all that it started, but for what the `running` children started."""
        others = [pid for other in running for pid in other.pids]
        for process in (self.process, self.scorer):
            if process is not None:
                isolation.end(process.pid or 0, others)
                process.join(LEAVING_S)
        self.results.end.close()
        self.output.end.close()


def packages_of(job: Job) -> Packages:
    """The packages that the server of a job's process has imported: those of others, by module.

    Spawned processes are of no server.
    """
    if job.settings.numerics == "portable":
        return OWN
    named = {name for name in job.imports if name.partition(".")[0] != "suite"}
    return frozenset(named | (ENGINE if job.settings.trainer == "portable" else set()))


def servers_of(job: Job) -> list[Packages]:
    """The packages of the servers that a job's processes are forked from."""
    return [packages_of(job), *([scorer_packages(job)] if job.settings.train else [])]


def start_child(job: Job, parent_folder: str) -> Child:
    """The process of a job, started, with a folder of its own."""
    folder, numerics = tempfile.mkdtemp(dir=parent_folder), job.settings.numerics
    project = str(Path.cwd())
    (results, results_in), (output, output_in) = (
        multiprocessing.Pipe(duplex=False) for _ in range(2)
    )
    with closing(results_in), closing(output_in):
        if job.settings.train is None:
            arguments = (job, results_in, output_in, folder, project)
            process, scorer = make_process(packages_of(job), numerics, _work, arguments), None
            start_process(process, numerics)
        else:
            process, scorer = _start_two(job, results_in, output_in, folder, project)
    pipes = Pipe(results), Pipe(output)
    return Child(job, process, *pipes, list(job.seeds), _deadline(job), scorer)


def _start_two(
    job: Job, results: Connection, output: Connection, folder: str, project: str
) -> tuple[ForkedProcess | SpawnProcess, ForkedProcess | SpawnProcess]:
    """The process that runs a loop of the user's, and the one that scores; they have a link."""
    numerics, (learns, scores) = job.settings.numerics, multiprocessing.Pipe()
    with closing(learns), closing(scores):
        learning = (job, output, folder, learns, project)
        process = make_process(packages_of(job), numerics, _learn, learning)
        scoring = (job, results, output, folder, scores, project)
        scorer = make_process(scorer_packages(job), numerics, _score, scoring)
        start_process(scorer, numerics)
        start_process(process, numerics)
    return process, scorer


def scorer_packages(job: Job) -> Packages:
    """The packages of the process that scores: those that the data and torchmetrics need."""
    if job.settings.numerics == "portable":
        return OWN
    metrics = {name for name in packages_of(job) if name.partition(".")[0] == "torchmetrics"}
    return frozenset({*source_of(job.data).imports, *metrics})


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
    code, who = child.process.exitcode, "the process"
    if code == 0 and child.scorer is not None and child.scorer.exitcode:
        code, who = child.scorer.exitcode, "the process that scores"
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        fault: Fault = "outside" if name in OUTSIDE_SIGNALS else "arm"
        return f"{who} ended by signal {name} before this run's result", fault
    if code == LOST_EXIT_CODE:
        return "the process ended with its server, nobody saw how, before its result", "outside"
    return f"{who} ended with exit status {code} before this run's result", "arm"


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
    with _entered(job, output, folder):
        _give(load(RUN_JOB)(job, project), results)


def _learn(job: Job, output: Connection, folder: str, link: Connection, project: str) -> None:
    """What the child does that runs a loop of the user's."""
    with _entered(job, output, folder):
        own_pid = os.getpid()
        load(LEARN_JOB)(job, link, project)
        os._exit(0 if os.getpid() == own_pid else 1)


def _score(
    job: Job, results: Connection, output: Connection, folder: str, link: Connection, project: str
) -> None:
    """What the child does that scores what the other one predicts."""
    with _entered(job, output, folder):
        _give(load(SCORE_JOB)(job, link, project), results)


@contextmanager
def _entered(job: Job, output: Connection, folder: str) -> Iterator[None]:
    """Keeps this process apart in here, and lets nothing that an arm leaves running keep it."""
    isolation.enter(job.limits, output.fileno(), folder)
    output.close()
    multiprocessing.current_process().daemon = False  # an arm may start processes of its own
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        yield
    except SystemExit as error:
        isolation.leave(error)


def _give(given: Iterable[Result], results: Connection) -> None:
    """Writes each result to the pipe, unless an arm has made a copy of this process."""
    own_pid = os.getpid()
    for result in given:
        if os.getpid() != own_pid:
            os._exit(1)  # a copy: it is not the run
        sys.stdout.flush()
        with os.fdopen(os.dup(results.fileno()), "wb") as pipe:
            pipe.write(result.model_dump_json().encode() + b"\n")


def _end_with_parent() -> None:
    """Ends this process and its group when the runner has ended, however it did."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)
