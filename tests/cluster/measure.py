"""What a cluster costs, measured: overhead per job, two nodes against one, records per second.

Kept in measured.json.

python -m tests.cluster.measure
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Generator, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import ray

from suite.execution.executor import run_jobs
from suite.execution.processes import Processes
from suite.execution.ray_connect import connect
from suite.execution.ray_executor import RayCluster
from suite.execution.ray_node import Parcel
from suite.execution.runner import run
from suite.execution.trial import Trial
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.provenance.environment import describe, made_by
from suite.result import Result
from suite.store.record_reading import read_records
from suite.store.store import open_store
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.cluster.nodes import started
from tests.support.executors import StandIn
from tests.support.tasks import ROOT

MEASURED = Path(__file__).with_name("measured.json")
LONG, SHORT = 18, 1  # epochs of the CNN on digits: jobs of about ten seconds and of one


class Empty(RayCluster):
    """A cluster whose nodes answer at once, with records of real size: what is left is what the
    driver does.
    """

    @cached_property
    def _run(self) -> Any:
        record = record_of_real_size()

        def run(jobs: Sequence[Job], *_: Parcel) -> list[str]:
            return answer(jobs, record)

        return ray.remote(run)


def answer(jobs: Sequence[Job], record: dict[str, Any]) -> list[str]:
    """A record for each run, as a training would have made it."""
    return [
        json.dumps(
            record
            | {
                "seed": seed,
                "key": job.key(seed),
                "question": job.question,
                "environment": job.environment,
            }
        )
        for job in jobs
        for seed in job.seeds
    ]


def record_of_real_size() -> dict[str, Any]:
    """A published one, with its parameter table: that of the CNN."""
    runs = read_records(ROOT / "results").results()
    return next(
        one.model_dump(mode="json") for one in runs if (one.task, one.arm) == ("mlp-vs-cnn", "cnn")
    )


def cnn(epochs: int) -> Task:
    """The CNN on digits, trained twice in the same way."""
    task = load_task(ROOT / "tasks" / "mlp-vs-cnn.toml")
    arms = {
        name: task.arms["cnn"].model_copy(update={"trainer": "autograd", "epochs": epochs})
        for name in ("a", "b")
    }
    return task.model_copy(update={"arms": arms, "claims": (), "comparisons": ()})


def jobs_of(task: Task, count: int) -> list[Job]:
    """So many jobs of one run."""
    return [job for job in make_plan(task, device="cpu", seeds=range(count)).jobs if job.arm == "a"]


def took_s(results: Iterable[object]) -> float:
    """Seconds until the last one came."""
    start = time.perf_counter()
    for _ in results:
        pass
    return time.perf_counter() - start


def overhead(cluster: RayCluster) -> dict[str, float]:
    """Seconds a job here and on a node of one core: long jobs one at a time, taking turns
    (medians), and short ones in a row.
    """
    executor = Processes(1)

    def local(jobs: list[Job]) -> Generator[Result]:
        return run_jobs(executor, jobs)

    def remote(jobs: list[Job]) -> Generator[Result]:
        return run_jobs(cluster, jobs)

    short, long = jobs_of(cnn(SHORT), 12), jobs_of(cnn(LONG), 4)
    took_s(local(short[:1]))  # torch is loaded now, in the server of each
    took_s(remote(short[:1]))
    pairs = [(took_s(local([job])), took_s(remote([job]))) for job in long]
    return {
        "long_local_s": statistics.median(here for here, _ in pairs),
        "long_ray_s": statistics.median(there for _, there in pairs),
        "long_more_s": statistics.median(there - here for here, there in pairs),
        "short_local_s": took_s(local(short)) / len(short),
        "short_ray_s": took_s(remote(short)) / len(short),
    }


def driver(cluster: RayCluster, count: int, job_s: float) -> dict[str, float]:
    """Records a second from claim to commit, and the driver's own processor time for one."""
    plan = make_plan(cnn(SHORT), device="cpu", seeds=range(count // 2))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder, "store.sqlite"), create=True) as store,
    ):
        trial = Trial("autograd", "", 0.0, job_s / SHORT, None, 0.0, seeds=1)
        fitted = cluster.fitted([], {(plan.task.name, arm): trial for arm in plan.questions})
        took_s(run([make_plan(cnn(SHORT), device="cpu", seeds=[99_999])], store, fitted))
        cpu = time.process_time()
        wall_s = took_s(run([plan], store, fitted))
        cpu_s = time.process_time() - cpu
        assert len(store.results()) == count + 2
    return {"records_per_s": count / wall_s, "cpu_s_per_record": cpu_s / count}


def store_rates() -> dict[str, float]:
    """Records a second that the store takes, claims included, by how many go into a transaction."""
    rates = {}
    for size in (1, 16, 64):
        count = 256 if size == 1 else 2048
        plan = make_plan(cnn(SHORT), device="cpu", seeds=range(count // 2))
        results = [
            Result.model_validate_json(line) for line in answer(plan.jobs, record_of_real_size())
        ]

        def give(
            jobs: Iterable[Job | None], size: int = size, results: list[Result] = results
        ) -> Generator[list[Result]]:
            for start, _job in enumerate(jobs):
                if start % size == 0:
                    yield results[start : start + size]

        with (
            tempfile.TemporaryDirectory() as folder,
            open_store(Path(folder, "store.sqlite"), create=True) as store,
        ):
            executor = StandIn(give, slots=size, jobs_at_once=size)
            rates[str(size)] = count / took_s(run([plan], store, executor))
    return rates


def main() -> None:
    """Measures everything and writes it down."""
    task = load_task(ROOT / "tasks" / "mlp-vs-cnn.toml")
    found: dict[str, Any] = {
        "environment": describe("cpu"),
        "made_by": made_by(),
        "ray": ray.__version__,
    }
    found["store"] = store_rates()
    with tempfile.TemporaryDirectory() as folder, started(Path(folder), {"a": 1}) as nodes:
        with connect(nodes.address, [task]) as cluster:
            found["overhead"] = overhead(cluster)
            fixed = jobs_of(cnn(LONG // 2), 8)
            one_s = took_s(run_jobs(cluster, fixed))
            nodes.add("b")
            nodes.wait(2)
            took_s(
                run_jobs(cluster, jobs_of(cnn(SHORT), 4))
            )  # the new worker, and torch in it, are there now
            found["nodes"] = {
                "one_s": one_s,
                "two_s": took_s(run_jobs(cluster, fixed)),
                "jobs": len(fixed),
            }
        with connect(nodes.address, [task]) as cluster:
            empty = Empty(parcels=cluster.parcels)
            found["driver"] = {
                "alone": driver(empty, 1000, 2.0),
                "together": driver(empty, 4000, 0.01),
            }
    MEASURED.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
