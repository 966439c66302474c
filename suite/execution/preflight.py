"""Checks a task by building each of its arms and training it on two batches: what a file cannot say
of the code it names.

Nothing is stored, and nothing is isolated: code of the user's runs in this process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from suite.errors import SuiteError
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.provenance.references import load
from suite.result import DeviceKind
from suite.task.schema import Task

if TYPE_CHECKING:
    from suite.data.dataset import Dataset, Split
    from suite.result import Outcome
    from suite.training.recipe import Replicate

TEST_ITEMS = 100
BATCHES = 2


@dataclass(frozen=True)
class Checked:
    """What a good arm on a device is: its size, what it is measured by, whether its weights can be
    certified."""

    arm: str
    device: DeviceKind
    parameters: int | None
    metrics: tuple[str, ...]
    certified: bool


def devices() -> list[DeviceKind]:
    """The devices that are here."""
    import torch

    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def examine(task: Task, device: DeviceKind) -> Iterator[Checked]:
    """What each arm is. Raises SuiteError, in one line with the field, for the first
    thing that is wrong; its cause is the error itself."""
    seeds = (*task.protocol.seeds[:2], max(task.protocol.seeds) + 1)[:2]
    for job in {job.arm: job for job in make_plan(task, device=device, seeds=seeds).jobs}.values():
        field = f"{task.name}: arms.{job.arm}"
        try:
            yield _examine_arm(field, replace(job, seeds=seeds))
        except SuiteError as error:
            text = str(error)
            raise SuiteError(text if text.startswith(field) else f"{field}: {text}") from error
        except Exception as error:
            cause = error.__cause__ or error
            raise SuiteError(
                f"{field}: {type(cause).__name__}: {cause}; `suite --debug` shows where"
            ) from error


def _examine_arm(field: str, job: Job) -> Checked:
    from suite.training.prepare import fix_numerics

    fix_numerics(job.settings.threads)
    recipe = load(job.references.recipe)(job)
    make_replicate = load(job.references.replicate)
    first, second = (
        _shorten(make_replicate(job, seed), job.settings.batch_size) for seed in job.seeds
    )
    if job.settings.train is None:
        recipe = replace(recipe, epochs=1)
        _require_equal_builds(field, recipe, first)
    result, again, other = (
        _train(field, job, recipe, replicate) for replicate in (first, first, second)
    )
    if result.hashes != again.hashes or result.metrics != again.metrics:
        raise SuiteError(
            f"{field}: expected the same results from two trainings under seed {result.seed}, got"
            " different ones: something draws from a generator of its own, or keeps a state"
            " between runs"
        )
    if result.hashes == other.hashes and result.metrics == other.metrics:
        raise SuiteError(
            f"{field}: expected seeds {result.seed} and {other.seed} to differ in something, got the"
            " same results"
        )
    if not result.metrics:
        wanted = ", ".join(job.metrics)
        raise SuiteError(
            f"{field}: expected one of the metrics {wanted}, got none: no output or target that"
            " they are of"
        )
    certified = "final_weights" in result.hashes
    return Checked(job.arm, job.device, result.parameters, tuple(result.metrics), certified)


def _train(field: str, job: Job, recipe: Any, replicate: Replicate) -> Outcome:
    import torch

    (outcome,) = load(job.references.trainer)(recipe, [replicate], torch.device(job.device))
    if outcome.status != "ok":
        raise SuiteError(f"{field}: {outcome.status} within {BATCHES} batches: {outcome.reason}")
    checked: Outcome = outcome
    return checked


def _require_equal_builds(field: str, recipe: Any, replicate: Replicate) -> None:
    """Raises SuiteError unless two models that are built under one seed have the same weights."""
    from suite.training.autograd import initial_model
    from suite.training.measure import weights_hash

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
    dataset: Dataset = replicate.dataset
    count = len(dataset.train.inputs)
    kept = min(count, BATCHES * batch_size)
    if count > batch_size and count % batch_size:
        # the last batch is smaller, and may be too small
        kept = min(count, batch_size + count % batch_size)
    return replace(
        replicate,
        dataset=replace(
            dataset,
            train=_cut_split(dataset.train, kept),
            test=_cut_split(dataset.test, TEST_ITEMS),
        ),
    )


def _cut_split(split: Split, count: int) -> Split:
    changes: dict[str, Any] = {
        "inputs": split.inputs[:count],
        "targets": _cut(split.targets, count),
    }
    if hasattr(split, "named"):
        changes["named"] = _cut(split.named, count)
    return replace(split, **changes)


def _cut(values: Mapping[str, Any], count: int) -> dict[str, Any]:
    return {name: value[:count] for name, value in values.items()}
