from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from suite.engine.emitting import CannotLowerError
from suite.engine.network import Adam, Descent
from suite.errors import SuiteError
from suite.task.components import Optimizer, Schedule
from suite.training.portable_settings import cosine, learning_rates, optimizer_of
from suite.training.portable_weights import PortableDraws

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
