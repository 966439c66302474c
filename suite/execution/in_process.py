"""Runs jobs in this process, one after another, without isolation and time-outs."""

from __future__ import annotations

import importlib
import resource
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import torch

from suite.execution.executor import POLL_S, Stopped, never
from suite.execution.files_read import forget_files, note_files, unforeseen_files
from suite.execution.memory import fitting_slots, free_bytes
from suite.execution.outcomes import as_result, failed
from suite.execution.torch_state import require_beginning
from suite.execution.tracebacks import users_traceback, with_place
from suite.execution.trial import Trials
from suite.plan.job import Job
from suite.provenance import environment
from suite.provenance.environment import require_numerics
from suite.provenance.references import load
from suite.result import DeviceKind, Fault, Outcome, Result
from suite.training.job_recipe import make_replicate
from suite.training.numerics import fix_numerics


class InProcess:
    """The executor that runs jobs in this process.

    A run that raises is a failed result with the reason.
    """

    slots = 1
    jobs_at_once = 1

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """The environment of runs on this machine."""
        return environment.describe(device, numerics)

    def fitted(self, jobs: Sequence[Job], trials: Trials) -> InProcess:
        """The same, where every job fits into the free memory; else raises SuiteError."""
        fitting_slots(self.slots, jobs, trials, free_bytes())
        return self

    def execute(
        self, jobs: Iterable[Job | None], stopped: Stopped = never
    ) -> Generator[list[Result]]:
        """One result a run, each as soon as it is there, until `stopped` says so."""
        for job in jobs:
            if job is None:
                time.sleep(POLL_S)
            for result in run_job(job) if job else ():
                yield [result]
                if stopped():
                    return
            if stopped():
                return


def run_job(job: Job, project: str | None = None) -> Iterator[Result]:
    """The results of one job. Whatever its arm raises fails the runs that are not done yet.

    `project`: the folder of the user's files, where this process is the job's alone: what it reads
    is noted then.
    """
    seeds_to_do, start = list(job.seeds), time.perf_counter()
    noted = None if project is None else note_files(project)
    try:
        require_beginning(import_users(job))
        for outcome in _outcomes(job):
            seeds_to_do.remove(outcome.seed)
            yield as_result(
                job,
                outcome,
                run_time_s=time.perf_counter() - start,
                peak_memory_bytes=peak_memory_bytes(),
                unforeseen=unforeseen_files(job, noted),
            )
            start = start if outcome.seeds_together > 1 else time.perf_counter()
    except Exception as error:
        cause = error.__cause__ or error  # torchinfo hides the error of a model in one of its own
        for seed in seeds_to_do:
            reason = with_place(f"{type(cause).__name__}: {cause}", cause)
            read, shown = unforeseen_files(job, noted), users_traceback(error)
            yield failed(job, seed, reason, fault_of(cause), read, shown)
    finally:
        forget_files()


def import_users(job: Job) -> list[str]:
    """Imports the modules that a job names and are not the suite's own; their names.

    What cannot be imported is left to who needs it, and says so.
    """
    references = (job.references.model, *job.references.named)
    modules = sorted({reference.partition(":")[0] for reference in references})
    users = [name for name in modules if name.partition(".")[0] != "suite"]
    for name in users:
        with suppress(Exception):
            importlib.import_module(name)
    return users


def require_planned(job: Job) -> None:
    """Raises RuntimeError where code is not as it was when the job was planned."""
    if changed := job.changed_code():
        raise RuntimeError(
            f"{Path(changed[0]).name}: the source changed after this run was planned: run it again"
        )


def peak_memory_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB


class NoDeviceError(RuntimeError):
    """The device that was asked for is not there."""


def fault_of(error: BaseException) -> Fault:
    """Whose fault an error is: "outside" where memory or the device was lacking."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError | NoDeviceError):
        return "outside"
    # torch's allocator on the CPU has no class for it
    return "outside" if "allocate memory" in str(error) else "arm"


def _outcomes(job: Job) -> Iterator[Outcome]:
    require_numerics(job.settings.numerics)
    fix_numerics(job.settings.threads)
    device = torch.device(job.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise NoDeviceError("device: expected a CUDA device, found none")
    train, recipe = load(job.references.trainer), load(job.references.recipe)(job)
    require_planned(job)
    yield from train(recipe, [make_replicate(job, seed) for seed in job.seeds], device)
