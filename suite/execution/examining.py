"""Checks the arms of a task in a process apart, which their code may end, crash or leave open.

The process that asks imports no torch, and says what became of the other one.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from suite.errors import SuiteError
from suite.execution import isolation
from suite.execution.births import fixed_hashes, without_main
from suite.plan.plan import make_plan
from suite.provenance.references import load
from suite.result import DeviceKind
from suite.task.schema import Task

EXAMINE = "suite.execution.preflight:examine_here"  # by name: it needs torch, which takes seconds


@dataclass(frozen=True)
class Checked:
    """An arm on a device, with which nothing is wrong.

    `arm`: with the data set, where there are several; `field` is for messages about it. `bits`
    stands for what its training gave, "" where it was not trained. `data`: what it would learn
    from.
    """

    field: str
    arm: str
    device: DeviceKind
    parameters: int | None
    metrics: tuple[str, ...]
    certified: bool
    bits: str
    data: str


class ElsewhereError(Exception):
    """What was raised in another process: its traceback, as text."""


@dataclass(frozen=True)
class _Examiner:
    """A process that checks the arms of a task, and the pipe of its answers."""

    process: SpawnProcess
    answers: Connection

    def end(self) -> None:
        isolation.end(self.process.pid or 0, [])
        self.process.join()
        self.answers.close()


def examine_arms(task: Task) -> Iterator[Checked]:
    """Each arm with a model on each device that is here, checked, in two processes at once.

    Raises SuiteError, in one line with the field, for the first thing that is wrong, also where the
    code of an arm ends the process, and where two processes give different results.
    """
    examiners = [_start(task), _start(task)]
    try:
        both = (_answers_of(task, examiner) for examiner in examiners)
        for checked, again in zip(*both, strict=True):
            if checked.bits != again.bits:
                raise SuiteError(
                    f"{checked.field}: expected the same results in two processes under one seed,"
                    " got different ones: something depends on the process, such as id(), the clock"
                    " or a generator of its own"
                )
            yield checked
    finally:
        for examiner in examiners:
            examiner.end()


def _start(task: Task) -> _Examiner:
    answers, theirs = multiprocessing.Pipe(duplex=False)
    process = SpawnProcess(target=_examine, args=(task, theirs), daemon=True)
    with isolation.marking(), fixed_hashes(), without_main():
        process.start()
    theirs.close()
    return _Examiner(process, answers)


def _answers_of(task: Task, examiner: _Examiner) -> Iterator[Checked]:
    """What the process says of each arm. Raises SuiteError where it finds an error, or ends."""
    count = 0
    while True:
        try:
            answer = json.loads(examiner.answers.recv_bytes())
        except (EOFError, ValueError, OSError):
            examiner.process.join()
            raise SuiteError(_why_it_ended(task, count, examiner.process.exitcode)) from None
        if "error" in answer:
            raise SuiteError(answer["error"]) from ElsewhereError(answer["traceback"])
        if "done" in answer:
            return
        count += 1
        yield Checked(**answer | {"metrics": tuple(answer["metrics"])})


def _why_it_ended(task: Task, count: int, code: int | None) -> str:
    """What is said where the process ended after `count` arms, in the order of the plan."""
    jobs = make_plan(task, device="cpu", seeds=[0]).jobs
    fields = list(dict.fromkeys(job.field for job in jobs if job.settings.command is None))
    how = f"exit status {code}" if not code or code > 0 else f"signal {signal.Signals(-code).name}"
    return (
        f"{fields[count % len(fields)]}: expected its code to return, got the end of the process,"
        f" with {how}: remove what ends it, such as sys.exit or os._exit"
    )


def _examine(task: Task, answers: Connection) -> None:
    """In the process apart: sends what is seen of each arm, then that it is done."""
    os.setsid()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    multiprocessing.current_process().daemon = False  # an arm may start processes of its own
    own_pid = os.getpid()
    try:
        for checked in load(EXAMINE)(task):
            if os.getpid() != own_pid:
                os._exit(1)  # a copy that the arm made of this process
            _send(answers, asdict(checked))
    except SystemExit as error:
        isolation.leave(error)
    except Exception as error:
        text = "".join(traceback.format_exception(error.__cause__ or error))
        _send(answers, {"error": str(error), "traceback": text})
    else:
        _send(answers, {"done": True})


def _send(answers: Connection, answer: dict[str, Any]) -> None:
    answers.send_bytes(json.dumps(answer).encode())


def _end_with_parent() -> None:
    """Ends this process and its group when the one that asks has ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)
