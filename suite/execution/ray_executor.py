"""Runs jobs on a Ray cluster.

Ray places them and moves what they need; this process submits, collects and tries again.

What a job's own code does is a record, as everywhere. What happens to a node or a Ray worker is
none: the job is submitted again, by us and not by Ray, which would not know what is stored. Results
come as JSON, a batch at a time, for one writer.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import ray
from ray import exceptions

from suite.errors import SuiteError
from suite.execution import ray_node
from suite.execution.executor import POLL_S, Stopped, never
from suite.execution.outcomes import failed
from suite.execution.ray_answers import answer_of, last_line
from suite.execution.ray_census import Census
from suite.execution.ray_flights import TASK_S, Flight, NoMoreJobsError, next_flight
from suite.execution.ray_node import Refusal
from suite.execution.ray_parcels import Parcels
from suite.execution.trial import Trials
from suite.plan.job import Job
from suite.result import DeviceKind, Result

LOOK_AGAIN_S = 2.0  # how old the number of CPUs may be
LEAVING_S = 5.0  # how long a job that is cancelled may take to end what it started
TRIES = 5  # how often a job is lost with its worker before that is its record
# jobs that are submitted for each that can run: none waits for us, and Ray's autoscaler sees what
# is to do
AHEAD = 2
# in one transaction: more save nothing, and other runners of the store want some too
MOST_JOBS_AT_ONCE = 64


@dataclass
class RayCluster:
    """The executor that runs jobs on the cluster that this process is connected to.

    `most_jobs`: how many jobs to submit at a time at most. `trials`: what is known of the arms of
    jobs.
    """

    most_jobs: int | None = None
    trials: Trials = field(default_factory=dict)
    census: Census = field(default_factory=Census)
    parcels: Parcels = field(default_factory=Parcels)
    _placeable: set[tuple[float, ...]] = field(default_factory=set)

    @property
    def slots(self) -> int:
        """How many jobs of one thread can run at a time."""
        cpus = int(self.census.cpus())
        return max(1, cpus if self.most_jobs is None else min(cpus, self.most_jobs))

    @property
    def jobs_at_once(self) -> int:
        """As many as can run: they wait on the cluster."""
        return min(self.slots, MOST_JOBS_AT_ONCE)

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """The environment of runs on the nodes that take part."""
        return self.census.describe(device, numerics)

    def fitted(self, jobs: Sequence[Job], trials: Trials) -> RayCluster:  # noqa: ARG002  later
        """The same cluster, where every job asks for the memory that its trial took.

        A job that no node has room for is refused when it is submitted.
        """
        return replace(self, trials=trials)

    def execute(
        self, jobs: Iterable[Job | None], stopped: Stopped = never
    ) -> Generator[list[Result]]:
        """One result a run, in batches of what came together, until `stopped` says so."""
        coming, has_more = iter(jobs), True
        waiting, flying = deque[Flight](), dict[Any, Flight]()
        most_flights, look_at = self._most_flights(), time.monotonic() + LOOK_AGAIN_S
        try:
            while (has_more or waiting or flying) and not stopped():
                if len(flying) < most_flights and (has_more or waiting):
                    has_more = self._submit_flights(coming, waiting, flying, most_flights)
                yield from self._collect(flying, waiting, POLL_S)
                if time.monotonic() > look_at:
                    most_flights, look_at = self._most_flights(), time.monotonic() + LOOK_AGAIN_S
            yield from self._collect(flying, waiting, 0)
        finally:
            _cancel(list(flying))

    def _most_flights(self) -> int:
        return self.most_jobs or AHEAD * (self.slots + 1)

    def _submit_flights(
        self,
        jobs: Iterator[Job | None],
        waiting: deque[Flight],
        flying: dict[Any, Flight],
        most_flights: int,
    ) -> bool:
        """Submits what there is room for. Whether more jobs may come."""
        while len(flying) < most_flights:
            try:
                flight = waiting.popleft() if waiting else next_flight(jobs, waiting, self.job_s)
            except NoMoreJobsError:
                return False
            if flight is None:
                break
            flying[self._submit(flight.jobs)] = flight
        return True

    def job_s(self, job: Job) -> float:
        """Seconds that a job takes; infinite where its trial failed."""
        trial = self.trials.get((job.task, job.cell))
        return TASK_S if trial is None else trial.job_s(job.settings.epochs) or float("inf")

    def _memory_bytes(self, job: Job) -> int:
        trial = self.trials.get((job.task, job.cell))
        return 0 if trial is None else trial.job_bytes(job)

    def _submit(self, jobs: Sequence[Job]) -> Any:
        job, memory_bytes = jobs[0], max(map(self._memory_bytes, jobs))
        gpus = job.limits.gpu_share if job.device == "cuda" else 0
        needs = {"CPU": job.settings.threads, "memory": memory_bytes, "GPU": gpus}
        self._require_a_node(job, needs)
        if not self.census.has_nodes_for(job.environment):
            raise SuiteError(
                f"{job.field}: no node of the cluster is like what it was planned for, in processor"
                " and kernel variables: its results would have other bits"
            )
        refused = self.census.refused.get(job.environment)
        return self._run.options(
            num_cpus=job.settings.threads,
            num_gpus=gpus,
            memory=memory_bytes or None,
            max_retries=0,
            label_selector=(
                {"ray.io/node-id": f"!in({','.join(sorted(refused))})"} if refused else None
            ),
            name=f"suite: {job.task} {job.cell}",
        ).remote(jobs, *map(self.parcels.parcel_of, jobs))

    @cached_property
    def _run(self) -> Any:
        return ray.remote(ray_node.run)

    def _require_a_node(self, job: Job, needs: dict[str, float]) -> None:
        """Raises SuiteError where no node is large enough; Ray would wait for it without a word."""
        key = tuple(needs.values())
        if key not in self._placeable and not self.census.fits_somewhere(needs):
            wanted = (
                f"{needs['CPU']} CPUs, {needs['memory'] / 2**30:.1f} GiB of memory and"
                f" {needs['GPU']:g} GPUs"
            )
            raise SuiteError(f"{job.field}: expected a node with {wanted}, the cluster has none")
        self._placeable.add(key)

    def _collect(
        self, flying: dict[Any, Flight], waiting: deque[Flight], timeout_s: float
    ) -> Iterator[list[Result]]:
        """What has come since, as one batch if anything has; lost jobs are put into `waiting`."""
        if not flying:
            time.sleep(timeout_s)
            return
        ray.wait(list(flying), num_returns=1, timeout=timeout_s)
        ready, _ = ray.wait(list(flying), num_returns=len(flying), timeout=0)
        results = list[Result]()
        for ref in ready:
            flight = flying.pop(ref)
            try:
                answer = answer_of(ref)
            except exceptions.RayError as error:
                results += self._try_again(flight, waiting, error)
                continue
            if isinstance(answer, Refusal):
                self.census.refuse(flight.jobs[0].environment, answer.node)
                waiting.append(flight)
                continue
            results += [Result.model_validate_json(line) for line in answer]
        if results:
            yield results

    def _try_again(self, flight: Flight, waiting: deque[Flight], error: Exception) -> list[Result]:
        """The failed results of jobs that were lost too often; otherwise none.

        Jobs that were not lost too often are put into `waiting`, each alone, to be tried again.
        """
        self.census.lost += 1
        if flight.tries < TRIES:
            waiting += [Flight((job,), flight.tries + 1) for job in flight.jobs]
            return []
        why = f"lost with its worker or node {flight.tries} times, last: {last_line(error)}"
        return [failed(job, seed, why, "outside") for job in flight.jobs for seed in job.seeds]


def _cancel(refs: list[Any]) -> None:
    """Ends jobs: first so that they take along what they started, then by killing their workers."""
    for force in (False, True):
        for ref in refs:
            with suppress(exceptions.RayError, ValueError):
                ray.cancel(ref, force=force)
        _, refs = ray.wait(refs, num_returns=len(refs), timeout=LEAVING_S) if refs else ([], [])
