"""Runs jobs in this process."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Iterator

import torch

from suite.execution.outcomes import as_result, failed
from suite.plan.job import Job
from suite.provenance.environment import require_numerics
from suite.provenance.references import load
from suite.result import Fault, Outcome, Result
from suite.training.job_recipe import make_replicate
from suite.training.numerics import fix_numerics


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
            yield as_result(
                job,
                outcome,
                run_time_s=time.perf_counter() - start,
                peak_memory_bytes=_peak_memory_bytes(),
            )
            start = start if outcome.seeds_together > 1 else time.perf_counter()
    except Exception as error:
        cause = error.__cause__ or error  # torchinfo hides the error of a model in one of its own
        for seed in waiting:
            yield failed(job, seed, f"{type(cause).__name__}: {cause}", fault_of(cause))


def _peak_memory_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB


class NoDeviceError(RuntimeError):
    """The device that was asked for is not there."""


def fault_of(error: BaseException) -> Fault:
    """Whose fault an error is: "outside" where memory or the device was lacking."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError | NoDeviceError):
        return "outside"
    return (
        "outside" if "allocate memory" in str(error) else "arm"
    )  # torch's allocator on the CPU has no class for it


def _outcomes(job: Job) -> Iterator[Outcome]:
    require_numerics(job.settings.numerics)
    fix_numerics(job.settings.threads)
    device = torch.device(job.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise NoDeviceError("device: expected a CUDA device, found none")
    train, recipe = load(job.references.trainer), load(job.references.recipe)(job)
    if job.references.digest() != job.source:
        raise RuntimeError("the source changed after this run was planned")
    yield from train(recipe, [make_replicate(job, seed) for seed in job.seeds], device)
