"""What a model is shown while it trains: which items, and changed how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from suite.provenance.references import load
from suite.provenance.seeding import stream_seed
from suite.training.recipe import Tensors

ItemWeights = Callable[[Tensors], torch.Tensor]


def make_sampler(name: str | None) -> ItemWeights | None:
    """How often each training item is drawn, as a function of the targets; None: each once."""
    return balanced if name == "balanced" else load(name) if name else None


def balanced(targets: Tensors) -> torch.Tensor:
    """Weights (N,) by which every class is drawn as often as any other.

    Of the first target, whose values (N,) are the classes.
    """
    first = next(iter(targets.values()))
    _, classes, counts = first.unique(return_inverse=True, return_counts=True)
    weights: torch.Tensor = 1 / counts[classes].double()
    return weights


def draw_order(
    sampler: ItemWeights | None, targets: Tensors, generator: torch.Generator
) -> torch.Tensor:
    """The rows of an epoch in their order (N,): each once, or drawn again by their weights.

    Raises ValueError for weights that are none.
    """
    count = len(next(iter(targets.values())))
    if sampler is None:
        return torch.randperm(count, generator=generator)
    weights = sampler(targets)
    if not isinstance(weights, torch.Tensor) or weights.shape != (count,):
        got = tuple(weights.shape) if isinstance(weights, torch.Tensor) else type(weights).__name__
        raise ValueError(f"sampler: expected a weight for each item, ({count},), got {got}")
    if not bool(weights.isfinite().all()) or bool((weights < 0).any()) or not bool(weights.any()):
        raise ValueError("sampler: expected weights from 0, one above, got others")
    return torch.multinomial(weights.double().cpu(), count, replacement=True, generator=generator)


class Transform:
    """Inputs changed on the fly by a function of the user's, which draws from its own stream.

    The stream is torch's global generator as long as the function runs. It is named by that of the
    batch order, so that it is the same in all arms.
    """

    def __init__(self, name: str, batch_order: int, device: torch.device) -> None:
        self._name, self._function = name, load(name)
        self._devices = [device] if device.type == "cuda" else []
        with torch.random.fork_rng(devices=self._devices):
            torch.manual_seed(stream_seed("transform", batch_order))
            self._states = self._generators()

    def __call__(self, inputs: Tensors) -> dict[str, torch.Tensor]:
        """The inputs of a batch by name, each (B, ...); a single one is given without its name.

        Raises TypeError and ValueError where the function gives something else.
        """
        (first, *others), names = inputs.values(), list(inputs)
        with self._on_its_stream(), torch.no_grad():
            given = self._function(dict(inputs) if others else first)
        changed: Any = given if others else {names[0]: given}
        if not isinstance(changed, Mapping) or list(changed) != names:
            raise TypeError(f"transform: {self._name}: expected a dict of {', '.join(names)}")
        for name, value in changed.items():
            if not isinstance(value, torch.Tensor) or value.shape[:1] != first.shape[:1]:
                got = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value)
                raise ValueError(
                    f"transform: {self._name}: expected {name} with a row for each of {len(first)}"
                    f" items, got {got}"
                )
        return dict(changed)

    @contextmanager
    def _on_its_stream(self) -> Iterator[None]:
        with torch.random.fork_rng(devices=self._devices):
            of_cpu, *of_devices = self._states
            torch.set_rng_state(of_cpu)
            for device, state in zip(self._devices, of_devices, strict=True):
                torch.cuda.set_rng_state(state, device)
            yield
            self._states = self._generators()

    def _generators(self) -> list[torch.Tensor]:
        """The states of torch's global generators."""
        return [torch.get_rng_state(), *map(torch.cuda.get_rng_state, self._devices)]
