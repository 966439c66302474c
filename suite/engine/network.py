"""A network in the machine: its memory, and its programs for training steps and for evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn

from suite.engine import machine, objectives
from suite.engine.assembly import SHIFT, Buffer, Places, Program, Space
from suite.engine.emitting import CannotLowerError, Emitter
from suite.engine.emitting_layers import loss
from suite.engine.lowering import Lowering, trace
from suite.engine.parameters import Parameters

Shapes = Mapping[str, tuple[int, ...]]  # of one item's inputs or targets, by name
LossKind = Literal["cross_entropy", "squared", "squared_one_hot", "binary"]
KINDS: dict[LossKind, int] = {
    "cross_entropy": objectives.CROSS_ENTROPY,
    "squared": objectives.SQUARED,
    "squared_one_hot": objectives.SQUARED_ONE_HOT,
    "binary": objectives.BINARY,
}


@dataclass(frozen=True)
class LossTerm:
    """`factor` times the mean over the batch of a loss between an output and a target.

    Without `output` it is the only one, or that of the target's name.
    """

    kind: LossKind
    target: str
    output: str | None = None
    factor: float = 1.0


@dataclass(frozen=True)
class Descent:
    """Stochastic gradient descent."""

    momentum: float = 0.0
    decay: float = 0.0
    nesterov: bool = False


@dataclass(frozen=True)
class Adam:
    """Adam; with `decoupled` decay AdamW."""

    keep_1: float = 0.9
    keep_2: float = 0.999
    epsilon: float = 1e-8
    decay: float = 0.0
    decoupled: bool = False


class Network:
    """A model lowered to programs, with a memory of its own for each run.

    `inputs` and `targets`: the shapes of an item's. Raises CannotLowerError for what there is no
    kernel for.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Shapes,
        targets: Shapes,
        terms: list[LossTerm],
        optimizer: Descent | Adam,
    ) -> None:
        self._inputs, self._targets, self._terms = inputs, targets, terms
        self._optimizer, self._graph, self._space = optimizer, trace(model), Space()
        self._parameters = Parameters(model, self._space)
        self._states = [
            self._space.allocate(2, b.size, learns=False) for b in self._parameters.learnt
        ]
        self.width = sum(int(np.prod(shape)) for shape in (*inputs.values(), *targets.values()))
        self._training: dict[int, tuple[Program, Buffer]] = {}
        self._evaluation: dict[int, tuple[Program, Buffer, dict[str, Places]]] = {}

    def prepare(self, training: set[int], evaluation: set[int]) -> None:
        """Makes the programs for batches of these sizes."""
        for count in sorted(training, reverse=True):
            self._training[count] = self._make_training(count)
        for count in sorted(evaluation, reverse=True):
            self._evaluation[count] = self._make_evaluation(count)
        space = self._space
        self._tables = np.concatenate([*space.tables, np.zeros(1, dtype=np.int64)])
        self._assembled = {
            id(program): program.assembled(space.size)
            for program in [
                *(made[0] for made in self._training.values()),
                *(made[0] for made in self._evaluation.values()),
            ]
        }

    def learner(self, weights: nn.Module, stream: int) -> Learner:
        """A learner that begins with these weights; dropout draws from the stream."""
        memory = np.zeros(2 * self._space.size + 64, dtype=np.float32)
        skipped = -(memory.ctypes.data // 4) % 16  # begins where a line of the cache does
        memory = memory[skipped : skipped + 2 * self._space.size]
        self._parameters.write(memory, weights)
        numbers = self._space.beginning()
        numbers[machine.STREAM] = float(stream)
        return Learner(self, memory, numbers)

    def _emitter(self, count: int, *, trains: bool) -> tuple[Emitter, Buffer, dict[str, Places]]:
        """An emitter for so many items, their buffer, and the places of inputs and targets."""
        emitter = Emitter(self._space, trains, Program(self._space))
        items = self._space.allocate(count, self.width, step=self.width, learns=False)
        places, at, found = items.places(), 0, {}
        for group, shapes in (("inputs", self._inputs), ("targets", self._targets)):
            for name, shape in shapes.items():
                size = int(np.prod(shape))
                found[f"{group}.{name}"] = places[:, at : at + size].reshape(count, *shape)
                at += size
        return emitter, items, found

    def _outputs(self, emitter: Emitter, places: dict[str, Places]) -> dict[str, Places]:
        given = {name: places[f"inputs.{name}"] for name in self._inputs}
        outputs = Lowering(self._graph, self._parameters, emitter).outputs(given)
        if isinstance(outputs, torch.Tensor):
            return {next(iter(self._targets)): outputs}
        if not isinstance(outputs, Mapping):
            raise CannotLowerError(f"forward: gives a {type(outputs).__name__}")
        return dict(outputs)

    def _make_training(self, count: int) -> tuple[Program, Buffer]:
        emitter, items, places = self._emitter(count, trains=True)
        outputs = self._outputs(emitter, places)
        for term in self._terms:
            self._emit_loss(emitter, term, outputs, places[f"targets.{term.target}"])
        emitter.run_backward()
        self._emit_updates(emitter.program)
        return emitter.program, items

    def _make_evaluation(self, count: int) -> tuple[Program, Buffer, dict[str, Places]]:
        emitter, items, places = self._emitter(count, trains=False)
        return emitter.program, items, self._outputs(emitter, places)

    def _emit_loss(
        self, emitter: Emitter, term: LossTerm, outputs: dict[str, Places], targets: Places
    ) -> None:
        name = term.output or term.target
        if term.output is None and name not in outputs and len(outputs) == 1:
            (name,) = outputs
        if name not in outputs:
            raise CannotLowerError(f"loss: an output {name!r}, which the model does not give")
        scores = outputs[name]
        if term.kind in ("cross_entropy", "squared_one_hot"):
            if scores.shape[:-1] != targets.shape:
                raise CannotLowerError(
                    f"loss: scores {_form(scores)} with classes {_form(targets)}"
                )
            rows, of_rows = scores.flatten(0, -2), targets.reshape(-1)
            divisor = len(targets) if term.kind == "squared_one_hot" else len(rows)
        else:
            if scores.ndim == targets.ndim + 1 and scores.shape[-1] == 1:
                scores = scores.squeeze(-1)
            if scores.shape != targets.shape:
                raise CannotLowerError(
                    f"loss: outputs {_form(scores)} with targets {_form(targets)}"
                )
            rows, divisor = scores.reshape(len(scores), -1), scores.numel()
            of_rows = targets.reshape(len(targets), -1)[:, 0]
        loss(emitter, KINDS[term.kind], rows, of_rows, term.factor / divisor)

    def _emit_updates(self, program: Program) -> None:
        constant, settings = self._space.constant, self._optimizer
        changed = [
            (buffer, state)
            for buffer, state in zip(self._parameters.learnt, self._states, strict=True)
            if program.has_gradient(buffer)
        ]
        for n, (buffer, state) in enumerate(changed):
            operands = (buffer.start, buffer.size, SHIFT, state.start)
            if isinstance(settings, Descent):
                rates = constant(settings.momentum), constant(settings.decay)
                program.add(machine.DESCEND, *operands, *rates, settings.nesterov)
            else:
                numbers = (settings.epsilon, settings.keep_1, settings.keep_2, settings.decay)
                constants = map(constant, numbers)
                program.add(machine.ADAPT, *operands, *constants, n == 0, settings.decoupled)


class Learner:
    """One run of a network: its memory and its numbers."""

    def __init__(self, network: Network, memory: np.ndarray, numbers: np.ndarray) -> None:
        self._network, self._memory, self._numbers = network, memory, numbers

    def train(self, items: np.ndarray, order: np.ndarray, rates: np.ndarray) -> np.ndarray:
        """Takes a step with every batch; the losses (steps,) before each.

        `items` (N, width) float32: an item's inputs and then its targets; `order` (steps, B) of
        their rows; `rates` (steps,) of learning.
        """
        network, losses = self._network, np.zeros(len(order))
        program, buffer = network._training[order.shape[1]]
        machine.train(
            network._assembled[id(program)], network._tables, self._numbers, self._memory, items,
            order, buffer.start, rates, losses,
        )  # fmt: skip
        return losses

    def outputs(self, items: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs for `items` (B, width) in evaluation mode, by name, each (B, ...)."""
        network = self._network
        program, buffer, outputs = network._evaluation[len(items)]
        self._memory[buffer.start : buffer.start + items.size] = items.reshape(-1)
        machine.run(network._assembled[id(program)], network._tables, self._numbers, self._memory)
        return {name: self._memory[places.numpy()] for name, places in outputs.items()}

    def weights(self) -> dict[str, torch.Tensor]:
        """All weights and statistics by their names in the model; of nan there is one kind."""
        found = {}
        for name, places in self._network._parameters.places().items():
            values = self._memory[places.numpy()]
            values[np.isnan(values)] = np.nan
            found[name] = torch.from_numpy(values)
        return found


def _form(places: Places) -> str:
    return f"(N{''.join(f', {size}' for size in places.shape[1:])})"
