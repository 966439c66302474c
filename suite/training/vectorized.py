"""Training by torch's automatic differentiation, all seeds of a job at once.

torch.func.vmap runs over stacked models. One step is one pass through the kernels for all seeds:
where a step is mostly dispatch (small networks; a GPU), many seeds cost as much as one. A seed's
bits do not depend on how many others are trained beside it.
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
from suite.training.autograd import initial_model
from suite.training.calling import call
from suite.training.cuda_graph import captured
from suite.training.dropout import Dropouts
from suite.training.loop import one_thread, side_by_side, train_together
from suite.training.measure import autograd_flops, model_table, parameter_count
from suite.training.optimizing import Updates
from suite.training.traced import Function, traced

if TYPE_CHECKING:
    from suite.training.recipe import Recipe, Replicate, Tensors

# floats: a multiple of every vector width, so that no element is left to a kernel's scalar
# remainder
VECTOR = 64


def train(
    recipe: Recipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome a replicate. Raises what torch.func raises for a model it cannot batch."""
    in_lanes, lanes = side_by_side(replicates, device)
    models = [initial_model(recipe, replicate.initialisation) for replicate in in_lanes]
    parameters = parameter_count(models[0])
    table = model_table(models[0], in_lanes[0].dataset.test.inputs)
    learner = ManyModels(recipe, models, in_lanes, device)
    with one_thread():
        flops = autograd_flops(recipe, in_lanes[0].dataset.train)
        outcomes = train_together(
            recipe,
            in_lanes,
            learner,
            device,
            table=table,
            parameters=parameters,
            flops=flops,
            lanes=lanes,
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
        dataset = replicates[0].dataset
        self._loss, self._first_target = recipe.loss, dataset.first_target
        self._order = list(models[0].state_dict())
        parameters, buffers = stack_module_state(list(models))
        learnt = {name: parameters.pop(name) for name in _trainable_names(models[0])}
        self._weights, vector = in_one_vector(learnt, device)
        self._gradients, vector.grad = in_one_vector(learnt, device)
        self._buffers = {
            name: value.detach().to(device) for name, value in {**buffers, **parameters}.items()
        }
        self._updates = Updates(recipe, {"all": vector}, len(dataset.train))
        self._model = models[0].to(device)
        streams = [replicate.noise for replicate in replicates]
        self._dropouts = Dropouts(self._model, streams, device)
        self._steps: dict[int, Function] = {}
        self._forwards: dict[int, Function] = {}
        self._checks: dict[int, Callable[[], None]] = {}
        self._output_names: list[str] = []

    def step(self, inputs: Tensors, targets: Tensors) -> torch.Tensor:
        """As `Learner.step`."""
        groups = inputs, targets, self._dropouts.draw(inputs)
        tensors, size = [tensor for group in groups for tensor in group.values()], _size(inputs)
        if size not in self._steps:
            self._steps[size] = self._make_step([list(group) for group in groups], tensors, size)
        (loss,) = self._steps[size](*tensors)
        return loss

    @torch.no_grad()
    def outputs(self, inputs: Tensors) -> Tensors:
        """As `Learner.outputs`."""
        tensors, size = list(inputs.values()), _size(inputs)
        if size not in self._forwards:
            fixed = [*self._weights.values(), *self._buffers.values()]
            self._forwards[size] = traced(partial(self._forward, list(inputs)), fixed, tensors)
        return dict(zip(self._output_names, self._forwards[size](*tensors), strict=True))

    def weights(self, lane: int) -> Iterable[tuple[str, torch.Tensor]]:
        """As `Learner.weights`."""
        state = {**self._weights, **self._buffers}
        return [(name, state[name][lane]) for name in self._order]

    def check(self) -> None:
        """Raises SuiteError where a step no longer computes what the model says."""
        for check in self._checks.values():
            check()

    def _make_step(
        self, names: Sequence[list[str]], examples: list[torch.Tensor], size: int
    ) -> Function:
        """A training step as a function of tensors like `examples`.

        These are the inputs, targets and masks of `names`, a batch of `size` items.
        """
        learn = partial(self._learn, names)
        fixed = [*self._weights.values(), *self._buffers.values(), *self._gradients.values()]
        state = [*self._buffers.values(), *self._gradients.values()]
        replay = traced(learn, fixed, examples)
        again = partial(traced, learn, fixed, [example.clone() for example in examples])
        self._checks[size] = lambda: _require_same(replay, again, state)
        self._checks[size]()

        def step_with(gradients: Function) -> Function:
            return lambda *tensors: [self._updates.step(lambda: gradients(*tensors)[0])]

        if not examples[0].is_cuda:
            return step_with(replay)
        changed, optimizer = [*self._weights.values(), *state], self._updates.optimizer
        if self._updates.can_be_captured:
            return captured(step_with(replay), examples, changed, optimizer)
        return step_with(captured(replay, examples, changed, optimizer))

    def _learn(self, names: Sequence[list[str]], *tensors: torch.Tensor) -> list[torch.Tensor]:
        """The losses of a batch (S,), whose gradients are written down.

        `names` of the inputs, targets and masks.
        """
        state = [list(self._weights), list(self._buffers), list(self._gradients)]
        weights, buffers, gradients, *batch = _named([*state, *names], tensors)
        inputs, expected, masks = batch

        def loss_of(
            weights: Tensors, rest: Tensors, inputs: Tensors, expected: Tensors
        ) -> torch.Tensor:
            return self._loss(self._outputs_of({**weights, **rest}, inputs), expected)

        self._model.train()
        learnt, losses = vmap(grad_and_value(loss_of))(
            weights, {**buffers, **masks}, inputs, expected
        )
        for name, gradient in learnt.items():
            gradients[name].copy_(gradient)
        return [losses]

    def _forward(self, names: list[str], *tensors: torch.Tensor) -> list[torch.Tensor]:
        """The outputs for inputs of these names; their own names are noted."""
        state, inputs = _named([[*self._weights, *self._buffers], names], tensors)
        self._model.eval()
        outputs = vmap(self._outputs_of)(state, inputs)
        self._output_names = list(outputs)
        return list(outputs.values())

    def _outputs_of(self, state: Tensors, inputs: Tensors) -> Tensors:
        """The outputs of one model of this state."""

        def model(*by_position: torch.Tensor, **by_name: torch.Tensor) -> object:
            return functional_call(self._model, dict(state), by_position, by_name)

        return call(model, inputs, self._first_target)


def in_one_vector(
    stacked: Tensors, device: torch.device
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Copies of `stacked` that are views of one vector, and that vector.

    A step of the optimiser is then one kernel.
    """
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


def _size(inputs: Tensors) -> int:
    """The number of items of a batch (S, B, ...)."""
    return next(iter(inputs.values())).shape[1]


def _trainable_names(model: nn.Module) -> list[str]:
    """The names of the parameters that are not frozen."""
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def _require_same(
    replay: Function, again: partial[Function], state: Sequence[torch.Tensor]
) -> None:
    """Raises SuiteError unless a newly recorded step gives the same bits as `replay`.

    It must give the same losses and leave the same values in `state`, which is put back.
    """
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
