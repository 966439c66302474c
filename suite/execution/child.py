"""The process of one job, seen from its runner: how it starts, its pipes, and how it is ended."""

from __future__ import annotations

import multiprocessing
import os
import select
import tempfile
import time
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from suite.data.registry import source_of
from suite.execution import isolation
from suite.execution.child_program import learn, score, work
from suite.execution.fork_server import (
    LOST_EXIT_CODE,
    OWN,
    ForkedProcess,
    Packages,
    make_process,
    start_process,
)
from suite.execution.kept_output import Watched, make_run_folder, place_of
from suite.plan.job import Job

LEAVING_S = 2.0  # how long a child that has closed its pipe may take to end
CHUNK = 2**16  # what Linux keeps in a pipe
CHUNKS_AT_A_TIME = 64  # of one child, before the others have their turn
ENGINE = {"suite.engine.ready"}  # compiled before the first job is forked


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
    monotonic clock. `watched`: what people can see of it.
    """

    job: Job
    process: ForkedProcess | SpawnProcess
    results: Pipe
    output: Pipe
    owed: list[int]
    deadline: float
    watched: Watched
    scorer: ForkedProcess | SpawnProcess | None = None

    @property
    def pid(self) -> int:
        """Its process id, which is that of its session too."""
        return self.process.pid or 0

    @property
    def pids(self) -> list[int]:
        """The ids of both its processes."""
        return [self.pid, *([self.scorer.pid or 0] if self.scorer else [])]

    def read_output(self) -> None:
        """Takes what it has printed since, and keeps it for people."""
        before = len(self.output.content)
        self.output.read()
        self.watched.take(bytes(self.output.content[before:]))

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
        self.read_output()  # what it printed last
        self.watched.finish()
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
    project, place, own_folder = str(Path.cwd()), place_of(job), folder
    if place is not None and job.settings.train is not None:
        own_folder = str(make_run_folder(place))
    (results, results_in), (output, output_in) = (
        multiprocessing.Pipe(duplex=False) for _ in range(2)
    )
    with closing(results_in), closing(output_in):
        if job.settings.train is None:
            arguments = (job, results_in, output_in, folder, project)
            process, scorer = make_process(packages_of(job), numerics, work, arguments), None
            start_process(process, numerics)
        else:
            process, scorer = _start_two(job, results_in, output_in, (own_folder, folder), project)
    pipes = Pipe(results), Pipe(output)
    watched = Watched(place, Path(f"{own_folder}.epoch"))
    return Child(job, process, *pipes, list(job.seeds), deadline_of(job), watched, scorer)


def _start_two(
    job: Job, results: Connection, output: Connection, folders: tuple[str, str], project: str
) -> tuple[ForkedProcess | SpawnProcess, ForkedProcess | SpawnProcess]:
    """The process that runs a loop of the user's, and the one that scores; they have a link.

    `folders`: where the one works, and the other.
    """
    numerics, (learns, scores) = job.settings.numerics, multiprocessing.Pipe()
    with closing(learns), closing(scores):
        learning = (job, output, folders[0], learns, project)
        process = make_process(packages_of(job), numerics, learn, learning)
        scoring = (job, results, output, folders[1], scores, project)
        scorer = make_process(scorer_packages(job), numerics, score, scoring)
        start_process(scorer, numerics)
        start_process(process, numerics)
    return process, scorer


def scorer_packages(job: Job) -> Packages:
    """The packages of the process that scores: those that the data and torchmetrics need."""
    if job.settings.numerics == "portable":
        return OWN
    metrics = {name for name in packages_of(job) if name.partition(".")[0] == "torchmetrics"}
    return frozenset({*source_of(job.data).imports, *metrics})


def deadline_of(job: Job) -> float:
    """When the next result of a job is due, in seconds of the monotonic clock."""
    return float("inf") if job.limits.timeout_s is None else time.monotonic() + job.limits.timeout_s


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
