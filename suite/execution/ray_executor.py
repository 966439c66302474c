"""Runs jobs on a Ray cluster. Ray places them and moves what they need; this process submits,
collects and tries again.

What a job's own code does is a record, as everywhere. What happens to a node or a Ray worker is
none: the job is submitted again, by us and not by Ray, which would not know what is stored. Results
come as JSON, a batch at a time, for one writer.
"""

from __future__ import annotations

import signal
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import ray
from ray import exceptions

from suite.data.files import by_content, data_folder
from suite.data.registry import source_of
from suite.errors import SuiteError
from suite.execution import ray_node
from suite.execution.outcomes import failed
from suite.execution.ray_code import modules_of
from suite.execution.ray_flights import NO_MORE, TASK_S, Flight, next_flight
from suite.execution.ray_node import File, Parcel, Refusal
from suite.plan.job import Job, References
from suite.provenance.environment import describe_here, environment_id, kernel_variables, made_by
from suite.result import DeviceKind, Result
from suite.task.datasets import Data
from suite.task.schema import Task

POLL_S = 0.2  # how long a wish to stop may wait
LOOK_AGAIN_S = 2.0  # how old the number of CPUs may be
CONNECT_S = 10.0
ANSWER_S = 120.0  # how long a node may take to start a worker and import what it needs
LEAVING_S = 5.0  # how long a job that is cancelled may take to end what it started
TRIES = 5  # how often a job is lost with its worker before that is its record
# jobs that are submitted for each that can run: none waits for us, and Ray's autoscaler sees what
# is to do
AHEAD = 2
# What a worker meets that is neither the arm's fault nor ours: a full disk, a server that was
# killed.
TROUBLE = (OSError, EOFError, MemoryError, KeyboardInterrupt, SystemExit)


@dataclass
class Cluster:
    """A cluster that this process is connected to. `imports`: modules that jobs need and that take
    long. `at_once`: how many jobs to submit at most. `lost`: how many jobs went with their worker
    or node so far."""

    imports: tuple[str, ...] = ()
    at_once: int | None = None
    lost: int = 0
    _refused: dict[str, set[str]] = field(default_factory=dict)
    _described: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    _parcels: dict[tuple[References, str], Any] = field(default_factory=dict)
    _sent: dict[str, tuple[File, ...]] = field(default_factory=dict)
    _placeable: set[tuple[float, ...]] = field(default_factory=set)

    def nodes(self) -> list[dict[str, float]]:
        """What each node has that is there and takes work: CPU, GPU, memory in bytes."""
        return [
            one["Resources"] for one in ray.nodes() if one["Alive"] and one["Resources"].get("CPU")
        ]

    def slots(self) -> int:
        """How many jobs of one thread can run at a time."""
        cpus = int(sum(one["CPU"] for one in self.nodes()))
        return max(1, cpus if self.at_once is None else min(cpus, self.at_once))

    def has_gpus(self) -> bool:
        """Whether any node has a graphics card."""
        return any(one.get("GPU") for one in self.nodes())

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """What decides bits on the nodes: as on this machine if any is like it, else as on most."""
        if (device, numerics) not in self._described:
            said = self._ask_nodes(device, numerics)
            counts = Counter(environment_id(one) for one in said.values())
            here = environment_id(describe_here(device, numerics)) if device == "cpu" else ""
            chosen = max(counts, key=lambda one: (one == here, counts[one], one))
            self._refused[chosen] = {
                node for node, one in said.items() if environment_id(one) != chosen
            }
            self._described[device, numerics] = next(
                one for one in said.values() if environment_id(one) == chosen
            )
        return self._described[device, numerics]

    def unlike(self) -> int:
        """How many nodes are left out because their bits would be others."""
        return len(set[str]().union(*self._refused.values()))

    def _ask_nodes(self, device: DeviceKind, numerics: str) -> dict[str, dict[str, str]]:
        kind = "GPU" if device == "cuda" else "CPU"
        names = [
            one["NodeID"] for one in ray.nodes() if one["Alive"] and one["Resources"].get(kind)
        ]
        if not names:
            raise SuiteError(
                f"the cluster has no node with a {kind}; start one: `ray start --address HEAD:PORT`"
            )
        gpus = 0.01 if device == "cuda" else 0
        ask = ray.remote(ray_node.environment)
        asked = {
            node: (
                ask.options(
                    num_cpus=0,
                    num_gpus=gpus,
                    max_retries=3,
                    label_selector={"ray.io/node-id": node},
                    name="suite: describe",
                ).remote(device, numerics)
            )
            for node in names
        }
        done, _ = ray.wait(list(asked.values()), num_returns=len(asked), timeout=ANSWER_S)
        said = dict[str, dict[str, str]]()
        for node, ref in asked.items():
            with suppress(exceptions.RayError):  # it is gone meanwhile
                said |= {node: self._answer(ref)} if ref in done else {}
        if not said:
            raise SuiteError(f"no node of the cluster answered within {ANSWER_S:g} s")
        return said

    def _answer(self, ref: Any) -> Any:
        """What a task gave back. Raises SuiteError where a node cannot do what is asked,
        exceptions.RayError where it is gone."""
        try:
            return ray.get(ref)
        except exceptions.RuntimeEnvSetupError as error:
            raise SuiteError(f"a node could not set up the code: {_last_line(error)}") from None
        except exceptions.RayTaskError as error:
            if isinstance(error.cause, SuiteError):
                raise error.cause from None
            if isinstance(error.cause, TROUBLE):
                raise
            raise SuiteError(f"a node cannot run jobs: {_last_line(error)}") from None

    def results(self, jobs: Iterable[Job], **_: object) -> Iterator[Result]:
        """One result a run, as they come."""
        for batch in self.execute(jobs):
            yield from batch

    def execute(
        self,
        jobs: Iterable[Job | None],
        *,
        stopped: Callable[[], bool] = lambda: False,
        memory_bytes: Callable[[Job], int] = lambda _: 0,
        job_s: Callable[[Job], float] = lambda _: TASK_S,
    ) -> Generator[list[Result]]:
        """The results of runs, a list whenever some are there, until `stopped` says so. Whatever
        ends the iterator cancels the jobs. Where `jobs` gives None, there is nothing to start just
        now. `memory_bytes` and `job_s`: what a job needs (0 where unknown) and how long it takes.
        """
        coming, more = iter(jobs), True
        again, flying = deque[Flight](), dict[Any, Flight]()
        room, look_at = self._room(), time.monotonic() + LOOK_AGAIN_S
        try:
            while (more or again or flying) and not stopped():
                while len(flying) < room and (again or more):
                    flight = again.popleft() if again else next_flight(coming, again, job_s)
                    more = more and flight != NO_MORE
                    if not isinstance(flight, Flight):
                        break
                    flying[self._submit(flight.jobs, max(map(memory_bytes, flight.jobs)))] = flight
                yield from self._landed(flying, again, POLL_S)
                if time.monotonic() > look_at:
                    room, look_at = self._room(), time.monotonic() + LOOK_AGAIN_S
            yield from self._landed(flying, again, 0)
        finally:
            _cancel(list(flying))

    def _room(self) -> int:
        return self.at_once or AHEAD * (self.slots() + 1)

    def _submit(self, jobs: Sequence[Job], memory_bytes: int) -> Any:
        job = jobs[0]
        gpus = job.limits.gpu_share if job.device == "cuda" else 0
        needs = {"CPU": job.settings.threads, "memory": memory_bytes, "GPU": gpus}
        self._require_a_node(job, needs)
        refused = self._refused.get(job.environment)
        return self._run.options(
            num_cpus=job.settings.threads,
            num_gpus=gpus,
            memory=memory_bytes or None,
            max_retries=0,
            label_selector=(
                {"ray.io/node-id": f"!in({','.join(sorted(refused))})"} if refused else None
            ),
            name=f"suite: {job.task} {job.arm}",
        ).remote(jobs, *map(self._parcel, jobs))

    @cached_property
    def _run(self) -> Any:
        return ray.remote(ray_node.run)

    def _require_a_node(self, job: Job, needs: dict[str, float]) -> None:
        """Raises SuiteError where no node is large enough, which Ray would wait for without a word."""
        key = tuple(needs.values())
        if key not in self._placeable:
            if not any(
                all(node.get(kind, 0) >= need for kind, need in needs.items())
                for node in self.nodes()
            ):
                wanted = (
                    f"{needs['CPU']} CPUs, {needs['memory'] / 2**30:.1f} GiB of memory and"
                    f" {needs['GPU']:g} GPUs"
                )
                raise SuiteError(
                    f"{job.task}: arms.{job.arm}: expected a node with {wanted}, the cluster has"
                    " none"
                )
            self._placeable.add(key)

    def _parcel(self, job: Job) -> Any:
        key = job.references, repr(job.data)
        if key not in self._parcels:
            self._parcels[key] = ray.put(
                Parcel(job.references.units(), self._files(job.data), self.imports)
            )
        return self._parcels[key]

    def _files(self, data: Data) -> tuple[File, ...]:
        """What a node's data folder must hold; a file of the user's own by its content."""
        digests = source_of(data).digests()
        name = " ".join(sorted(digests.values()))
        if name not in self._sent:
            self._sent[name] = tuple(
                File(_place(path, digest), digest, ray.put(path.read_bytes()))
                for path, digest in digests.items()
            )
        return self._sent[name]

    def _landed(
        self, flying: dict[Any, Flight], again: deque[Flight], timeout_s: float
    ) -> Iterator[list[Result]]:
        """What has come since, as one list if anything has; what was lost is put into `again`."""
        if not flying:
            time.sleep(timeout_s)
            return
        ray.wait(list(flying), num_returns=1, timeout=timeout_s)
        ready, _ = ray.wait(list(flying), num_returns=len(flying), timeout=0)
        found = list[Result]()
        for ref in ready:
            flight = flying.pop(ref)
            try:
                given = self._answer(ref)
            except exceptions.RayError as error:
                found += self._again(flight, again, error)
                continue
            if isinstance(given, Refusal):
                self._refused.setdefault(flight.jobs[0].environment, set()).add(given.node)
                again.append(flight)
                continue
            found += [Result.model_validate_json(line) for line in given]
        if found:
            yield found

    def _again(self, flight: Flight, again: deque[Flight], error: Exception) -> list[Result]:
        """Nothing, and the jobs are to be tried again, each alone; their failed results where that
        was often enough."""
        self.lost += 1
        if flight.tries < TRIES:
            again += [Flight((job,), flight.tries + 1) for job in flight.jobs]
            return []
        why = f"lost with its worker or node {flight.tries} times, last: {_last_line(error)}"
        return [failed(job, seed, why, "outside") for job in flight.jobs for seed in job.seeds]


def _cancel(refs: list[Any]) -> None:
    """Ends jobs: first so that they take along what they started, then by killing their workers."""
    for force in (False, True):
        for ref in refs:
            with suppress(exceptions.RayError, ValueError):
                ray.cancel(ref, force=force)
        _, refs = ray.wait(refs, num_returns=len(refs), timeout=LEAVING_S) if refs else ([], [])


def _place(path: Path, sha256: str) -> str:
    """Where a node keeps a file, seen from its data folder."""
    kept = path if path.is_relative_to(data_folder()) else by_content(sha256, path.suffix)
    return str(kept.relative_to(data_folder()))


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


@contextmanager
def connect(
    address: str, tasks: Sequence[Task], *, at_once: int | None = None
) -> Iterator[Cluster]:
    """The cluster at `address`, with the code of `tasks` on its way to every node. Raises
    SuiteError where there is none."""
    _require_somebody_listens(address)
    variables = kernel_variables("native") | {"SUITE_REVISION": made_by()["revision"]}
    environment = {"py_modules": [str(path) for path in modules_of(tasks)], "env_vars": variables}
    before = signal.getsignal(signal.SIGTERM)  # Ray puts its own there
    try:
        ray._private.worker._worker_logs_enabled = (
            False  # what Ray would print to standard output, which is ours
        )
        ray.init(
            address=address, runtime_env=environment, log_to_driver=False, logging_level="ERROR"
        )
    except (ConnectionError, RuntimeError, ValueError, OSError, exceptions.RayError) as error:
        raise SuiteError(
            f"--address {address}: cannot reach a Ray cluster: {_last_line(error)}"
        ) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    imports = {name for task in tasks for name in source_of(task.data).imports}
    try:
        yield Cluster(tuple(sorted(imports)), at_once)
    finally:
        ray.shutdown()


def _require_somebody_listens(address: str) -> None:
    """Raises SuiteError where nobody does: Ray would try for more than a minute, and say so in many
    lines."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address == "auto" or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_S).close()
    except OSError as error:
        raise SuiteError(
            f"--address {address}: cannot reach a Ray cluster: {error.strerror or error}"
        ) from None
