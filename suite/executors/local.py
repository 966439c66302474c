"""Runs jobs in this process: resolves names, sets the numerics, draws the data, calls the trainer, makes the records."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from functools import partial

import torch
from torch import nn

from suite.data import DATASETS
from suite.environment import CUBLAS_WORKSPACE_CONFIG
from suite.executors.records import as_result, failed
from suite.losses import LOSSES
from suite.metrics import METRICS
from suite.plan import TRAINERS, Job, model_reference
from suite.references import load
from suite.result import Outcome, Result
from suite.training.recipe import Recipe, Replicate, Tensors


def execute(jobs: Iterable[Job]) -> Iterator[Result]:
    """One result a run, as they come. A run that raises is a failed result with the reason."""
    for job in jobs:
        yield from run_job(job)


def run_job(job: Job) -> Iterator[Result]:
    """The results of one job. Whatever its arm raises fails the runs that are not done yet."""
    waiting, start = list(job.seeds), time.perf_counter()
    try:
        for outcome in _outcomes(job):
            waiting.remove(outcome.seed)
            yield as_result(job, outcome, run_time_s=time.perf_counter() - start)
            start = start if outcome.seeds_together > 1 else time.perf_counter()
    except Exception as error:
        for seed in waiting:
            yield failed(job, seed, f"{type(error).__name__}: {error}")


def fix_numerics(threads: int) -> None:
    """What decides bits and is global to the process: threads, deterministic kernels, no TF32."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = CUBLAS_WORKSPACE_CONFIG
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    torch.backends.fp32_precision = "ieee"  # type: ignore[attr-defined]


def make_recipe(job: Job) -> Recipe:
    """The job's settings with every name replaced by what it names."""
    settings = job.settings
    factory = load(model_reference(settings.model))
    return Recipe(
        build=partial(_build, factory, settings.arguments),
        loss=partial(_weighted_sum, [(weight, LOSSES[name]) for name, weight in settings.loss.items()]),
        metrics={name: METRICS[name] for name in job.metrics},
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        optimizer=settings.optimizer,
    )


def make_replicate(job: Job, seed: int) -> Replicate:
    """The job's data and streams under one seed."""
    streams = job.streams(seed)
    dataset = load(DATASETS[job.data.name].load)(job.data, streams["data"])
    return Replicate(seed, dataset, streams["initialisation"], streams["batch_order"], streams["noise"])


def _outcomes(job: Job) -> Iterator[Outcome]:
    fix_numerics(job.settings.threads)
    device = torch.device(job.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("device: expected a CUDA device, found none")
    replicates = [make_replicate(job, seed) for seed in job.seeds]
    yield from load(TRAINERS[job.settings.trainer].train)(make_recipe(job), replicates, device)


def _build(factory: type[nn.Module], arguments: dict[str, object]) -> nn.Module:
    return factory(**arguments)


def _weighted_sum(terms: list[tuple[float, object]], outputs: Tensors, targets: Tensors) -> torch.Tensor:
    return sum(weight * term(outputs, targets) for weight, term in terms)  # type: ignore[operator, return-value]
