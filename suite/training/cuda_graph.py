"""A step as one CUDA graph: its kernels are launched together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from suite.training.traced import Function


def captured(
    step: Function,
    examples: Sequence[torch.Tensor],
    changed: Sequence[torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> Function:
    """`step` as one CUDA graph.

    `changed`, and the optimiser's state, are put back after the step that warms up (a state that
    this step makes is zero before it).
    """
    inputs, put_back = [example.clone() for example in examples], _snapshot(changed, optimizer)
    stream, graph = torch.cuda.Stream(), torch.cuda.CUDAGraph()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        step(*inputs)
    torch.cuda.current_stream().wait_stream(stream)
    with torch.cuda.graph(graph):
        results = step(*inputs)
    put_back()

    def replay(*tensors: torch.Tensor) -> Sequence[torch.Tensor]:
        for kept, tensor in zip(inputs, tensors, strict=True):
            kept.copy_(tensor)
        graph.replay()
        return [result.clone() for result in results]

    return replay


def _snapshot(
    changed: Sequence[torch.Tensor], optimizer: torch.optim.Optimizer
) -> Callable[[], None]:
    """A function that restores the present values of these tensors and of the optimiser's state.

    State tensors that do not exist yet are set to 0.
    """
    values = [tensor.clone() for tensor in changed]
    states = {id(state): state.clone() for state in _states(optimizer)}

    def put_back() -> None:
        for tensor, value in zip(changed, values, strict=True):
            tensor.copy_(value)
        for state in _states(optimizer):
            state.copy_(states.get(id(state), torch.zeros_like(state)))

    return put_back


def _states(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    states = [state for of_one in optimizer.state.values() for state in of_one.values()]
    return [state for state in states if isinstance(state, torch.Tensor)]
