from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import nn

from suite.data.dataset import Dataset, Split
from suite.engine.emitting import CannotLowerError
from suite.engine.network import Adam, Descent
from suite.errors import SuiteError
from suite.result import Outcome
from suite.task.updates import Optimizer, Schedule
from suite.training.metrics import accuracy
from suite.training.named_losses import make_loss
from suite.training.portable import train
from suite.training.portable_recipe import PortableRecipe
from suite.training.portable_settings import cosine, learning_rates, optimizer_of
from suite.training.portable_weights import PortableDraws
from suite.training.recipe import Recipe, Replicate

SCHEDULES = [
    {"name": "StepLR", "step_size": 3, "gamma": 0.4},
    {"name": "MultiStepLR", "milestones": [2, 5], "gamma": 0.3},
    {"name": "ExponentialLR", "gamma": 0.9},
    {"name": "ConstantLR", "factor": 0.25, "total_iters": 4},
    {"name": "LinearLR", "start_factor": 0.2, "total_iters": 6},
    {"name": "CosineAnnealingLR", "T_max": 9, "eta_min": 0.01},
]


@pytest.mark.parametrize("every", ["epoch", "step"])
@pytest.mark.parametrize("given", SCHEDULES, ids=lambda given: given["name"])
def test_rates_are_those_of_torchs_schedules(given: dict[str, object], every: str) -> None:
    schedule = Schedule.model_validate({**given, "every": every})
    rates = learning_rates(Optimizer(name="SGD", lr=0.3), schedule, epochs=9, steps_per_epoch=2)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    torchs = getattr(torch.optim.lr_scheduler, schedule.name)(optimizer, **schedule.arguments)
    expected = []
    for step in range(1, 19):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if every == "step" or step % 2 == 0:
            torchs.step()
    if schedule.name == "CosineAnnealingLR":  # torch's recursion is another one behind its half
        expected, rates = expected[:10], rates.reshape(-1)[:10]
    assert np.allclose(rates.reshape(-1), expected, rtol=1e-12)


def test_the_cosine_is_the_librarys_within_its_last_bits() -> None:
    angles = np.arange(400)
    got = [cosine(int(n), 97) for n in angles]
    assert np.allclose(got, np.cos(np.pi * angles / 97), atol=1e-15)


def test_optimisers_are_taken_with_the_arguments_that_have_a_kernel() -> None:
    nesterov = Optimizer.model_validate({"name": "SGD", "lr": 1, "momentum": 0.9, "nesterov": True})
    assert optimizer_of(nesterov) == Descent(0.9, 0.0, nesterov=True)
    adamw = Optimizer.model_validate({"name": "AdamW", "lr": 1, "betas": [0.8, 0.9], "eps": 1e-6})
    assert optimizer_of(adamw) == Adam(0.8, 0.9, 1e-6, 0.01, decoupled=True)
    assert optimizer_of(Optimizer(name="Adam", lr=1, weight_decay=0.1)) == Adam(decay=0.1)
    amsgrad = Optimizer.model_validate({"name": "Adam", "lr": 1, "amsgrad": True})
    with pytest.raises(CannotLowerError, match="optimizer: Adam with amsgrad"):
        optimizer_of(amsgrad)


def test_initial_weights_have_torchs_bounds_and_do_not_come_from_its_generator() -> None:
    def build(stream: int) -> nn.Linear:
        torch.manual_seed(torch.initial_seed() + 1)
        with PortableDraws(stream):
            return nn.Linear(400, 300)

    layer, again, other = build(3), build(3), build(4)
    assert torch.equal(layer.weight, again.weight)
    assert torch.equal(layer.bias, again.bias)
    assert not torch.equal(layer.weight, other.weight)
    bound = 1 / 20  # torch's: 1 / sqrt(inputs)
    assert float(layer.weight.detach().abs().max()) < bound
    # uniform: mean 0 and variance bound^2 / 3, each within four standard errors
    values = layer.weight.detach().double() / bound
    assert abs(float(values.mean())) < 4 / (3 * values.numel()) ** 0.5
    assert abs(float(values.square().mean()) - 1 / 3) < 4 * (4 / 45 / values.numel()) ** 0.5


def test_normal_initial_weights_are_normal() -> None:
    with PortableDraws(5):
        values = nn.init.normal_(torch.empty(100_000), mean=2.0, std=3.0).double()
    z = (values - 2) / 3
    assert abs(float(z.mean())) < 4 / z.numel() ** 0.5
    assert abs(float(z.square().mean()) - 1) < 4 * (2 / z.numel()) ** 0.5
    assert abs(float(z.pow(4).mean()) - 3) < 4 * (96 / z.numel()) ** 0.5


def test_other_draws_of_initial_weights_are_refused_by_name() -> None:
    with PortableDraws(5), pytest.raises(SuiteError, match="got bernoulli_"):
        torch.empty(3).bernoulli_(0.5)


def recipe_of(build: Callable[[], nn.Module], **changed: object) -> PortableRecipe:
    fields = {"epochs": 2, "batch_size": 8, "optimizer": Optimizer(name="Adam", lr=0.01), **changed}
    plain = Recipe(build, make_loss({"CrossEntropyLoss": 1.0}), {"accuracy": accuracy}, **fields)  # type: ignore[arg-type]
    return PortableRecipe(plain, {"CrossEntropyLoss": 1.0})


def replicate(seed: int) -> Replicate:
    draw = torch.Generator().manual_seed(seed)

    def split(count: int) -> Split:
        labels = torch.randint(3, (count,), generator=draw)
        images = torch.randn(count, 2, 6, 6, generator=draw) + labels[:, None, None, None]
        return Split({"inputs": images}, {"label": labels})

    return Replicate(seed, Dataset(split(27), split(13)), seed, seed + 100, seed + 200)


def small() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 5, 3), nn.BatchNorm2d(5), nn.ReLU(), nn.Dropout(0.2), nn.Flatten(), nn.Linear(80, 3)
    )  # fmt: skip


def trained(seeds: Sequence[int], build: Callable[[], nn.Module] = small) -> dict[int, Outcome]:
    outcomes = train(recipe_of(build), [replicate(seed) for seed in seeds], torch.device("cpu"))
    return {outcome.seed: outcome for outcome in outcomes}


def test_a_seeds_bits_depend_on_no_other_seed_and_not_on_torchs_threads() -> None:
    together, threads = trained(range(16)), torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        alone = trained([5])[5]
    finally:
        torch.set_num_threads(threads)
    assert together[5].hashes == alone.hashes
    assert together[5].history == alone.history
    assert together[5].status == "ok"
    assert len({outcome.hashes["final_weights"] for outcome in together.values()}) == 16


def test_the_last_and_smaller_batch_is_a_step_too() -> None:
    recipe = recipe_of(lambda: nn.Sequential(nn.Flatten(), nn.Linear(72, 3)), epochs=1)
    (outcome,) = train(recipe, [replicate(3)], torch.device("cpu"))
    learnt = replicate(3).dataset.train
    with PortableDraws(3):
        model = recipe.recipe.build().double()
    optimizer, total = torch.optim.Adam(model.parameters(), lr=0.01), 0.0
    order = torch.randperm(27, generator=torch.Generator().manual_seed(103))
    for rows in order.split(8):
        loss = nn.functional.cross_entropy(
            model(learnt.inputs["inputs"][rows].double()), learnt.targets["label"][rows]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    assert outcome.history["loss"][0] == pytest.approx(total / 27, rel=1e-5)


def test_a_layer_without_a_kernel_is_named_with_what_to_do() -> None:
    with pytest.raises(
        SuiteError,
        match='^trainer portable: it has no kernel for 2: Softmax of 2 axes; use trainer = "autograd"$',
    ):
        trained([1], lambda: nn.Sequential(nn.Flatten(), nn.Linear(72, 3), nn.Softmax(1)))


def test_a_run_that_diverges_says_in_which_epoch() -> None:
    recipe = recipe_of(
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(72, 3)),
        optimizer=Optimizer(name="SGD", lr=1e38),
    )
    (outcome,) = train(recipe, [replicate(3)], torch.device("cpu"))
    assert outcome.status == "diverged"
    assert outcome.reason is not None
    assert "epoch 1" in outcome.reason
    assert outcome.metrics == {}
