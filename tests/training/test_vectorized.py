"""All seeds at once: the same bits for a seed whatever trains beside it, and the same learning as
one seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from types import ModuleType

import pytest
import torch
from torch import nn
from torch.nn import functional

from suite.data.dataset import Dataset, Split
from suite.errors import SuiteError
from suite.models.cnn import DigitCNN
from suite.models.mlp import DigitMLP, SigmoidMLP
from suite.models.siamese import SeparateCNNs, SiameseCNN, UnsharedCNNs
from suite.result import Outcome
from suite.task.arms import ELEMENTWISE_OPTIMIZERS
from suite.task.updates import Optimizer, Schedule
from suite.training import autograd, manual, vectorized
from suite.training.dropout import Dropouts
from suite.training.loop import side_by_side
from suite.training.losses import LOSSES
from suite.training.metrics import METRICS
from suite.training.numerics import fix_numerics
from suite.training.recipe import Recipe, Replicate, Tensors
from suite.training.traced import traced

CPU = torch.device("cpu")
SGD = Optimizer(name="SGD", lr=0.1)
ADAM = Optimizer(name="Adam", lr=3e-3)
WHOLE = 11  # a batch of all that `replicate` trains on: half as many kinds of steps to trace


@pytest.fixture(autouse=True)
def _numerics() -> None:
    fix_numerics(threads=1)


def replicate(seed: int, kind: str) -> Replicate:
    """Random inputs: 11 to train on, 6 to test on, so that batches of 4 leave a smaller one behind."""
    draw = torch.Generator().manual_seed(seed + 1000)

    def split(count: int) -> Split:
        if kind == "points":
            return Split(
                {"inputs": torch.randn(count, 2, generator=draw)},
                {"label": torch.randint(2, (count,), generator=draw)},
            )
        if kind == "digits":
            digits = torch.randint(10, (count,), generator=draw)
            images = torch.randn(count, 1, 14, 14, generator=draw)
            return Split({"inputs": images}, {"digits": digits})
        digits = torch.randint(10, (count, 2), generator=draw)
        target = (digits[:, 0] <= digits[:, 1]).long()
        pairs = torch.randn(count, 2, 14, 14, generator=draw)
        return Split({"inputs": pairs}, {"digits": digits, "target": target})

    return Replicate(seed, Dataset(split(11), split(6)), seed + 1, seed + 2, seed + 3)


def recipe(
    build: Callable[[], nn.Module], *losses: str, optimizer: Optimizer = ADAM, epochs: int = 2
) -> Recipe:
    def loss(outputs: Tensors, targets: Tensors) -> torch.Tensor:
        return torch.stack([LOSSES[name](outputs, targets) for name in losses]).sum()

    metric = "accuracy" if losses == ("half_squared_error",) else "digit_accuracy"
    return Recipe(
        build, loss, {metric: METRICS[metric]}, epochs=epochs, batch_size=4, optimizer=optimizer
    )


class Busy(nn.Sequential):
    """Every kind of layer that draws, keeps a state, normalises or is no plain arithmetic."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 6, 3, padding=1, groups=1),
            nn.BatchNorm2d(6),
            nn.GELU(),
            nn.Dropout2d(0.3),
            nn.AvgPool2d(2),
            nn.Conv2d(6, 4, 3, stride=2),
            nn.GroupNorm(2, 4),
            nn.SiLU(inplace=True),
            nn.Flatten(),
            nn.LayerNorm(36),
            nn.Linear(36, 9),
            nn.Tanh(),
            nn.Dropout(0.5),
            nn.Linear(9, 10),
        )


DISC = [2, 9, 5, 2]
BUILT_IN = {
    "mlp": (recipe(DigitMLP, "digit_cross_entropy"), "digits", vectorized),
    "cnn": (recipe(DigitCNN, "digit_cross_entropy"), "digits", vectorized),
    "siamese": (
        recipe(SiameseCNN, "target_cross_entropy", "digit_cross_entropy"),
        "pairs",
        vectorized,
    ),
    "separate": (recipe(SeparateCNNs, "digit_cross_entropy"), "pairs", vectorized),
    "unshared": (recipe(UnsharedCNNs, "target_cross_entropy"), "pairs", vectorized),
    "disc": (
        recipe(partial(SigmoidMLP, DISC), "half_squared_error", optimizer=SGD),
        "points",
        vectorized,
    ),
    "disc by hand": (
        recipe(partial(SigmoidMLP, DISC), "half_squared_error", optimizer=SGD),
        "points",
        manual,
    ),
    "busy": (recipe(Busy, "digit_cross_entropy"), "digits", vectorized),
}


def bits(outcome: Outcome) -> object:
    """All of an outcome but its times."""
    return outcome.model_dump(
        exclude={"train_time_s", "first_epoch_s", "predict_time_s", "seeds_together"}
    )


def train(trainer: ModuleType, recipe: Recipe, kind: str, seeds: Sequence[int]) -> list[Outcome]:
    return list(trainer.train(recipe, [replicate(seed, kind) for seed in seeds], CPU))


@cache
def trained(name: str, *seeds: int) -> list[Outcome]:
    """What comes of training these seeds of one of BUILT_IN together: once, for several tests."""
    made, kind, trainer = BUILT_IN[name]
    return train(trainer, made, kind, seeds)


LARGE = ("mlp", "cnn", "siamese", "separate", "unshared", "busy")
COUNTS = (2, 7, 20)  # the least, a part of a block of lanes, and more than one


def marked(names: Sequence[str]) -> list[object]:
    """The names as parameters, the large networks' with the mark `slow`."""
    return [pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in names]


def among(count: int) -> tuple[int, ...]:
    """Seeds 3 and 0, and so many that there are `count`, between them."""
    return 3, *range(100, 98 + count), 0


def counted(names: Sequence[str], fast: Sequence[str]) -> list[object]:
    """Each name with each of COUNTS. Slow are all but the greatest count of those that are fast."""
    return [
        pytest.param(
            name, count, marks=() if name in fast and count == COUNTS[-1] else pytest.mark.slow
        )
        for name in names
        for count in COUNTS
    ]


@pytest.mark.parametrize(("name", "together"), counted([*BUILT_IN], ["disc by hand"]))
def test_a_seeds_bits_do_not_depend_on_how_many_train_with_it(name: str, together: int) -> None:
    seeds = among(together)
    outcomes = trained(name, *seeds)
    assert [outcome.seed for outcome in outcomes] == [*seeds]
    assert bits(outcomes[0]) == bits(trained(name, 3)[0])
    assert bits(outcomes[-1]) == bits(trained(name, 0)[0])
    assert outcomes[0].seeds_together == together


@pytest.mark.parametrize("name", marked(["mlp", "disc", "disc by hand", "busy"]))
def test_a_seeds_bits_do_not_depend_on_the_threads(name: str) -> None:
    made, kind, trainer = BUILT_IN[name]
    one = trained(name, 3)
    torch.set_num_threads(2)
    (other,) = train(trainer, made, kind, [3])
    assert bits(other) == bits(one[0])
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    "name", marked([name for name in BUILT_IN if name not in ("busy", "disc by hand")])
)
def test_it_learns_what_autograd_learns(name: str) -> None:
    made, kind, _ = BUILT_IN[name]
    for seed, plain in zip((3, 0), train(autograd, made, kind, [3, 0]), strict=True):
        (mine,) = trained(name, seed)
        assert mine.hashes["initial_weights"] == plain.hashes["initial_weights"]
        assert mine.history["loss"] == pytest.approx(plain.history["loss"], rel=2e-4)
        assert mine.model == plain.model
        assert mine.parameters == plain.parameters


def test_without_dropout_running_statistics_are_those_of_autograd() -> None:
    """The loss of an epoch depends on the weights; that of the test outputs on the running means
    and variances too.
    """

    def build() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(196, 7), nn.BatchNorm1d(7), nn.Linear(7, 10))

    made = recipe(build, "digit_cross_entropy", optimizer=SGD)
    seen: dict[str, list[torch.Tensor]] = {}
    for trainer in (vectorized, autograd):
        watched = Recipe(
            made.build,
            made.loss,
            {"digit_accuracy": _keeping(seen, trainer.__name__)},
            2,
            WHOLE,
            made.optimizer,
        )
        train(trainer, watched, "digits", [3])
    mine, plain = seen.values()
    torch.testing.assert_close(mine[-1], plain[-1], rtol=1e-4, atol=1e-5)


def _keeping(seen: dict[str, list[torch.Tensor]], name: str) -> Callable[[Tensors, Tensors], float]:
    def metric(outputs: Tensors, targets: Tensors) -> float:
        seen.setdefault(name, []).append(outputs["digits"].clone())
        return 0.0

    return metric


def test_dropout_draws_anew_in_every_step_and_for_every_seed() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(196, 10))
    drops = Dropouts(model, [1, 2], CPU)
    inputs = {"inputs": torch.ones(2, 3, 1, 14, 14)}
    (first,), (second,) = drops.draw(inputs).values(), drops.draw(inputs).values()
    assert first.shape == (2, 3, 196)
    assert set(first.unique().tolist()) == {0.0, 2.0}
    assert 0.4 < (first == 0).float().mean() < 0.6
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first, second)


@pytest.mark.slow
def test_a_seed_that_diverges_leaves_the_others_alone_and_keeps_its_own_bits() -> None:
    made = recipe(partial(SigmoidMLP, DISC), "half_squared_error", optimizer=SGD, epochs=3)
    made = replace(made, batch_size=WHOLE)
    broken = replicate(1, "points")
    broken.dataset.train.inputs["inputs"][0] = float("inf")
    alone = [
        next(iter(vectorized.train(made, [one], CPU))) for one in (replicate(0, "points"), broken)
    ]
    together = list(vectorized.train(made, [replicate(0, "points"), broken], CPU))
    assert [outcome.status for outcome in together] == ["ok", "diverged"]
    assert [bits(outcome) for outcome in together] == [bits(outcome) for outcome in alone]
    assert together[1].history["loss"] == (None,)


ELEMENTWISE = {
    "AdamW": {"betas": [0.8, 0.9], "weight_decay": 0.3},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "NAdam": {},
    "Adagrad": {"lr_decay": 0.1},
    "Adamax": {},
    "Adadelta": {},
    "RAdam": {},
    "Rprop": {},
    "ASGD": {},
    "Adam": {"amsgrad": True},
    "SGD": {"momentum": 0.9, "nesterov": True},
}
SCHEDULES = {
    "epoch": Schedule(name="ExponentialLR", arguments={"gamma": 0.5}),
    "step": Schedule(name="StepLR", every="step", arguments={"step_size": 2, "gamma": 0.7}),
    "none": None,
}


def small_recipe(name: str, schedule: str = "none") -> Recipe:
    optimizer = Optimizer(name=name, lr=0.01, arguments=ELEMENTWISE[name])
    made = recipe(partial(SigmoidMLP, DISC), "half_squared_error", optimizer=optimizer, epochs=4)
    return replace(made, schedule=SCHEDULES[schedule], batch_size=WHOLE)


def test_every_optimiser_of_torch_is_elementwise_or_known_not_to_be() -> None:
    assert set(ELEMENTWISE) == set(ELEMENTWISE_OPTIMIZERS)
    of_torch = {
        name
        for name, value in vars(torch.optim).items()
        if isinstance(value, type) and issubclass(value, torch.optim.Optimizer)
    }
    others = {"Adafactor", "LBFGS", "Muon", "SparseAdam", "Optimizer"}
    assert of_torch == {*ELEMENTWISE, *others}


@cache
def trained_by(name: str, *seeds: int) -> list[Outcome]:
    """What comes of training these seeds together with an optimiser and a falling rate."""
    return train(vectorized, small_recipe(name, "epoch"), "points", seeds)


@pytest.mark.parametrize(("name", "together"), counted([*ELEMENTWISE], ["AdamW"]))
def test_with_any_elementwise_optimiser_a_seeds_bits_do_not_depend_on_the_others(
    name: str, together: int
) -> None:
    outcomes = trained_by(name, *among(together))
    alone = [trained_by(name, seed)[0] for seed in (3, 0)]
    assert [bits(outcomes[0]), bits(outcomes[-1])] == [bits(one) for one in alone]
    assert outcomes[0].seeds_together == together


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "AdamW" else pytest.mark.slow) for name in ELEMENTWISE],
)
def test_with_any_elementwise_optimiser_it_learns_what_autograd_learns(name: str) -> None:
    plain = train(autograd, small_recipe(name, "epoch"), "points", [3, 0])
    for seed, one in zip((3, 0), plain, strict=True):
        (mine,) = trained_by(name, seed)
        assert mine.history["loss"] == pytest.approx(one.history["loss"], rel=2e-4)


@pytest.mark.slow
def test_a_schedule_changes_what_is_learnt_side_by_side_as_with_autograd() -> None:
    losses = []
    for schedule in SCHEDULES:
        made = small_recipe("NAdam", schedule)
        mine, plain = (train(trainer, made, "points", [3])[0] for trainer in (vectorized, autograd))
        losses.append(mine.history["loss"])
        assert losses[-1] == pytest.approx(plain.history["loss"], rel=1e-4)
    for first, second in combinations(losses, 2):
        assert first != pytest.approx(second, rel=2e-4)


@pytest.mark.parametrize("trainer", [vectorized, autograd])
def test_frozen_parameters_stay_as_they_are(trainer: ModuleType) -> None:
    seen: dict[str, list[torch.Tensor]] = {}

    def build() -> nn.Module:
        model = SigmoidMLP(DISC)
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        model[-2].bias.requires_grad_(True)
        return model

    def metric(outputs: Tensors, targets: Tensors) -> float:
        seen.setdefault("label", []).append(outputs["label"].logit())
        return 0.0

    made = recipe(build, "half_squared_error", optimizer=SGD, epochs=2)
    train(trainer, replace(made, metrics={"accuracy": metric}), "points", [3])
    first, second = seen["label"]
    moved = second - first  # the last bias alone: the same for all points
    assert moved.abs().max() > 1e-3
    torch.testing.assert_close(moved, moved[:1].expand_as(moved), rtol=1e-3, atol=1e-5)


class Forgetful(nn.Linear):
    """Counts its calls in a plain attribute, and lets the count matter."""

    def __init__(self) -> None:
        super().__init__(2, 2)
        self.calls = 0

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return super().forward(inputs) * (1 + self.calls)


class Branching(nn.Linear):
    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return super().forward(inputs) * (2 if inputs.sum() > 0 else 1)


def test_a_model_with_a_hidden_state_is_refused() -> None:
    with pytest.raises(
        SuiteError,
        match=r"a state that is no buffer, or draws random numbers.*trainer = \"autograd\"",
    ):
        train(vectorized, recipe(Forgetful, "half_squared_error", optimizer=SGD), "points", [0, 1])


def test_a_model_that_branches_on_values_cannot_be_batched() -> None:
    with pytest.raises(RuntimeError, match="data-dependent control flow"):
        train(
            vectorized,
            recipe(partial(Branching, 2, 2), "half_squared_error", optimizer=SGD),
            "points",
            [0, 1],
        )


def test_a_traced_function_gives_what_the_function_gives() -> None:
    fixed, x = torch.randn(3, 5), torch.randn(7, 5)

    def function(w: torch.Tensor, x: torch.Tensor) -> list[torch.Tensor]:
        w.mul_(1.5)
        hidden = functional.silu(x @ w.t()) * 1 + torch.ones_like(x[:, :3])
        return [hidden.sigmoid_(), hidden.expand(2, 7, 3)]

    mine, theirs = fixed.clone(), fixed.clone()
    replay = traced(function, [mine], [x])
    for _ in range(2):
        for found, expected in zip(replay(x), function(theirs, x), strict=True):
            torch.testing.assert_close(found, expected)
    torch.testing.assert_close(mine, theirs)


def test_an_elements_bits_do_not_depend_on_how_many_there_are() -> None:
    x = torch.randn(200)
    for function in (torch.sigmoid, torch.exp, functional.gelu, torch.tanh):
        whole, part = (traced(partial(_listed, function), [], [y])(y)[0] for y in (x, x[:37]))
        assert torch.equal(whole[:37], part)


def _listed(
    function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor
) -> list[torch.Tensor]:
    return [function(x)]


@pytest.mark.parametrize(
    ("seeds", "places", "lanes"),
    [
        ([0], [0], 2),
        ([3], [3], 4),
        ([2, 0, 1], [2, 0, 1], 3),
        ([16, 0, 5, 32], [0, 16, 5, 32], 33),
        ([31, 14], [15, 14], 16),
    ],
)
def test_a_seed_keeps_its_lane_modulo_sixteen(
    seeds: list[int], places: list[int], lanes: int
) -> None:
    replicates = [replicate(seed, "points") for seed in seeds]
    for device, count in (("cpu", lanes), ("cuda", 128)):
        found, where = side_by_side(replicates, torch.device(device))
        assert where == places
        assert [found[place].seed for place in where] == seeds
        assert len(found) == count
