"""The training loop that all trainers share.

It sets the order of batches, takes the steps, evaluates, and decides what a run keeps.

Shapes: S seeds are trained side by side, each in its lane and on its own data: every input and
target is (S, N, ...).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch

from suite.plan.lanes import lanes_of
from suite.result import ModelTable, Outcome
from suite.training.epochs import tell_epoch
from suite.training.feeding import draw_order
from suite.training.items import items_of
from suite.training.measure import EVALUATION_BATCH, finite, is_finite, measure, tensors_hash
from suite.training.stopwatch import Stopwatch

if TYPE_CHECKING:
    from suite.training.recipe import Recipe, Replicate, Tensors

# How many models are trained at least, and in multiples of how many. A batched product of one
# matrix takes other kernels, which round otherwise (seen on the CPU for layers of one neuron);
# CUDA's libraries may choose by the number of matrices.
FEWEST_LANES = {"cpu": 2, "cuda": 128}
LANES_TIMES = {"cpu": 1, "cuda": 128}


class Learner(Protocol):
    """S models that learn side by side."""

    def step(self, inputs: Tensors, targets: Tensors) -> torch.Tensor:
        """Each seed's loss before it learns from a batch (S,), the mean over its batch.

        Inputs and targets by name, each (S, B, ...).
        """

    def outputs(self, inputs: Tensors) -> Tensors:
        """Each model's outputs in evaluation mode, by name, (S, B, ...)."""

    def weights(self, lane: int) -> Iterable[tuple[str, torch.Tensor]]:
        """All parameters and buffers of the model in `lane`, in the order of its definition."""


@dataclass
class _Course:
    """How one seed fared so far. `hashes` are final once its status is not ok."""

    history: dict[str, list[float | None]] = field(default_factory=lambda: {"loss": []})
    metrics: dict[str, float] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    items: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None


def side_by_side(
    replicates: Sequence[Replicate], device: torch.device
) -> tuple[list[Replicate], list[int]]:
    """A replicate for every lane, and the lane of each of `replicates` (suite.plan.lanes).

    Training these keeps a seed's bits independent of the other seeds. Lanes that no seed uses train
    a copy of the first replicate.
    """
    lanes = lanes_of(replicate.seed for replicate in replicates)
    fewest, times = FEWEST_LANES[device.type], LANES_TIMES[device.type]
    in_lanes = [replicates[0]] * (-(-max(fewest, max(lanes) + 1) // times) * times)
    for lane, replicate in zip(lanes, replicates, strict=True):
        in_lanes[lane] = replicate
    return in_lanes, lanes


@contextmanager
def one_thread() -> Iterator[None]:
    """Runs the kernels of this block on one thread.

    With more threads, the way a batched product is split, and so its rounding, depends on their
    number. Several jobs at once keep all cores busy instead.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train_together(
    recipe: Recipe,
    replicates: Sequence[Replicate],
    learner: Learner,
    device: torch.device,
    *,
    table: ModelTable | None,
    parameters: int,
    flops: int,
    lanes: Sequence[int],
    train_targets: Tensors | None = None,
) -> list[Outcome]:
    """The outcomes of those replicates that are in `lanes`.

    A loss or output that is not finite ends a run as diverged, with the history up to there.
    `train_targets` (S, N, ...) stand in for the dataset's.
    """
    train = [replicate.dataset.train for replicate in replicates]
    inputs = _stacked([split.inputs for split in train], device)
    if train_targets is None:
        targets = _stacked([split.targets for split in train], device)
    else:
        targets = {name: target.to(device) for name, target in train_targets.items()}
    test_inputs = _stacked([replicate.dataset.test.inputs for replicate in replicates], device)
    orders = [torch.Generator().manual_seed(replicate.batch_order) for replicate in replicates]
    courses = {
        lane: _Course(hashes={"initial_weights": tensors_hash(learner.weights(lane))})
        for lane in lanes
    }
    stopwatch, first_epoch_s = Stopwatch(device), 0.0
    for epoch in range(1, recipe.epochs + 1):
        shuffled = torch.stack(
            [
                draw_order(recipe.sampler, split.targets, order)
                for split, order in zip(train, orders, strict=True)
            ]
        ).to(device)
        with stopwatch.running():
            losses = _train_epoch(recipe, learner, inputs, targets, shuffled)
        first_epoch_s = stopwatch.total_s if epoch == 1 else first_epoch_s
        with (predicting := Stopwatch(device)).running():
            outputs = {name: value.cpu() for name, value in _predict(learner, test_inputs).items()}
        for lane, course in courses.items():
            if course.reason is None:
                of_lane = {name: value[lane] for name, value in outputs.items()}
                _note_epoch(recipe, course, losses[lane], of_lane, replicates[lane], epoch)
                if course.reason or epoch == recipe.epochs:
                    course.hashes["final_weights"] = tensors_hash(learner.weights(lane))
                    course.hashes["test_outputs"] = tensors_hash(sorted(of_lane.items()))
                if course.reason is None and epoch == recipe.epochs:
                    test = replicates[lane].dataset.test
                    course.items = items_of(recipe.metrics, of_lane, test)
        tell_epoch(epoch, recipe.epochs)
        if all(course.reason for course in courses.values()):
            break
    return [
        Outcome(
            seed=replicates[lane].seed,
            status="diverged" if course.reason else "ok",
            reason=course.reason,
            metrics={} if course.reason else course.metrics,
            history={name: tuple(values) for name, values in course.history.items()},
            hashes=course.hashes,
            parameters=parameters,
            model=table,
            train_time_s=stopwatch.total_s,
            first_epoch_s=first_epoch_s,
            predict_time_s=predicting.total_s,
            train_flops=flops,
            seeds_together=len(lanes),
            **course.items,
        )
        for lane, course in courses.items()
    ]


def _stacked(of_lanes: Sequence[Tensors], device: torch.device) -> dict[str, torch.Tensor]:
    """The tensors of all lanes by name, (S, N, ...). Those of a single one are not copied."""
    if len(of_lanes) == 1:
        return {name: tensor.unsqueeze(0).to(device) for name, tensor in of_lanes[0].items()}
    return {
        name: torch.stack([tensors[name] for tensors in of_lanes]).to(device)
        for name in of_lanes[0]
    }


def _train_epoch(
    recipe: Recipe, learner: Learner, inputs: Tensors, targets: Tensors, shuffled: torch.Tensor
) -> list[float]:
    """Each seed's loss in one epoch of steps, the mean over its examples.

    `shuffled` (S, N): the order of each seed's examples.
    """
    seeds, count = shuffled.shape
    rows = torch.arange(seeds, device=shuffled.device).unsqueeze(1)
    batches, expected = (
        _in_batches(
            {name: tensor[rows, shuffled] for name, tensor in tensors.items()}, recipe.batch_size
        )
        for tensors in (inputs, targets)
    )
    total = torch.zeros(seeds, device=shuffled.device)
    for batch, targets_of_batch in zip(batches, expected, strict=True):
        total += learner.step(batch, targets_of_batch) * next(iter(batch.values())).shape[1]
    return [float(loss) for loss in total / count]


def _predict(learner: Learner, inputs: Tensors) -> Tensors:
    """The outputs for all inputs by name, (S, N, ...).

    A model may change what it is given: it is given a copy.
    """
    copies = {name: tensor.clone() for name, tensor in inputs.items()}
    parts = [learner.outputs(batch) for batch in _in_batches(copies, EVALUATION_BATCH)]
    return {name: torch.cat([part[name] for part in parts], dim=1) for name in parts[0]}


def _in_batches(tensors: Tensors, size: int) -> list[dict[str, torch.Tensor]]:
    """The tensors (S, N, ...) in parts (S, size, ...), the last one with what is left."""
    names, parts = list(tensors), [tensor.split(size, dim=1) for tensor in tensors.values()]
    return [dict(zip(names, part, strict=True)) for part in zip(*parts, strict=True)]


def _note_epoch(
    recipe: Recipe, course: _Course, loss: float, outputs: Tensors, replicate: Replicate, epoch: int
) -> None:
    """Adds an epoch's loss and metrics to the course of a seed, and why it ends there."""
    course.history["loss"].append(finite(loss))
    course.metrics = measure(recipe, outputs, replicate.dataset.test.targets)
    for name, value in course.metrics.items():
        course.history.setdefault(name, []).append(value)
    if course.history["loss"][-1] is None or not is_finite(outputs):
        course.reason = f"training loss {loss}, or a test output, not finite in epoch {epoch}"
