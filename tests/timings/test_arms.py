"""Micro-timings of every arm: a training step at its batch size, and inference of 1 and of 1,000
items.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.provenance.environment import describe, environment_id
from suite.result import DeviceKind
from suite.task.loading import load_task
from suite.training import autograd, manual
from suite.training.job_recipe import make_recipe, make_replicate
from suite.training.loop import Learner
from suite.training.numerics import fix_numerics
from suite.training.recipe import Recipe, Replicate
from suite.training.stopwatch import synchronize
from tests.support.tasks import REAL_TASKS

DEVICES: list[DeviceKind] = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
TASKS = [load_task(path) for path in REAL_TASKS]
ARMS = [(task, arm, device) for device in DEVICES for task in TASKS for arm in task.arms]
NAMES = [f"{task.name}-{arm}-{device}" for task, arm, device in ARMS]


@cache
def job_of(number: int) -> Job:
    """The job of an arm; made when it is timed, for a plan reads the source that each arm reaches."""
    task, arm, device = ARMS[number]
    return next(job for job in make_plan(task, device=device).jobs if job.arm == arm)


@cache
def prepared(number: int) -> tuple[Recipe, Replicate, torch.device]:
    job = job_of(number)
    device = torch.device(job.device)
    replicate = make_replicate(job, 0)
    return (
        make_recipe(job),
        Replicate(0, replicate.dataset.to(device), replicate.initialisation, 0, 0),
        device,
    )


def measure(
    benchmark: BenchmarkFixture, job: Job, what: str, step: Any, device: torch.device
) -> None:
    fields = {"task": job.task, "arm": job.arm, "what": what, "device": job.device}
    benchmark.extra_info.update(fields | {"environment": environment_id(describe(job.device))})

    def waited() -> None:
        step()
        synchronize(device)

    benchmark.pedantic(waited, rounds=10 if "1000" in what else 30, warmup_rounds=3)


@pytest.mark.parametrize("number", range(len(ARMS)), ids=NAMES)
def test_training_step(benchmark: BenchmarkFixture, number: int) -> None:
    job = job_of(number)
    fix_numerics(job.settings.threads)
    recipe, replicate, device = prepared(number)
    batch = replicate.dataset.train.first(recipe.batch_size)
    model = autograd.initial_model(recipe, replicate.initialisation).to(device)
    inputs, targets = (
        {name: tensor.unsqueeze(0) for name, tensor in tensors.items()}
        for tensors in (batch.inputs, batch.targets)
    )
    learner: Learner = autograd.OneModel(recipe, model, replicate.dataset)
    if job.settings.trainer == "manual":
        network = manual.stacked_network([model], device)
        learner = manual.Networks(network, [], eta=recipe.optimizer.lr)
        targets = {"d": torch.nn.functional.one_hot(targets["label"], 2).float()}
    measure(
        benchmark,
        job,
        f"training step, batch of {recipe.batch_size}",
        lambda: learner.step(inputs, targets),
        device,
    )


@pytest.mark.parametrize("items", [1, 1000])
@pytest.mark.parametrize("number", range(len(ARMS)), ids=NAMES)
def test_inference(benchmark: BenchmarkFixture, number: int, items: int) -> None:
    job = job_of(number)
    fix_numerics(job.settings.threads)
    recipe, replicate, device = prepared(number)
    (inputs,) = replicate.dataset.test.first(items).inputs.values()
    model = autograd.initial_model(recipe, replicate.initialisation).to(device).eval()
    if job.settings.trainer == "manual":
        network = manual.stacked_network([model], device)
        inputs = inputs.unsqueeze(0)
        step = lambda: network.forward(inputs)  # noqa: E731
    else:
        step = lambda: model(inputs)  # noqa: E731
    with torch.inference_mode():
        measure(benchmark, job, f"inference, batch of {items}", step, device)
