"""Metrics of cost: what a run's record has of it, for models, loops and commands alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.execution.outcomes import as_result
from suite.plan.plan import make_plan
from suite.result import Outcome, Result
from suite.store.entries import bits_of
from suite.store.merge import differing
from suite.store.store import open_store
from suite.task.schema import Task
from suite.verification.certificate import certify
from suite.verification.checks import check
from tests.support.commands import COMMAND_TASK, write_commands
from tests.support.own_code import jobs_of, load_own, runs
from tests.support.program import suite_here
from tests.support.tasks import DIGITS_TASK, LOOP_TASK, load_text

COSTS = "".join(
    f'\n[metrics.{key}]\nname = "{name}"\ndirection = "lower"\nunit = "none"\n'
    for key, name in (
        ("size", "parameters"),
        ("learning", "train_time_s"),
        ("latency", "predict_time_s"),
        ("memory", "peak_memory_bytes"),
    )
)
COSTS_TASK = DIGITS_TASK + COSTS


def of_one(folder: Path, text: str) -> tuple[Task, Result]:
    task = load_own(folder, text)
    (found,) = runs(task, jobs=slice(1))
    return task, found


def test_the_costs_of_a_model_are_those_of_its_record(tmp_path: Path) -> None:
    _, found = of_one(tmp_path, COSTS_TASK)
    assert (found.status, found.reason) == ("ok", None)
    # 64 7 + 7, a scale and a shift of 7, and 7 10 + 10
    assert found.metrics["size"] == found.parameters == 455 + 14 + 80
    assert found.metrics["learning"] == found.train_time_s
    assert found.metrics["latency"] == found.predict_time_s
    assert found.metrics["memory"] == found.peak_memory_bytes
    assert found.metrics["latency"] > 0
    assert "size" not in found.history


def test_two_runs_of_a_seed_differ_in_times_and_verify_all_the_same(tmp_path: Path) -> None:
    task, first = of_one(tmp_path, COSTS_TASK)
    second = runs(task, jobs=slice(1))[0]
    assert first.metrics["learning"] != second.metrics["learning"]
    assert first.measured_costs == ("learning", "latency", "memory")
    assert bits_of(first) == bits_of(second)
    assert differing(first, second) == []
    plan = make_plan(task, device="cpu")
    one, two = (certify(run, plan.parts["one"], plan.environment_fields) for run in (first, second))
    assert one.metrics.keys() == {"accuracy", "size"}
    assert (check(one, two).tier, check(one, two).reasons) == ("WEIGHTS", ())


def test_a_loop_that_does_not_say_its_parameters_has_no_such_metric(tmp_path: Path) -> None:
    code = """
import torch


def train(arm, data, seed, device):
    return {"predict": lambda inputs: torch.zeros(len(inputs), 10)@SAID@}
"""
    shared = LOOP_TASK.partition("\n[metrics.luck]")[0] + COSTS
    for name, said, expected in (("silent", "", None), ("saying", ', "parameters": 3', 3.0)):
        (tmp_path / f"own_{name}.py").write_text(code.replace("@SAID@", said))
        _, found = of_one(tmp_path, shared.replace("own_loop", f"own_{name}"))
        assert found.metrics.get("size") == expected
        assert (found.status == "ok") is (expected is not None)
        if expected is None:
            assert found.reason == (
                "metrics.size: expected parameters of every arm, got none; a loop gives"
                ' "parameters", or say optional = true'
            )


def test_a_command_has_the_time_and_memory_of_its_process(tmp_path: Path) -> None:
    cost = '\n[metrics.seconds]\nname = "run_time_s"\ndirection = "lower"\nunit = "none"\n'
    write_commands(tmp_path, COMMAND_TASK + cost)
    done = suite_here("run", "--seeds", "0-1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with open_store(tmp_path / "results/store.sqlite") as store:
        records = list(store.results())
    assert len(records) == 4
    assert all(run.metrics["seconds"] == run.run_time_s for run in records)
    assert all(run.metrics["acc"] > 0.5 for run in records)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "parameters"', 'name = "parameter"', "expected a name of torchmetrics, got 'parameter'"),
        ('name = "parameters"', 'name = "reported"', 'metrics.size: "reported" is what a training loop gives, and arm one has none'),
        ('model = "own_nets:Net"\n\n', 'model = "own_nets:Net"\ntrainer = "vectorized"\n\n', 'metrics.learning: train_time_s of one run is not known where many seeds train together: arms.one.trainer: expected "autograd", got \'vectorized\''),
        ('model = "own_nets:Net"\n\n', 'command = "python3 x.py {seed}"\n\n', "metrics.size: expected a cost that arm one has, run_time_s, peak_memory_bytes, got parameters"),
        ('model = "own_nets:Net"\n\n', 'train = "own_loop:train"\n\n', "metrics.flops: expected a cost that arm one has, parameters, train_time_s, predict_time_s, run_time_s, peak_memory_bytes, got train_flops"),
    ],
)  # fmt: skip
def test_a_cost_that_an_arm_cannot_have_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = COSTS_TASK
    if "flops" in message:
        text = DIGITS_TASK + '\n[metrics.flops]\nname = "train_flops"\ndirection = "lower"\n'
    with pytest.raises(SuiteError) as error:
        jobs_of(load_own(tmp_path, text.replace(old, new)))
    assert message in str(error.value)


def test_a_diverged_run_has_no_costs_as_metrics(tmp_path: Path) -> None:
    job = jobs_of(load_own(tmp_path, COSTS_TASK))[0]
    outcome = Outcome(seed=0, status="diverged", reason="nan", parameters=3)
    assert as_result(job, outcome, run_time_s=1.0).metrics == {}


def test_costs_move_the_question_only_of_tasks_that_have_them() -> None:
    text = COMMAND_TASK.replace(', inputs = ["data.csv"]', "")
    cost = '\n[metrics.seconds]\nname = "run_time_s"\ndirection = "lower"\nunit = "none"\n'
    without, having = (
        make_plan(load_text(each), device="cpu").parts["low"] for each in (text, text + cost)
    )
    assert "costs" not in without
    assert having["costs"] == {"seconds": "run_time_s"}
    assert without["from"] == having["from"]
