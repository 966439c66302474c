"""Whether a node may run a command: asked on a node that is this process."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from ray import cloudpickle

from suite.errors import SuiteError
from suite.execution import ray_node
from suite.execution.ray_commands import CommandPlace, place_of, run_commands
from suite.execution.ray_node import RAY_MODULES, Refusal, prepare
from suite.execution.ray_parcels import Parcels
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.result import Result
from suite.task.commands import Command
from suite.task.loading import load_task
from tests.support.commands import write_commands


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """The first run of the first command, planned in its folder."""
    write_commands(tmp_path)
    monkeypatch.chdir(tmp_path)
    return make_plan(load_task(tmp_path / "tasks/rates.toml"), device="cpu").jobs[0]


def planned(job: Job) -> CommandPlace:
    assert job.settings.command is not None
    return place_of(job.settings.command)


def test_a_node_with_the_same_files_runs_it_in_that_folder(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = planned(job)
    monkeypatch.chdir("/")
    (result,) = run_commands([job], [place], "node n")
    assert result.metrics == {"acc": 0.51}
    assert Path.cwd() == Path("/")


def test_what_the_driver_sends_is_what_a_node_runs(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ray.put", lambda content: content)
    sent = cloudpickle.dumps((job, Parcels().parcel_of(job)))
    monkeypatch.chdir("/")
    there, parcel = cloudpickle.loads(sent)
    answer = ray_node.run([there], parcel)
    assert isinstance(answer, list)
    (result,) = map(Result.model_validate_json, answer)
    assert (result.status, result.metrics, result.key) == ("ok", {"acc": 0.51}, job.key(0))
    assert result.readings["acc"].where == "acc=0.5100"


def test_a_node_of_another_processor_takes_no_part(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ray.put", lambda content: content)
    parcel = Parcels().parcel_of(job)
    context = SimpleNamespace(get_node_id=lambda: "n")
    monkeypatch.setattr("ray.get_runtime_context", lambda: context)
    assert ray_node.run([replace(job, environment="another")], parcel) == Refusal("n")


def test_a_node_without_the_same_files_is_named(job: Job, tmp_path: Path) -> None:
    place = planned(job)

    def refusal(where: CommandPlace) -> str:
        with pytest.raises(SuiteError) as raised:
            list(run_commands([job], [where], "node n"))
        return str(raised.value).removeprefix("rates: arms.low: node n").partition(": commands")[0]

    assert refusal(replace(place, folder="/no/such")) == " has no folder /no/such"
    (tmp_path / "rates.py").write_text("def gain(rate):\n    return 0.0\n")
    assert refusal(place) == " has another file rates.py"
    (tmp_path / "train.py").unlink()
    assert refusal(place) == " lacks file rates.py"  # which train.py imported
    (tmp_path / "data.csv").unlink()
    assert refusal(place).startswith(": inputs: expected files, found none for 'data.csv'")


def test_a_command_at_a_revision_has_no_place_on_a_node() -> None:
    with pytest.raises(SuiteError, match="git:HEAD: expected a command of the files as they are"):
        place_of(Command(command="python a.py {seed}", revision="HEAD"))


def test_what_ray_brings_is_not_on_the_path_of_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"/tmp/ray{RAY_MODULES}py_modules_files/x:/home/me/lib")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    prepare()
    assert os.environ["PYTHONPATH"] == "/home/me/lib"
