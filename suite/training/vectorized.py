"""Training by torch's automatic differentiation, all seeds of a job at once (torch.func.vmap over
stacked models).

One step is one pass through the kernels for all seeds: where a step is mostly dispatch (small
networks; a GPU), many seeds cost as much as one. A seed's bits do not depend on how many others are
trained beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

from suite.errors import SuiteError
from suite.result import Outcome
from suite.training.autograd import initial_model, make_optimizer
from suite.training.dropout import Dropouts
from suite.training.loop import one_thread, side_by_side, train_together
from suite.training.measure import autograd_flops, model_table, named_outputs
from suite.training.traced import Function, captured, traced

if TYPE_CHECKING:
    from suite.training.recipe import Recipe, Replicate, Tensors

# floats: a multiple of every vector width, so that no element is left to a kernel's scalar
# remainder
VECTOR = 64


def train(
    recipe: Recipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome a replicate. Raises whatever torch.func raises for a model that it cannot batch."""
    lanes, places = side_by_side(replicates, device)
    models = [initial_model(recipe, one.initialisation) for one in lanes]
    table = model_table(models[0], lanes[0].dataset.test.inputs)
    learner = ManyModels(recipe, models, lanes, device)
    with one_thread():
        flops = autograd_flops(recipe, lanes[0].dataset.train)
        outcomes = train_together(
            recipe, lanes, learner, device, table=table, flops=flops, places=places
        )
        learner.check()
    yield from outcomes


class ManyModels:
    """S models of one kind, their parameters and buffers stacked: each is (S, ...)."""

    def __init__(
        self,
        recipe: Recipe,
        models: Sequence[nn.Module],
        replicates: Sequence[Replicate],
        device: torch.device,
    ) -> None:
        self._loss, self._name = recipe.loss, replicates[0].dataset.first_target
        self._order = list(models[0].state_dict())
        parameters, buffers = stack_module_state(list(models))
        self._weights, vector = in_one_vector(parameters, device)
        self._gradients, vector.grad = in_one_vector(parameters, device)
        self._buffers = {name: value.to(device) for name, value in buffers.items()}
        self._optimizer = make_optimizer(recipe.optimizer, [vector])
        self._model = models[0].to(device)
        self._dropouts = Dropouts(self._model, [one.noise for one in replicates], device)
        self._steps: dict[torch.Size, Function] = {}
        self._forwards: dict[torch.Size, Function] = {}
        self._checks: dict[torch.Size, Callable[[], None]] = {}
        self._output_names: list[str] = []

    def step(self, inputs: torch.Tensor, targets: Tensors) -> torch.Tensor:
        """As `Learner.step`."""
        masks = self._dropouts.draw(inputs)
        tensors = [inputs, *targets.values(), *masks.values()]
        if inputs.shape not in self._steps:
            self._steps[inputs.shape] = self._make_step(list(targets), list(masks), tensors)
        (loss,) = self._steps[inputs.shape](*tensors)
        return loss

    @torch.no_grad()
    def outputs(self, inputs: torch.Tensor) -> Tensors:
        """As `Learner.outputs`."""
        if inputs.shape not in self._forwards:
            fixed = [*self._weights.values(), *self._buffers.values()]
            self._forwards[inputs.shape] = traced(self._forward, fixed, [inputs])
        return dict(zip(self._output_names, self._forwards[inputs.shape](inputs), strict=True))

    def weights(self, place: int) -> Iterable[tuple[str, torch.Tensor]]:
        """As `Learner.weights`."""
        state = {**self._weights, **self._buffers}
        return [(name, state[name][place]) for name in self._order]

    def check(self) -> None:
        """Raises SuiteError where a step would compute something else by now than the model says."""
        for check in self._checks.values():
            check()

    def _make_step(
        self, targets: list[str], masks: list[str], examples: list[torch.Tensor]
    ) -> Function:
        """A step on tensors like `examples`: a batch of inputs, targets and masks of these names."""
        learn = partial(self._learn, targets, masks)
        fixed = [*self._weights.values(), *self._buffers.values(), *self._gradients.values()]
        state = [*self._buffers.values(), *self._gradients.values()]
        replay = traced(learn, fixed, examples)
        again = partial(traced, learn, fixed, [example.clone() for example in examples])
        self._checks[examples[0].shape] = lambda: _require_same(replay, again, state)
        self._checks[examples[0].shape]()

        def step(*tensors: torch.Tensor) -> Sequence[torch.Tensor]:
            losses = replay(*tensors)
            self._optimizer.step()
            return losses

        changed = [*self._weights.values(), *state]
        return captured(step, examples, changed, self._optimizer) if examples[0].is_cuda else step

    def _learn(
        self, targets: list[str], masks: list[str], *tensors: torch.Tensor
    ) -> list[torch.Tensor]:
        """Writes the gradients of a batch, and gives the losses (S,)."""
        names = [
            list(self._weights),
            list(self._buffers),
            list(self._gradients),
            [""],
            targets,
            masks,
        ]
        weights, buffers, gradients, inputs, expected, drawn = _named(names, tensors)

        def loss_of(
            weights: Tensors, rest: Tensors, inputs: torch.Tensor, expected: Tensors
        ) -> torch.Tensor:
            outputs = functional_call(self._model, {**weights, **rest}, (inputs,))
            return self._loss(named_outputs(outputs, self._name), expected)

        self._model.train()
        found, losses = vmap(grad_and_value(loss_of))(
            weights, {**buffers, **drawn}, inputs[""], expected
        )
        for name, gradient in found.items():
            gradients[name].copy_(gradient)
        return [losses]

    def _forward(self, *tensors: torch.Tensor) -> list[torch.Tensor]:
        state, inputs = _named([[*self._weights, *self._buffers], [""]], tensors)

        def one(state: Tensors, inputs: torch.Tensor) -> Tensors:
            return named_outputs(functional_call(self._model, dict(state), (inputs,)), self._name)

        self._model.eval()
        outputs = vmap(one)(state, inputs[""])
        self._output_names = list(outputs)
        return list(outputs.values())


def in_one_vector(
    stacked: Tensors, device: torch.device
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Copies of `stacked` that are views of one vector, and the vector: an optimiser's step is then
    one kernel."""
    sizes = [-(-value.numel() // VECTOR) * VECTOR for value in stacked.values()]
    vector = torch.zeros(sum(sizes), device=device)
    views = {}
    for (name, value), part in zip(stacked.items(), vector.split(sizes), strict=True):
        views[name] = part[: value.numel()].view(value.shape)
        views[name].copy_(value.detach())
    return views, vector


def _named(
    names: Sequence[Sequence[str]], tensors: Sequence[torch.Tensor]
) -> list[dict[str, torch.Tensor]]:
    rest = iter(tensors)
    return [{name: next(rest) for name in group} for group in names]


def _require_same(
    replay: Function, again: partial[Function], state: Sequence[torch.Tensor]
) -> None:
    """Raises SuiteError unless a step that is written down anew gives the same bits as `replay` and
    leaves the same in `state`, which is put back."""
    examples, before, seen = again.args[-1], [value.clone() for value in state], []
    for function in (replay, again()):
        losses = function(*examples)
        seen.append([value.clone() for value in (*losses, *state)])
        for value, old in zip(state, before, strict=True):
            value.copy_(old)
    if not all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(*seen, strict=True)):
        raise SuiteError(
            "trainer vectorized: the same step on the same batch came out differently: the model"
            " keeps a state that is no buffer, or draws random numbers of its own; use trainer ="
            ' "autograd"'
        )
