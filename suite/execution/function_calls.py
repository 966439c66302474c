"""Functions as arms: each call `function(seed)` in a process of its own, and the numbers it gives.

The process is forked where that can be, so that functions of a notebook, lambdas and closures do.
It begins with what the caller has in memory: a function that draws without using its seed gives the
same number every time. Where processes are spawned, a function must be one of a module.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from suite.errors import SuiteError
from suite.execution.executor import POLL_S

SeedFunction = Callable[[int], Any]
ENDING_S = 5.0  # how long a process may take to end once its result is there


@dataclass(frozen=True)
class Measurement:
    """What a call under a seed gave: finite `metrics`, or the `reason` why there are none."""

    arm: str
    seed: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class _Call:
    arm: str
    seed: int
    process: BaseProcess
    answer: Connection
    deadline: float


def call_functions(
    calls: Iterable[tuple[str, SeedFunction, int]],
    *,
    processes: int,
    timeout_s: float | None,
    unnamed: str,
) -> Iterator[Measurement]:
    """The measurement of every call (arm, function, seed) as it ends, `processes` at a time.

    `unnamed`: the metric of a function that gives a bare number. Whatever ends the iterator ends
    the calls that are running.
    """
    waiting, running, has_more = iter(calls), list[_Call](), True
    try:
        while True:
            while has_more and len(running) < processes:
                asked = next(waiting, None)
                has_more = asked is not None
                if asked is not None:
                    running.append(_start(*asked, timeout_s, unnamed))
            if not running:
                return
            wait([call.answer for call in running], POLL_S)
            for call in list(running):
                if call.answer.poll() or time.monotonic() > call.deadline:
                    running.remove(call)
                    yield _finish(call, timeout_s)
    finally:
        for call in running:
            _end(call)


def _start(
    arm: str, function: SeedFunction, seed: int, timeout_s: float | None, unnamed: str
) -> _Call:
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("fork" if can_fork else "spawn")
    answer, ours = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(ours, function, seed, unnamed), daemon=False)
    with warnings.catch_warnings(), closing(ours):
        # of Python 3.12: a notebook has threads, and what they hold is not used here
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
    return _Call(arm, seed, process, answer, deadline)


def _answer(answer: Connection, function: SeedFunction, seed: int, unnamed: str) -> None:
    """In the process of a call: sends its numbers, or the reason why there are none."""
    try:
        answer.send_bytes(json.dumps([_numbers(function(seed), unnamed), None]).encode())
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
        answer.send_bytes(json.dumps([{}, f"{type(error).__name__}: {error} ({where})"]).encode())


def _numbers(value: Any, unnamed: str) -> dict[str, float]:
    """The numbers by metric. Raises TypeError for what is neither a number nor a dict of them."""
    if isinstance(value, Mapping):
        return {str(name): _number(inner, f"{name}: ") for name, inner in value.items()}
    return {unnamed: _number(value, "")}


def _number(value: Any, name: str) -> float:
    """A number, also one of NumPy or of a tensor without axes."""
    if not isinstance(value, int | float) and getattr(value, "ndim", None) != 0:
        raise TypeError(f"{name}expected a number or a dict of numbers, got {value!r:.80}")
    return float(value)


def _finish(call: _Call, timeout_s: float | None) -> Measurement:
    """What the call gave; one without an answer died, or is over its time."""
    numbers: dict[str, float] = {}
    reason: str | None = f"timed out: not done within {timeout_s:g} s" if timeout_s else None
    try:
        if call.answer.poll():
            numbers, reason = json.loads(call.answer.recv_bytes())
            call.process.join(ENDING_S)
    except EOFError:
        call.process.join(ENDING_S)
        reason = f"its process ended with exit code {call.process.exitcode}"
    _end(call)
    strange = [f"{name} {value}" for name, value in numbers.items() if not math.isfinite(value)]
    if strange:
        reason = f"not finite: {', '.join(strange)}"
    return Measurement(call.arm, call.seed, {} if reason else numbers, reason)


def _end(call: _Call) -> None:
    """Ends the process of a call, where it has not ended."""
    if call.process.is_alive():
        call.process.kill()
    call.process.join()
    call.process.close()
    call.answer.close()


def require_functions(arms: Mapping[str, object]) -> None:
    """Raises SuiteError unless there are two arms or more, each a function or a command."""
    if len(arms) < 2:
        raise SuiteError(f"versus: expected two arms or more, got {len(arms)}")
    for arm, value in arms.items():
        if not callable(value) and not isinstance(value, str | list | tuple):
            raise SuiteError(
                f"versus: {arm}: expected a function of a seed or a command, got {value!r:.80}"
            )
