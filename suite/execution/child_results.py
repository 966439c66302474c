"""What the process of a job has given: its results, and why there are no more.

Success is a result that came back whole. A child that ends without, whatever its exit status, fails
the runs that it still owes. Results come as lines of JSON: reading them runs no code.
"""

from __future__ import annotations

import signal
import time

from pydantic import ValidationError

from suite.execution.child import LEAVING_S, Child, deadline_of
from suite.execution.fork_server import LOST_EXIT_CODE
from suite.execution.outcomes import MAX_PRINTED, failed, with_output
from suite.result import Fault, Result

MAX_LINE_BYTES = 64 * 2**20  # a result takes a few kilobytes
# Signals that come from the system or a person; the runner's own have their own words.
OUTSIDE_SIGNALS = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGXCPU")
STRANGE: tuple[str, Fault] = ("the process gave back something else than this run's result", "arm")


def collect(child: Child) -> list[Result]:
    """The results that a child has given since. Those that it owes at its end are failed ones."""
    has_ended = child.has_ended()  # asked first: what it wrote before it ended is there to be read
    child.results.read()
    child.read_output()
    del child.output.content[: -4 * MAX_PRINTED]  # a character has at most four bytes
    results, is_strange = _parse_results(child)
    reason = STRANGE if is_strange else _why_no_more(child, has_ended=has_ended)
    if child.owed and reason:
        results += [failed(child.job, seed, *reason) for seed in child.owed]
        child.owed.clear()
    for result in results:
        if result.traceback:
            child.watched.take(f"{result.traceback}\n".encode())
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
        child.deadline = deadline_of(child.job)
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
        limit = f"{child.job.limits.timeout_s:g} s, the limit; protocol.timeout_s sets it"
        return f"timed out: no result within {limit}", "outside"
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
