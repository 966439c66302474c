"""Runs jobs in child processes, several at a time, each with the threads of its task.

A child is forked from a server that has imported torch and nothing else has happened in, so
starting one takes milliseconds; but for portable numerics, which torch has to be loaded with, in a
process of its own. One process a job: nothing that an arm does reaches the next one. Success is a
result that came back whole; a child that ends without, whatever its exit status, fails the runs
that it still owed, and takes along all it started. Results come as lines of JSON: reading them runs
no code.
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
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess, SpawnProcess
from types import ModuleType

from pydantic import ValidationError

from suite.execution import isolation
from suite.execution.outcomes import MAX_PRINTED, failed, with_output
from suite.plan.job import Job
from suite.provenance.environment import KERNEL_VARIABLES, kernel_variables
from suite.provenance.references import load
from suite.result import Fault, Result

POLL_S = 0.2  # how long a wish to stop may wait
LEAVING_S = 2.0  # how long a child that has closed its pipe may take to end
CHUNK = 2**16  # what Linux keeps in a pipe
CHUNKS_AT_A_TIME = 64  # of one child, before the others have their turn
MAX_LINE_BYTES = 64 * 2**20  # a result takes a few kilobytes
CONTEXT = multiprocessing.get_context("forkserver")
SPAWNING = multiprocessing.get_context("spawn")
LOST_EXIT_CODE = 255  # what multiprocessing says where the server is no more
SENT = (
    "SIGKILL",
    "SIGTERM",
    "SIGHUP",
    "SIGXCPU",
)  # by the system or a person; the runner's own have their own words
STRANGE: tuple[str, Fault] = ("the process gave back something else than this run's result", "arm")
MEMORY_VARIABLE = "GLIBC_TUNABLES"
KEEPING_MEMORY = (
    "glibc.malloc.trim_threshold=8589934592",
    "glibc.malloc.mmap_threshold=8589934592",
    "glibc.malloc.hugetlb=1",
)
WORK = "suite.execution.in_process"  # by name: it needs torch, which this process does without


@dataclass
class _Pipe:
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
class _Child:
    """`deadline`: when to end it, in seconds of the monotonic clock."""

    job: Job
    process: ForkServerProcess | SpawnProcess
    results: _Pipe
    output: _Pipe
    owed: list[int]
    deadline: float = float("inf")

    @property
    def pid(self) -> int:
        """Its process id, which is that of its session too."""
        return self.process.pid or 0

    def has_ended(self) -> bool:
        """Whether the process is no more. Its server says so; where an arm has killed the server,
        the system does."""
        return self.process.exitcode is not None and not (
            self.process.exitcode == LOST_EXIT_CODE and _lives(self.pid)
        )


def execute(
    jobs: Iterable[Job | None],
    *,
    processes: int,
    stopped: Callable[[], bool] = lambda: False,
    imports: Collection[str] = (),
) -> Generator[Result]:
    """One result a run, as they come, until `stopped` says so. Whatever ends the iterator ends the
    children.

    Where `jobs` gives None, there is nothing to start just now. `imports`: modules that the jobs
    need and that take long.
    """
    coming, more, running = iter(jobs), True, list[_Child]()
    CONTEXT.set_forkserver_preload(["suite.execution.preload", *sorted(imports)])
    isolation.sweep()
    ready = False
    with isolation.folder_of_jobs() as folder:
        try:
            while True:
                while more and len(running) < processes and not stopped():
                    job = next(coming, "no more")
                    more = job != "no more"
                    if not isinstance(job, Job):
                        break
                    ready = ready or _server_is_ready(stopped)
                    if not ready:
                        return
                    running.append(_start(job, folder))
                if not more and not running:
                    return
                wait(
                    [
                        pipe.end
                        for child in running
                        for pipe in (child.results, child.output)
                        if not pipe.closed
                    ],
                    POLL_S,
                )
                if stopped():
                    return
                for child in list(running):
                    results, goes_on = _collect(child)
                    if not goes_on:
                        running.remove(child)
                        _end(child, running)
                    yield from results
        finally:
            while running:
                _end(running.pop(), running)


def _collect(child: _Child) -> tuple[list[Result], bool]:
    """The results that a child has given since, and whether more may come. Those that it owes at
    its end are failed ones."""
    has_ended = child.has_ended()  # asked first: what it wrote before it ended is there to be read
    child.results.read()
    child.output.read()
    del child.output.content[: -4 * MAX_PRINTED]  # a character has at most four bytes
    printed = child.output.content.decode(errors="replace")
    *lines, rest = child.results.content.split(b"\n")
    child.results.content = bytearray(rest)
    found, strange = list[Result](), False
    for line in lines:
        result = _own_result(child, bytes(line))
        if result is None:
            strange = True
            break
        child.owed.remove(result.seed)
        child.deadline = _deadline(child.job)
        found.append(result)
    if child.owed and (why := STRANGE if strange else _why_no_more(child, has_ended=has_ended)):
        found += [failed(child.job, seed, *why) for seed in child.owed]
        child.owed.clear()
    return [with_output(result, printed) for result in found], bool(child.owed)


def _own_result(child: _Child, line: bytes) -> Result | None:
    """The result in a line, if it is one that the child owes."""
    try:
        result = Result.model_validate_json(line)
    except ValidationError:
        return None
    owed = result.seed in child.owed and result.key == child.job.key(result.seed)
    return result if owed and result.environment == child.job.environment else None


def _why_no_more(child: _Child, *, has_ended: bool) -> tuple[str, Fault] | None:
    """Why a child will not give what it owes, and whose fault that is; None while it may."""
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


def _how_it_ended(child: _Child) -> tuple[str, Fault]:
    code = child.process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return (
            f"the process ended by signal {name} before this run's result",
            "outside" if name in SENT else "arm",
        )
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


def _end(child: _Child, running: Collection[_Child]) -> None:
    isolation.end(child.pid, [other.pid for other in running])
    child.process.join(LEAVING_S)
    child.results.end.close()
    child.output.end.close()


def _ensure_server() -> None:
    """Starts the server that children are forked from, deaf to Ctrl-C and SIGTERM: both may go to
    the whole group (a terminal's, a container's), the children are so from birth, and the runner
    alone decides what ends. It ends children by SIGKILL, and they end by themselves when it does.
    """
    with _deaf():
        forkserver.ensure_running()


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started in here bears this runner's mark and keeps its memory, and Ctrl-C and SIGTERM
    are blocked in it. Blocked, not ignored: the runner itself must lose none."""
    with isolation.marking(), keeping_memory():
        resource_tracker.ensure_running()  # it would lift the block
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def keeping_memory() -> Iterator[None]:
    """What is started in here keeps the memory that it frees, in large pages. By itself the GNU C
    library gives every large block back to the system, and the next step asks for it anew: up to
    980 page faults in each step of a CNN, and a tenth of the siamese network's time. Other C
    libraries do not read this."""
    before = os.environ.get(MEMORY_VARIABLE)
    os.environ[MEMORY_VARIABLE] = ":".join(filter(None, (before, *KEEPING_MEMORY)))
    try:
        yield
    finally:
        if before is None:
            del os.environ[MEMORY_VARIABLE]
        else:
            os.environ[MEMORY_VARIABLE] = before


@contextmanager
def _kernel_variables(numerics: str) -> Iterator[None]:
    """What is started in here has the kernel variables of a run, and no other."""
    before = {name: os.environ[name] for name in KERNEL_VARIABLES if name in os.environ}
    wanted = kernel_variables(numerics)
    try:
        for name in KERNEL_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(wanted)
        yield
    finally:
        for name in KERNEL_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(before)


@contextmanager
def _without_main() -> Iterator[None]:
    """A process that is started in here does not import the main module of this one anew: no job
    needs it, it takes time, and a script without a guard around what it does would do it again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _server_is_ready(stopped: Callable[[], bool]) -> bool:
    """True once the server has imported what jobs need, which takes seconds; False, and the server
    is ended, where the wish to stop came first."""
    _ensure_server()
    asking = threading.Thread(target=_ask_server, daemon=True)  # it blocks until the server answers
    with isolation.marking():
        asking.start()
        try:
            while asking.is_alive():
                if stopped():
                    # again and again: who asks starts one where there is none
                    isolation.end_servers()
                asking.join(POLL_S)
        except (
            BaseException
        ):  # an end of the program that asks nobody would wait for the server's imports
            isolation.end_servers()
            raise
    return not stopped()


def _ask_server() -> None:
    with suppress(EOFError, OSError), _without_main():  # it was ended
        CONTEXT.Process(target=_nothing, daemon=True).start()


def _nothing() -> None:
    pass


def _start(job: Job, parent: str) -> _Child:
    _ensure_server()  # for the first job, and again where an arm has ended it
    portable = (
        job.settings.numerics == "portable"
    )  # torch must be loaded anew, with its variables set
    context = SPAWNING if portable else CONTEXT
    folder = tempfile.mkdtemp(dir=parent)
    (results, sends), (output, prints) = context.Pipe(duplex=False), context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, sends, prints, folder), daemon=True)
    with (
        _deaf() if portable else nullcontext(),
        _kernel_variables(job.settings.numerics),
        _without_main(),
    ):
        process.start()
    sends.close()
    prints.close()
    return _Child(job, process, _Pipe(results), _Pipe(output), list(job.seeds), _deadline(job))


def _work(job: Job, results: Connection, output: Connection, folder: str) -> None:
    isolation.enter(job.limits, output.fileno(), folder)
    output.close()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    me = os.getpid()
    for result in load(f"{WORK}:run_job")(job):
        if os.getpid() != me:
            os._exit(
                1
            )  # a copy that the arm made of this process came back here: it is not the run
        sys.stdout.flush()
        with os.fdopen(os.dup(results.fileno()), "wb") as pipe:
            pipe.write(result.model_dump_json().encode() + b"\n")


def _end_with_parent() -> None:
    """Ends this process and its group when the runner has ended, however it did."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)
