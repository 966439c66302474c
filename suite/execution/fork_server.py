"""The servers that the processes of jobs are forked from, and what they are born with.

A server has imported torch and the packages that its jobs name, and nothing else has happened in
it, so starting a process takes milliseconds. What importing a package does stays among the jobs
that name it: every set of packages has a server of its own, started when its first job is. Portable
numerics are the exception: torch has to be loaded with their variables, in a process of its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing import forkserver, popen_forkserver
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any

from suite.execution import isolation
from suite.execution.births import having_kernel_variables, inheriting, without_main
from suite.execution.executor import POLL_S

PRELOADED = "suite.execution.preload"
PRELOAD_VARIABLE = "SUITE_PRELOAD"  # the modules that a server imports, spaces between them
PRELOAD_S = 120.0  # a package that takes longer to import is imported by each job, in its own time
STARTS = 3  # how often a process is started, where its server ends meanwhile
LOST_EXIT_CODE = 1000  # no status that a process can have: its server is no more

Packages = frozenset[str]  # the modules that a server has imported beside the suite's own
OWN: Packages = frozenset()  # those of jobs that name nothing but the suite's own


class _Servers:
    """The servers of this process, by the packages that they have imported.

    `ready`: the process ids of those that have answered. `unfit`: packages that no server can hold,
    because importing them ends it or takes too long.
    """

    def __init__(self) -> None:
        self.by_packages: dict[Packages, forkserver.ForkServer] = {}
        self.ready = set[int]()
        self.unfit = set[Packages]()
        self.connecting = threading.Lock()

    def of(self, packages: Packages) -> forkserver.ForkServer:
        """The server of jobs that name such packages, which may not run yet."""
        packages = OWN if packages in self.unfit else packages
        if packages not in self.by_packages:
            server = self.by_packages[packages] = forkserver.ForkServer()
            server.set_forkserver_preload([PRELOADED])
        return self.by_packages[packages]


_servers = _Servers()


class _Popen(popen_forkserver.Popen):
    """A process of the server of its packages, not of the one that multiprocessing has for all."""

    returncode: int | None

    def _launch(self, process_obj: ForkedProcess) -> None:
        server = _servers.of(process_obj.packages)
        with _servers.connecting:
            connect = forkserver.connect_to_new_process
            forkserver.connect_to_new_process = server.connect_to_new_process
            try:
                super()._launch(process_obj)  # type: ignore[misc]
            finally:
                forkserver.connect_to_new_process = connect

    def poll(self, flag: int = os.WNOHANG) -> int | None:
        """The exit status; None while it runs, and `LOST_EXIT_CODE` where nobody saw it."""
        if self.returncode is None and wait([self.sentinel], 0 if flag == os.WNOHANG else None):
            try:
                self.returncode = forkserver.read_signed(self.sentinel)
            except (OSError, EOFError):
                self.returncode = LOST_EXIT_CODE
        return self.returncode


class ForkedProcess(BaseProcess):
    """A process that is forked from the server of these packages."""

    _start_method = "forkserver"

    def __init__(self, packages: Packages, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.packages = packages

    @staticmethod
    def _Popen(process_obj: ForkedProcess) -> _Popen:  # noqa: N802
        return _Popen(process_obj)


def make_process(
    packages: Packages, numerics: str, target: Callable[..., object], arguments: tuple[Any, ...]
) -> ForkedProcess | SpawnProcess:
    """A process that calls `target`, not started yet: forked, or spawned for portable numerics."""
    if numerics == "portable":
        return SpawnProcess(target=target, args=arguments, daemon=True)
    return ForkedProcess(packages, target=target, args=arguments, daemon=True)


def start_process(process: ForkedProcess | SpawnProcess, numerics: str) -> None:
    """Starts a process of a job. Its server is started too, where an arm has ended it.

    Raises OSError or EOFError where the server ends each time.
    """
    for tries_left in reversed(range(STARTS)):
        try:
            if isinstance(process, ForkedProcess):
                ensure_server(process.packages)
            birth = nullcontext() if isinstance(process, ForkedProcess) else inheriting()
            with birth, having_kernel_variables(numerics), without_main():
                process.start()
        except (EOFError, OSError):
            if not tries_left:
                raise
        else:
            return


def ensure_server(packages: Packages = OWN) -> None:
    """Starts the server of these packages, unless it is there.

    It and its children block Ctrl-C and SIGTERM, which may go to a whole group (a terminal's, a
    container's): the runner alone decides what ends. It ends children by SIGKILL, and they end by
    themselves when it does.
    """
    with inheriting(), _preloading(OWN if packages in _servers.unfit else packages):
        _servers.of(packages).ensure_running()


def wait_for_server(stopped: Callable[[], bool], packages: Packages = OWN) -> bool:
    """Waits until the server has imported what jobs need; False if the wish to stop came first.

    True once it has, which takes seconds. Where the wish to stop comes first, all servers are
    ended. Packages that end their server or take longer than `PRELOAD_S` are not imported there:
    the jobs that name them import them, within their own limits.
    """
    ensure_server(packages)
    if (server := _process_id(packages)) in _servers.ready:
        return True
    asking = threading.Thread(target=_ask_server, args=(packages,), daemon=True)
    deadline = time.monotonic() + PRELOAD_S
    with isolation.marking():
        asking.start()  # a thread, for it blocks until the server answers
        try:
            while asking.is_alive():
                if stopped():
                    # again and again: who asks starts one where there is none
                    isolation.end_servers()
                elif packages and time.monotonic() > deadline:
                    isolation.end_server(server)
                asking.join(POLL_S)
        except BaseException:
            # an end of the program that asks nobody would wait for the server's imports
            isolation.end_servers()
            raise
    if stopped():
        return False
    if packages and packages not in _servers.unfit and server not in _servers.ready:
        _servers.unfit.add(packages)
        return wait_for_server(stopped)
    return True


def _ask_server(packages: Packages) -> None:
    server = _process_id(packages)
    with suppress(EOFError, OSError), without_main():  # it was ended
        ForkedProcess(packages, target=_do_nothing, daemon=True).start()
        _servers.ready.add(server)


def _process_id(packages: Packages) -> int:
    """The id of the server's process; 0 where there is none."""
    return getattr(_servers.of(packages), "_forkserver_pid", None) or 0


@contextmanager
def _preloading(packages: Packages) -> Iterator[None]:
    """A server that is started in here imports these modules."""
    os.environ[PRELOAD_VARIABLE] = " ".join(sorted(packages))
    try:
        yield
    finally:
        del os.environ[PRELOAD_VARIABLE]


def _do_nothing() -> None:
    pass
