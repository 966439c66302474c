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
    """What was found of an arm on a device, where nothing is wrong."""

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
    """What was found of each arm. Raises SuiteError, in one line with the field, for the first
    thing that is wrong; its cause is the error itself."""
    seeds = (*task.protocol.seeds[:2], max(task.protocol.seeds) + 1)[:2]
    for job in {job.arm: job for job in make_plan(task, device=device, seeds=seeds).jobs}.values():
        place = f"{task.name}: arms.{job.arm}"
        try:
            yield _examined(place, replace(job, seeds=seeds))
        except SuiteError as error:
            text = str(error)
            raise SuiteError(text if text.startswith(place) else f"{place}: {text}") from error
        except Exception as error:
            cause = error.__cause__ or error
            raise SuiteError(
                f"{place}: {type(cause).__name__}: {cause}; `suite --debug` shows where"
            ) from error


def _examined(place: str, job: Job) -> Checked:
    from suite.training.prepare import fix_numerics

    fix_numerics(job.settings.threads)
    recipe = load(job.references.recipe)(job)
    make_replicate = load(job.references.replicate)
    first, second = (
        _shortened(make_replicate(job, seed), job.settings.batch_size) for seed in job.seeds
    )
    if job.settings.train is None:
        recipe = replace(recipe, epochs=1)
        _require_equal_builds(place, recipe, first)
    one, again, other = (
        _outcome(place, job, recipe, replicate) for replicate in (first, first, second)
    )
    if one.hashes != again.hashes or one.metrics != again.metrics:
        raise SuiteError(
            f"{place}: expected the same results from two trainings under seed {one.seed}, got"
            " different ones: something draws from a generator of its own, or keeps a state"
            " between runs"
        )
    if one.hashes == other.hashes and one.metrics == other.metrics:
        raise SuiteError(
            f"{place}: expected seeds {one.seed} and {other.seed} to differ in something, got the"
            " same results"
        )
    if not one.metrics:
        wanted = ", ".join(job.metrics)
        raise SuiteError(
            f"{place}: expected one of the metrics {wanted}, got none: no output or target that"
            " they are of"
        )
    certified = "final_weights" in one.hashes
    return Checked(job.arm, job.device, one.parameters, tuple(one.metrics), certified)


def _outcome(place: str, job: Job, recipe: Any, replicate: Replicate) -> Outcome:
    import torch

    (outcome,) = load(job.references.trainer)(recipe, [replicate], torch.device(job.device))
    if outcome.status != "ok":
        raise SuiteError(f"{place}: {outcome.status} within {BATCHES} batches: {outcome.reason}")
    found: Outcome = outcome
    return found


def _require_equal_builds(place: str, recipe: Any, replicate: Replicate) -> None:
    """Raises SuiteError unless two models that are built under one seed have the same weights."""
    from suite.training.autograd import initial_model
    from suite.training.measure import weights_hash

    first, second = (
        weights_hash(initial_model(recipe, replicate.initialisation)) for _ in range(2)
    )
    if first != second:
        raise SuiteError(
            f"{place}.model: expected equal weights from two builds under one seed, got different"
            " ones: draw them with torch's global generator, which is seeded before a model is"
            " built"
        )


def _shortened(replicate: Replicate, batch_size: int) -> Replicate:
    """The replicate with its first batches and its first test items alone."""
    dataset: Dataset = replicate.dataset
    count = len(dataset.train.inputs)
    kept = min(count, BATCHES * batch_size)
    if count > batch_size and count % batch_size:
        kept = min(
            count, batch_size + count % batch_size
        )  # the last batch is smaller, and may be too small
    return replace(
        replicate,
        dataset=replace(
            dataset, train=_first(dataset.train, kept), test=_first(dataset.test, TEST_ITEMS)
        ),
    )


def _first(split: Split, count: int) -> Split:
    changes: dict[str, Any] = {
        "inputs": split.inputs[:count],
        "targets": _cut(split.targets, count),
    }
    if hasattr(split, "named"):
        changes["named"] = _cut(split.named, count)
    return replace(split, **changes)


def _cut(values: Mapping[str, Any], count: int) -> dict[str, Any]:
    return {name: value[:count] for name, value in values.items()}
