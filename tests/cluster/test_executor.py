"""What the driver decides, on a cluster that is none: what goes together, what jobs ask for, and
when it gives up.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import WorkerCrashedError

from suite.data.files import file_digest
from suite.data.user_files import _columns, load_table
from suite.errors import SuiteError
from suite.execution import ray_executor as module
from suite.execution import ray_node
from suite.execution.ray_census import Census
from suite.execution.ray_code import modules_of
from suite.execution.ray_connect import connect
from suite.execution.ray_executor import TRIES, RayCluster
from suite.execution.ray_flights import TASK_S, Flight, NoMoreJobsError, next_flight
from suite.execution.ray_parcels import Parcels
from suite.execution.trial import Trial
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.task.datasets import TableFile
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.tasks import DISC_TASK, load_text, write_task


class FakeCensus(Census):
    """A node of four cores and a card."""

    def nodes(self) -> list[dict[str, float]]:
        return [{"CPU": 4, "GPU": 1, "memory": 2.0**30}]

    def has_nodes_for(self, environment_id: str) -> bool:  # noqa: ARG002  any
        return True


class FakeParcels(Parcels):
    """Nothing is sent anywhere."""

    def parcel_of(self, job: Job) -> Any:
        return job.arm


class Fake(RayCluster):
    """A cluster that is none, and remembers what was asked of it."""

    asked: list[dict[str, Any]]

    @property
    def _run(self) -> Any:
        def options(**given: Any) -> Any:
            self.asked.append(given)
            return SimpleNamespace(remote=lambda *sent: sent)

        return SimpleNamespace(options=options)


@pytest.fixture
def fake() -> Fake:
    cluster = Fake(census=FakeCensus(), parcels=FakeParcels())
    cluster.asked = []
    return cluster


@pytest.fixture
def jobs(tiny: Task) -> list[Job]:
    """Of one run each."""
    arms = {name: arm.model_copy(update={"trainer": "autograd"}) for name, arm in tiny.arms.items()}
    return list(make_plan(tiny.model_copy(update={"arms": arms}), device="cpu").jobs)


def test_jobs_ask_for_threads_memory_and_their_share_of_a_card(fake: Fake) -> None:
    task = load_text(
        DISC_TASK.replace("epochs = 4", "gpu_share = 0.25\nthreads = 3\nepochs = 4", 1)
    )
    job = make_plan(task, device="cpu").jobs[0]
    fake.trials = needing(job, memory_bytes=5_000)
    assert fake._submit([job]) == ([job], job.arm)
    fake.census.refuse(job.environment, "y")
    fake.census.refuse(job.environment, "x")
    fake.trials = {}
    fake._submit([replace(job, device="cuda")])
    threads, gpus, memory, labels = (
        [one[name] for one in fake.asked]
        for name in ("num_cpus", "num_gpus", "memory", "label_selector")
    )
    assert (threads, gpus, memory) == ([3, 3], [0, 0.25], [5_000, None])
    assert labels == [None, {"ray.io/node-id": "!in(x,y)"}]
    assert {one["max_retries"] for one in fake.asked} == {0}
    wanted = (
        r"tiny: arms\.short: expected a node with 3 CPUs, 2\.0 GiB of memory and 0 GPUs, the"
        r" cluster has none"
    )
    fake.trials = needing(job, memory_bytes=2**31)
    with pytest.raises(SuiteError, match=wanted):
        fake._submit([job])


def needing(job: Job, *, memory_bytes: int) -> dict[tuple[str, str], Trial]:
    trial = Trial("autograd", "", 1.0, 1.0, memory_bytes, 0.0, seeds=len(job.seeds))
    return {(job.task, job.arm): trial}


def test_what_trials_took_goes_with_the_cluster_and_so_does_what_was_lost(
    fake: Fake, jobs: list[Job]
) -> None:
    fitted = fake.fitted(jobs, needing(jobs[0], memory_bytes=7))
    assert (fitted.slots, fitted.jobs_at_once) == (fake.slots, fake.jobs_at_once) == (4, 4)
    assert fitted.job_s(jobs[0]) == 1.0 + jobs[0].settings.epochs
    assert fake.job_s(jobs[0]) == TASK_S
    fitted._try_again(Flight((jobs[0],)), deque(), WorkerCrashedError())
    assert fake.census.lost == 1


def test_where_every_node_is_refused_that_is_one_line(
    fake: Fake, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeCensus, "has_nodes_for", Census.has_nodes_for)
    alive = {"Alive": True, "Resources": {"CPU": 1.0}}
    monkeypatch.setattr("ray.nodes", lambda: [{"NodeID": "n", **alive}])
    fake._submit([jobs[0]])
    fake.census.refuse(jobs[0].environment, "n")
    with pytest.raises(SuiteError, match="no node of the cluster is like what it was planned for"):
        fake._submit([jobs[0]])


def test_short_jobs_go_together_and_long_ones_alone(jobs: list[Job]) -> None:
    def taken(job_s: float) -> list[int]:
        coming, waiting, sizes = iter([*jobs, None, jobs[0]]), deque[Flight](), list[int]()
        with suppress(NoMoreJobsError):
            while True:
                flight = (
                    waiting.popleft() if waiting else next_flight(coming, waiting, lambda _: job_s)
                )
                sizes.append(len(flight.jobs) if flight else 0)
        return sizes

    assert len(jobs) == 9
    assert taken(0.5) == [4, 4, 1, 1]
    assert taken(0.7) == [2, 1, 2, 1, 2, 1, 0, 1]  # what did not fit goes next
    assert taken(0.1) == [9, 1]
    assert taken(3.0) == taken(float("inf")) == [1] * 9 + [0, 1]


def test_jobs_that_need_other_things_do_not_go_together(jobs: list[Job]) -> None:
    wide = replace(jobs[1], settings=jobs[1].settings.model_copy(update={"threads": 2}))
    again = deque[Flight]()
    flight = next_flight(iter([jobs[0], wide]), again, lambda _: 0.1)
    assert flight == Flight((jobs[0],))
    assert list(again) == [Flight((wide,))]


def test_what_is_lost_is_tried_again_alone_and_in_the_end_a_record(
    fake: Fake, jobs: list[Job]
) -> None:
    again = deque[Flight]()
    assert fake._try_again(Flight((jobs[0], jobs[1])), again, WorkerCrashedError()) == []
    assert list(again) == [Flight((jobs[0],), 2), Flight((jobs[1],), 2)]
    (record,) = fake._try_again(Flight((jobs[0],), TRIES), again, WorkerCrashedError())
    assert (record.status, record.fault, record.key) == ("failed", "outside", jobs[0].key(0))
    assert len(again) == fake.census.lost == 2
    assert str(record.reason).startswith(
        f"lost with its worker or node {TRIES} times, last: The worker died"
    )


def test_modules_beside_the_task_are_sent_and_installed_ones_are_not(
    tmp_path: Path, package: Path
) -> None:
    (package / "model.py").write_text(
        "import torch\nimport single\nfrom theirs import helper\ndef build(layers): ...\n"
    )
    (tmp_path / "single.py").write_text("import json\n")
    text = DISC_TASK.replace('model = "sigmoid-mlp"', 'model = "theirs.model:build"').replace(
        "manual", "autograd"
    )
    sent = modules_of([load_task(write_task(tmp_path / "tasks", text))])
    assert sent == sorted([tmp_path / "single.py", package, Path(module.__file__).parents[1]])


def test_where_nobody_listens_that_is_one_line() -> None:
    with pytest.raises(SuiteError) as raised, connect("ray://127.0.0.1:1", []):
        pass
    assert (
        str(raised.value)
        == "--address ray://127.0.0.1:1: cannot reach a Ray cluster: Connection refused"
    )


def test_a_users_file_goes_to_a_node_that_does_not_have_it_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ray.put", lambda content: content)
    monkeypatch.setattr("ray.get", lambda content: content)
    (tmp_path / "here").mkdir()
    original = tmp_path / "here" / "mine.csv"
    original.write_text("x,label\n" + "\n".join(f"{row / 7},{row % 2}" for row in range(40)) + "\n")
    digest = file_digest(original.read_bytes())
    data = TableFile(name="file", path="mine.csv", sha256=digest, train_items=20, test_items=9)
    data.resolve_from(original.parent)
    expected = load_table(data, 3)
    (file,) = Parcels().files_of(data)
    original.unlink()
    _columns.cache_clear()
    monkeypatch.setenv("SUITE_DATA", str(tmp_path / "node"))
    with pytest.raises(SuiteError, match=r"mine.csv: cannot read the data: No such file"):
        load_table(data, 3)
    ray_node._keep(file)
    assert (tmp_path / "node" / "by-content" / f"{digest}.csv").is_file()
    found = load_table(data, 3)
    assert found.train.inputs["inputs"].equal(expected.train.inputs["inputs"])
    assert found.test.targets["label"].equal(expected.test.targets["label"])
