"""A real cluster on this machine: several `ray start` nodes, each with its own ports, folders and
cache of data.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("ray")
SUITE = Path(sys.executable).with_name("suite")
READY_S = 180.0
LOOK_S = 0.1
TRIES = 4
QUIET = {"RAY_DISABLE_DOCKER_CPU_WARNING": "1", "RAY_USAGE_STATS_ENABLED": "0"}
# As small as it goes: what is under test is the placing of jobs, not Ray's store of large objects.
STORE_BYTES = 200 * 2**20


@dataclass
class Nodes:
    """The head, which runs no jobs, and nodes of one CPU each, by name."""

    folder: Path
    port: int = 0
    client: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: dict[str, tuple[tuple[str, ...], dict[str, str]]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """What a driver on this machine connects to."""
        return f"127.0.0.1:{self.port}"

    def start_head(self) -> None:
        """Starts the head, a server for ray:// included.

        It gives up where it cannot within half a minute: then again.
        """
        for _ in range(TRIES):
            self.port, client = free_port(), free_port()
            self.client = f"ray://127.0.0.1:{client}"
            ports = f"--port={self.port}", f"--ray-client-server-port={client}"
            self._start("head", "--head", "--num-cpus=0", "--include-dashboard=false", *ports)
            while self.running["head"].poll() is None:
                if b"Ray runtime started" in (self.folder / "head" / "log.txt").read_bytes():
                    return
                time.sleep(LOOK_S)
        raise TimeoutError((self.folder / "head" / "log.txt").read_text()[-500:])

    def add(self, name: str, *, cpus: int = 1, **variables: str) -> None:
        """Starts a node; it is there once `wait` says so.

        Its data folder is its own, and empty at first.
        """
        self._start(name, f"--address={self.address}", f"--num-cpus={cpus}", **variables)

    def data(self, name: str) -> Path:
        """The data folder of a node."""
        return self.folder / name / "data"

    def _start(self, name: str, *options: str, **more: str) -> None:
        self.started[name] = options, more
        own = self.folder / name
        own.mkdir(parents=True, exist_ok=True)
        command = [str(PROGRAM), "start", "--block", f"--temp-dir={own}"]
        variables = {
            **os.environ,
            **QUIET,
            "SUITE_DATA": str(self.data(name)),
            "TMPDIR": str(own),
            **more,
        }
        with (own / "log.txt").open("wb") as log:
            self.running[name] = subprocess.Popen(
                [*command, f"--object-store-memory={STORE_BYTES}", *options],
                env=variables,
                cwd=own,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, count: int) -> None:
        """Waits until there are `count` nodes that run jobs. Raises TimeoutError."""
        deadline = time.monotonic() + READY_S
        code = (
            f"import ray; ray.init('{self.address}', logging_level='ERROR', log_to_driver=False);"
            "print(sum(one['Alive'] and bool(one['Resources'].get('CPU')) for one in ray.nodes()))"
        )
        while time.monotonic() < deadline:
            said = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=False
            )
            if said.stdout.strip() == str(count):
                return
            for name in list(self.running):
                self.start_again_if_it_gave_up(name)
            time.sleep(LOOK_S)
        raise TimeoutError(
            f"expected {count} nodes within {READY_S:g} s: {said.stdout} {said.stderr[-500:]}"
        )

    def kill(self, name: str) -> None:
        """Ends a node as a power cut does: all of its processes, at once."""
        process = self.running.pop(name)
        for one in [process.pid, *below(process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        process.wait()

    def start_again_if_it_gave_up(self, name: str) -> None:
        """A node that cannot start within half a minute, as on a machine that is busy, ends itself."""
        if name != "head" and self.running[name].poll() is not None:
            options, variables = self.started[name]
            self._start(name, *options, **variables)

    def workers(self) -> list[int]:
        """The processes that are running a job for us just now."""
        return [pid for name in self.running for pid in self.workers_of(name)]

    def workers_of(self, name: str) -> list[int]:
        """Those on one node."""
        return [
            pid for pid in below(self.running[name].pid) if _title(pid).startswith("ray::suite: ")
        ]

    def close(self) -> None:
        """Ends all nodes."""
        for name in reversed(list(self.running)):
            self.kill(name)


def below(parent: int) -> list[int]:
    """The processes that descend from `parent`, from /proc."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
    found, left = list[int](), [parent]
    while left:
        children = [pid for pid, above in parents.items() if above == left[0]]
        found, left = found + children, left[1:] + children
    return found


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode(errors="replace")
    except OSError:
        return ""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def started(folder: Path, cpus: Mapping[str, int]) -> Iterator[Nodes]:
    """A cluster with these nodes, each with so many CPUs, ended at the end."""
    nodes = Nodes(folder)
    try:
        nodes.start_head()
        for name, count in cpus.items():
            nodes.add(name, cpus=count)
        nodes.wait(len(cpus))
        yield nodes
    finally:
        nodes.close()
