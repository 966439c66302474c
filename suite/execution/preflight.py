"""Checks a task by building each of its arms and training it on two batches.

This finds errors in the code that a task file names, which the file itself cannot show. A training
loop of the user's is imported and not called. Nothing is stored. Code of the user's runs in this
process: suite.execution.examining makes one for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from suite.errors import SuiteError
from suite.execution.examining import Checked
from suite.execution.in_process import fault_of, import_users
from suite.execution.memory import limited_memory
from suite.execution.torch_state import require_beginning
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.provenance.lookup import digest_of
from suite.provenance.references import load
from suite.result import DeviceKind, Outcome
from suite.task.arms import is_users_loop
from suite.task.protocol import USER_CODE_LIMITS
from suite.task.schema import Task
from suite.training.autograd import initial_model
from suite.training.custom import OwnRecipe
from suite.training.job_recipe import make_replicate
from suite.training.measure import weights_hash
from suite.training.numerics import fix_numerics
from suite.training.recipe import Recipe, Replicate, Tensors

MOST_MEMORY_BYTES = USER_CODE_LIMITS.memory_bytes or 0  # where a task names no limit
TEST_ITEMS = 100
BATCHES = 2


def devices() -> list[DeviceKind]:
    """The devices that are here."""
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def examine_here(task: Task) -> Iterator[Checked]:
    """`examine` on each device that is here."""
    for device in devices():
        yield from examine(task, device)


def examine(task: Task, device: DeviceKind) -> Iterator[Checked]:
    """Each arm with a model, checked, on each data set.

    Raises SuiteError, in one line with the field, for the first thing that is wrong; its cause is
    the error itself.
    """
    seeds = (*task.protocol.seeds[:2], max(task.protocol.seeds) + 1)[:2]
    for job in {job.cell: job for job in make_plan(task, device=device, seeds=seeds).jobs}.values():
        if job.settings.command is not None:
            continue
        field = job.field
        most_bytes = job.limits.memory_bytes or MOST_MEMORY_BYTES
        try:
            with limited_memory(most_bytes):
                checked = _check_arm(field, replace(job, seeds=seeds))
            yield checked
        except SuiteError as error:
            text = str(error)
            raise SuiteError(text if text.startswith(field) else f"{field}: {text}") from error
        except Exception as error:
            cause = error.__cause__ or error
            if fault_of(cause) == "outside":
                raise SuiteError(
                    f"{field}: expected data and a model that fit into {most_bytes / 2**30:.1f} GiB"
                    " of memory, got larger ones: protocol.memory_bytes is the limit"
                ) from error
            raise SuiteError(
                f"{field}: {type(cause).__name__}: {cause}; `suite --debug` shows where"
            ) from error


def _check_arm(field: str, job: Job) -> Checked:
    require_beginning(import_users(job))
    fix_numerics(job.settings.threads)
    recipe = load(job.references.recipe)(job)
    if is_users_loop(job.settings):
        return _check_loop(field, job)
    first, second = (
        _shorten(make_replicate(job, seed), job.settings.batch_size) for seed in job.seeds
    )
    if job.settings.train is None:
        recipe = replace(recipe, epochs=1)
        _require_equal_builds(field, recipe, first)
    outcome, repeated, other = (
        _train(field, job, recipe, replicate) for replicate in (first, first, second)
    )
    if outcome.hashes != repeated.hashes or outcome.metrics != repeated.metrics:
        raise SuiteError(
            f"{field}: expected the same results from two trainings under seed {outcome.seed}, got"
            " different ones: something draws from a generator of its own, or keeps a state"
            " between runs"
        )
    if outcome.hashes == other.hashes and outcome.metrics == other.metrics:
        raise SuiteError(
            f"{field}: expected seeds {outcome.seed} and {other.seed} to differ in something, got"
            " the same results"
        )
    wanted = ", ".join(key for key in job.metrics if not job.measures_cost(key))
    if wanted and not outcome.metrics:
        raise SuiteError(
            f"{field}: expected one of the metrics {wanted}, got none: no output or target that"
            " they are of"
        )
    return Checked(
        field,
        job.cell,
        job.device,
        outcome.parameters,
        tuple(outcome.metrics),
        certified="final_weights" in outcome.hashes,
        bits=digest_of([outcome.hashes, outcome.metrics]),
        data="",
    )


def _check_loop(field: str, job: Job) -> Checked:
    """What a user's loop would be given: it may take hours and write files, so it is not called."""
    dataset = make_replicate(job, job.seeds[0]).dataset
    return Checked(
        field,
        job.cell,
        job.device,
        parameters=None,
        metrics=job.metrics,
        certified=False,
        bits="",
        data=f"{len(dataset.train)} training and {len(dataset.test)} test items of"
        f" {_shapes(dataset.train.inputs)}; targets {_shapes(dataset.train.targets)}",
    )


def _shapes(tensors: Tensors) -> str:
    """The names and shapes of one item."""
    return ", ".join(f"{name} {tuple(value.shape[1:])}" for name, value in tensors.items())


def _train(field: str, job: Job, recipe: Recipe | OwnRecipe, replicate: Replicate) -> Outcome:
    """The outcome of a training. Raises SuiteError where it diverged."""
    outcome: Outcome
    (outcome,) = load(job.references.trainer)(recipe, [replicate], torch.device(job.device))
    if outcome.status != "ok":
        raise SuiteError(f"{field}: {outcome.status} within {BATCHES} batches: {outcome.reason}")
    return outcome


def _require_equal_builds(field: str, recipe: Recipe, replicate: Replicate) -> None:
    """Raises SuiteError unless two models that are built under one seed have the same weights."""
    first, second = (
        weights_hash(initial_model(recipe, replicate.initialisation)) for _ in range(2)
    )
    if first != second:
        raise SuiteError(
            f"{field}.model: expected equal weights from two builds under one seed, got different"
            " ones: draw them with torch's global generator, which is seeded before a model is"
            " built"
        )


def _shorten(replicate: Replicate, batch_size: int) -> Replicate:
    """The replicate with its first batches and its first test items alone."""
    dataset = replicate.dataset
    count = len(dataset.train)
    kept = min(count, BATCHES * batch_size)
    if count > batch_size and count % batch_size:
        # the last batch is smaller, and may be too small
        kept = min(count, batch_size + count % batch_size)
    short = replace(dataset, train=dataset.train.first(kept), test=dataset.test.first(TEST_ITEMS))
    return replace(replicate, dataset=short)
