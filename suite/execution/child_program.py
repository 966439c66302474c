"""What the process of a job does: it runs the job, and writes each result as a line of JSON.

A training loop of the user's runs in one process, `learn`, and is scored in another, `score`; the
two have a link, over which predictions go.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait

from suite.execution import isolation
from suite.plan.job import Job
from suite.provenance.references import load
from suite.result import Result

# by name: they need torch, which the runner does not
RUN_JOB = "suite.execution.in_process:run_job"
LEARN_JOB = "suite.execution.scoring:learn_job"
SCORE_JOB = "suite.execution.scoring:score_job"


def work(job: Job, results: Connection, output: Connection, folder: str, project: str) -> None:
    """What the child does. `project`: the folder that its runner works in."""
    with _entered(job, output, folder):
        _give(load(RUN_JOB)(job, project), results)


def learn(job: Job, output: Connection, folder: str, link: Connection, project: str) -> None:
    """What the child does that runs a loop of the user's."""
    with _entered(job, output, folder):
        own_pid = os.getpid()
        load(LEARN_JOB)(job, link, project)
        os._exit(0 if os.getpid() == own_pid else 1)


def score(
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
