"""The epochs of training, the same for every trainer: batch order, steps, evaluation, and what a
run keeps.

Shapes: S seeds are trained side by side, each on its own data: inputs (S, N, ...), targets (S, N,
...).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import torch

from suite.plan.lanes import LANES as PLACES
from suite.result import ModelTable, Outcome
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

    def step(self, inputs: torch.Tensor, targets: Tensors) -> torch.Tensor:
        """Learns from a batch, inputs (S, B, ...). Gives each seed's loss before it (S,), the mean
        over its batch."""

    def outputs(self, inputs: torch.Tensor) -> Tensors:
        """Each model's outputs in evaluation mode, by name, (S, B, ...)."""

    def weights(self, place: int) -> Iterable[tuple[str, torch.Tensor]]:
        """All parameters and buffers of the model at `place`, in the order of its definition."""


@dataclass
class _Course:
    """How one seed fared so far. `hashes` are final once its status is not ok."""

    history: dict[str, list[float | None]] = field(default_factory=lambda: {"loss": []})
    metrics: dict[str, float] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


def side_by_side(
    replicates: Sequence[Replicate], device: torch.device
) -> tuple[list[Replicate], list[int]]:
    """What to train so that no seed's bits depend on the others: a replicate for every lane, and
    the lane of each of `replicates`. A seed's lane is the seed modulo 16, plus a multiple of 16;
    lanes between are filled with the first one."""
    in_class: dict[int, int] = {}
    places = []
    for one in replicates:
        place = one.seed % PLACES
        places.append(place + PLACES * in_class.get(place, 0))
        in_class[place] = in_class.get(place, 0) + 1
    least, times = FEWEST_LANES[device.type], LANES_TIMES[device.type]
    lanes = [replicates[0]] * (-(-max(least, max(places) + 1) // times) * times)
    for place, one in zip(places, replicates, strict=True):
        lanes[place] = one
    return lanes, places


@contextmanager
def one_thread() -> Iterator[None]:
    """Kernels of this block run on one thread: with more, a batched product is cut up by how many
    there are, and rounds otherwise. All cores are kept busy by several jobs instead."""
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
    table: ModelTable,
    flops: int,
    places: Sequence[int],
    train_targets: Tensors | None = None,
) -> list[Outcome]:
    """The outcomes of the replicates at `places`. A loss or output that is not finite ends a run as
    diverged, with the history up to there. `train_targets` (S, N, ...) stand in for the dataset's.
    """
    inputs = torch.stack([one.dataset.train.inputs for one in replicates]).to(device)
    targets = {
        name: value.to(device) for name, value in (train_targets or _stacked(replicates)).items()
    }
    test_inputs = torch.stack([one.dataset.test.inputs for one in replicates]).to(device)
    orders = [torch.Generator().manual_seed(one.batch_order) for one in replicates]
    courses = {
        s: _Course(hashes={"initial_weights": tensors_hash(learner.weights(s))}) for s in places
    }
    stopwatch = Stopwatch(device)
    for epoch in range(1, recipe.epochs + 1):
        shuffled = torch.stack(
            [torch.randperm(inputs.shape[1], generator=order) for order in orders]
        ).to(device)
        with stopwatch.running():
            losses = _train_epoch(recipe, learner, inputs, targets, shuffled)
        outputs = {name: value.cpu() for name, value in _predict(learner, test_inputs).items()}
        for s, course in courses.items():
            if course.reason is None:
                mine = {name: value[s] for name, value in outputs.items()}
                _note(recipe, course, losses[s], mine, replicates[s], epoch)
                if course.reason or epoch == recipe.epochs:
                    course.hashes["final_weights"] = tensors_hash(learner.weights(s))
                    course.hashes["test_outputs"] = tensors_hash(sorted(mine.items()))
        if all(course.reason for course in courses.values()):
            break
    parameters = table.total_parameters
    return [
        Outcome(
            seed=replicates[s].seed,
            status="diverged" if course.reason else "ok",
            reason=course.reason,
            metrics={} if course.reason else course.metrics,
            history={name: tuple(values) for name, values in course.history.items()},
            hashes=course.hashes,
            parameters=parameters,
            model=table,
            train_time_s=stopwatch.total_s,
            train_flops=flops,
            seeds_together=len(places),
        )
        for s, course in courses.items()
    ]


def _stacked(replicates: Sequence[Replicate]) -> Tensors:
    names = replicates[0].dataset.train.targets
    return {
        name: torch.stack([one.dataset.train.targets[name] for one in replicates]) for name in names
    }


def _train_epoch(
    recipe: Recipe, learner: Learner, inputs: torch.Tensor, targets: Tensors, shuffled: torch.Tensor
) -> list[float]:
    """Steps through one epoch, each seed in its order `shuffled` (S, N). Gives each seed's loss,
    the mean over its examples."""
    seeds, count = shuffled.shape
    rows = torch.arange(seeds, device=inputs.device).unsqueeze(1)
    batches = inputs[rows, shuffled].split(recipe.batch_size, dim=1)
    expected = {
        name: value[rows, shuffled].split(recipe.batch_size, dim=1)
        for name, value in targets.items()
    }
    total = torch.zeros(seeds, device=inputs.device)
    for index, batch in enumerate(batches):
        total += (
            learner.step(batch, {name: parts[index] for name, parts in expected.items()})
            * batch.shape[1]
        )
    return [float(loss) for loss in total / count]


def _predict(learner: Learner, inputs: torch.Tensor) -> Tensors:
    parts = [learner.outputs(batch) for batch in inputs.split(EVALUATION_BATCH, dim=1)]
    return {name: torch.cat([part[name] for part in parts], dim=1) for name in parts[0]}


def _note(
    recipe: Recipe, course: _Course, loss: float, outputs: Tensors, replicate: Replicate, epoch: int
) -> None:
    course.history["loss"].append(finite(loss))
    course.metrics = measure(recipe, outputs, replicate.dataset.test.targets)
    for name, value in course.metrics.items():
        course.history.setdefault(name, []).append(value)
    if course.history["loss"][-1] is None or not is_finite(outputs):
        course.reason = f"training loss {loss}, or a test output, not finite in epoch {epoch}"
