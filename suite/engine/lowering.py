"""From a torch.nn.Module to a program: torch.fx says what the model does, and each step is emitted.

Views, slices, stacks and reshapes are done to places by torch itself. Whatever else there is no
kernel for is refused with the name of its layer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from suite.engine import emitting_layers, layers
from suite.engine.assembly import Places
from suite.engine.convolutions import convolution
from suite.engine.emitting import CannotLowerError, Emitter
from suite.engine.linear import linear
from suite.engine.parameters import BATCH_NORMS, Parameters
from suite.engine.windows import adaptive_windows, pair, pooling_windows

VIEW_METHODS = {
    "chunk", "contiguous", "dim", "flatten", "movedim", "permute", "reshape", "select", "size", "split", "squeeze",
    "swapaxes", "swapdims", "t", "transpose", "unbind", "unflatten", "unsqueeze", "view", "narrow",
}  # fmt: skip
VIEW_FUNCTIONS = {getattr(torch, name) for name in VIEW_METHODS if hasattr(torch, name)} | {
    torch.cat, torch.stack, torch.concat, operator.getitem, getattr,
}  # fmt: skip
VIEW_MODULES = (nn.Flatten, nn.Unflatten, nn.Identity)
ADDITIONS = {operator.add, operator.iadd, torch.add}
ACTIVATIONS: dict[Any, int] = {
    nn.Sigmoid: layers.SIGMOID, torch.sigmoid: layers.SIGMOID, functional.sigmoid: layers.SIGMOID, "sigmoid": layers.SIGMOID,
    nn.Tanh: layers.TANH, torch.tanh: layers.TANH, functional.tanh: layers.TANH, "tanh": layers.TANH,
}  # fmt: skip
RELUS = {nn.ReLU, torch.relu, functional.relu, torch.relu_, functional.relu_, "relu", "relu_"}


def trace(model: nn.Module) -> fx.GraphModule:
    """The model as a graph of its steps. Raises CannotLowerError where its course is not fixed."""
    try:
        return fx.symbolic_trace(model)
    except Exception as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise CannotLowerError(f"{type(model).__name__}.forward: {first}") from error


class Lowering(fx.Interpreter):
    """Emits the kernels of a traced model for the places of its inputs."""

    def __init__(self, graph: fx.GraphModule, parameters: Parameters, emitter: Emitter) -> None:
        super().__init__(graph)
        self._parameters, self._emitter = parameters, emitter
        self._node: fx.Node | None = None
        self._nodes = list(graph.graph.nodes)

    def outputs(self, inputs: Mapping[str, Places]) -> Places | dict[str, Places]:
        """The places of what the model gives for the places of its inputs, by name if several."""
        names = [str(n.target) for n in self._nodes if n.op == "placeholder"]
        if len(inputs) != 1 and (unknown := set(inputs) ^ set(names)):
            raise CannotLowerError(f"forward: the input {min(unknown)}")
        values = inputs.values() if len(inputs) == 1 else (inputs[name] for name in names)
        try:
            return self.run(*values)
        except CannotLowerError as error:
            raise CannotLowerError(str(error).splitlines()[0]) from None  # fx adds its own

    def run_node(self, n: fx.Node) -> Any:
        """As fx has it; names the layer in what is refused."""
        self._node = n
        name = n.target if n.op == "call_module" else n.name
        try:
            return super().run_node(n)
        except CannotLowerError as error:
            raise CannotLowerError(f"{name}: {error}") from None
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise CannotLowerError(f"{name}: {first}") from error

    def get_attr(self, target: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG002
        """Weights that the model uses without a layer."""
        raise CannotLowerError("a weight outside of a layer")

    def call_module(self, target: Any, args: Any, kwargs: Any) -> Any:
        """A layer of torch.nn."""
        layer = self.fetch_attr(target)
        if isinstance(layer, VIEW_MODULES):
            return layer(*args, **kwargs)
        places = args[0] if args else next(iter(kwargs.values()))
        return self._layer(layer, places)

    def call_method(self, target: Any, args: Any, kwargs: Any) -> Any:
        """A method of a tensor."""
        if target in VIEW_METHODS:  # of places a reshape is a view, however the numbers lie
            return super().call_method("reshape" if target == "view" else target, args, kwargs)
        if target == "add" and len(args) == 2 and not kwargs:
            return emitting_layers.add(self._emitter, *args)
        if target in RELUS or target in ACTIVATIONS:
            return self._simple(target, args[0])
        raise CannotLowerError(f"the method {target}")

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        """A function of torch, or of whole numbers."""
        tensors = [a for a in args if isinstance(a, torch.Tensor)]
        is_view = target in VIEW_FUNCTIONS
        if is_view or not (tensors or any(isinstance(v, torch.Tensor) for v in kwargs.values())):
            return super().call_function(target, args, kwargs)
        if target in ADDITIONS and len(tensors) == 2 and not kwargs:
            return emitting_layers.add(self._emitter, *args)
        if target in RELUS or target in ACTIVATIONS:
            return self._simple(target, args[0])
        if (make := FUNCTIONS.get(target)) is not None:
            layer = make(*args[1:], **kwargs)
            return args[0] if layer is None else self._layer(layer, args[0])
        raise CannotLowerError(f"the function {getattr(target, '__name__', target)}")

    def _simple(self, kind: Any, places: Places) -> Places:
        if kind in RELUS:
            return emitting_layers.rectify(self._emitter, places, is_alone=_is_alone(self._node))
        return emitting_layers.activate(self._emitter, places, ACTIVATIONS[kind])

    def _layer(self, layer: Any, places: Places) -> Places:
        emitter, kind = self._emitter, type(layer)
        if kind is nn.Linear:
            return linear(emitter, places, self._parameters.matrices[layer])
        if kind is nn.Conv2d:
            matrix = self._parameters.matrices[layer]
            return convolution(
                emitter,
                places,
                matrix,
                pair(layer.kernel_size),
                pair(layer.stride),
                _padding(layer),
            )
        if kind in BATCH_NORMS:
            return emitting_layers.normalise(emitter, places, self._parameters.norms[layer])
        if kind in RELUS or kind in ACTIVATIONS:
            return self._simple(kind, places)
        if kind is nn.LeakyReLU:
            return emitting_layers.activate(
                emitter, places, layers.LEAKY, float(layer.negative_slope)
            )
        if kind is nn.GELU:
            is_tanh = layer.approximate == "tanh"
            return emitting_layers.activate(
                emitter, places, layers.GELU_TANH if is_tanh else layers.GELU
            )
        if kind is nn.Dropout:
            return emitting_layers.drop(emitter, places, float(layer.p))
        if places.ndim == 4 and (windows := _windows(layer, places)) is not None:
            return emitting_layers.pool(emitter, places, *windows, is_alone=_is_alone(self._node))
        raise CannotLowerError(f"{kind.__name__} of {places.ndim} axes")


def _windows(layer: Any, places: Places) -> tuple[torch.Tensor, torch.Tensor | None] | None:
    """The windows of a pooling layer, and the divisors of its means; None for another layer."""
    size = (places.shape[2], places.shape[3])
    if isinstance(layer, nn.MaxPool2d):
        if layer.ceil_mode or layer.return_indices or pair(layer.dilation) != (1, 1):
            raise CannotLowerError("MaxPool2d with ceil_mode, return_indices or dilation")
        windows, _ = pooling_windows(size, layer.kernel_size, layer.stride, layer.padding)
        return windows, None
    if isinstance(layer, nn.AvgPool2d):
        if layer.ceil_mode or layer.divisor_override is not None:
            raise CannotLowerError("AvgPool2d with ceil_mode or divisor_override")
        windows, inside = pooling_windows(size, layer.kernel_size, layer.stride, layer.padding)
        all_taps = torch.full_like(inside, windows.shape[-1])
        return windows, all_taps if layer.count_include_pad else inside
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        return adaptive_windows(size, layer.output_size)
    if isinstance(layer, nn.AdaptiveMaxPool2d) and not layer.return_indices:
        return adaptive_windows(size, layer.output_size)[0], None
    return None


def _padding(layer: nn.Conv2d) -> tuple[int, int]:
    if layer.padding == "valid":
        return (0, 0)
    if layer.padding == "same":
        if any(k % 2 == 0 for k in layer.kernel_size):
            raise CannotLowerError('Conv2d with padding "same" around an even kernel')
        return (layer.kernel_size[0] // 2, layer.kernel_size[1] // 2)
    return pair(layer.padding)


def _is_alone(node: fx.Node | None) -> bool:
    """Whether nothing but the node uses its input, nor what that is a view of."""
    if node is None:
        return False
    before = node.all_input_nodes[0]
    while len(before.users) == 1:
        is_view = before.target in VIEW_METHODS or before.target in VIEW_FUNCTIONS
        owner: Any = before.graph.owning_module
        layer = owner.get_submodule(before.target) if before.op == "call_module" else None
        if not is_view and not isinstance(layer, VIEW_MODULES):
            return before.op != "placeholder"
        if len(before.all_input_nodes) != 1:
            return False
        before = before.all_input_nodes[0]
    return False


def _dropout(p: float = 0.5, training: bool = True, inplace: bool = False) -> nn.Module | None:  # noqa: FBT001, FBT002
    return nn.Dropout(p, inplace) if training else None


def _leaky(negative_slope: float = 0.01, inplace: bool = False) -> nn.Module:  # noqa: FBT001, FBT002
    return nn.LeakyReLU(negative_slope, inplace)


def _gelu(approximate: str = "none") -> nn.Module:
    return nn.GELU(approximate)


FUNCTIONS: dict[Any, Callable[..., nn.Module | None]] = {
    functional.dropout: _dropout,
    functional.leaky_relu: _leaky,
    functional.gelu: _gelu,
    functional.max_pool2d: nn.MaxPool2d,
    torch.max_pool2d: nn.MaxPool2d,
    functional.avg_pool2d: nn.AvgPool2d,
    functional.adaptive_avg_pool2d: nn.AdaptiveAvgPool2d,
}
