"""A function on tensors, recorded once as a list of kernels and then replayed.

Replaying skips the Python and the dispatch that led to the kernels. A training step on small
tensors spends its time there: torch.func and autograd decide anew in every step what they decided
in the step before. `make_fx` records their decisions, for given shapes. Operations that compute
nothing are then left out, and those that depend only on where the weights are in memory (views) are
done once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx
from torch.fx.experimental.proxy_tensor import make_fx

aten = torch.ops.aten
VIEWS = {
    aten.alias.default, aten.expand.default, aten.permute.default, aten.select.int, aten.slice.Tensor, aten.squeeze.dim, aten.t.default,
    aten.transpose.int, aten.unsqueeze.default, aten.view.default,
}  # fmt: skip
SAME_WHERE_SHAPES_ARE = {*VIEWS, aten._unsafe_view.default}
IDENTITY_WITH_ONE = {aten.mul.Scalar, aten.pow.Tensor_Scalar, aten.div.Scalar}
FILLED = {aten.ones_like.default, aten.zeros_like.default}  # whatever is in their argument

# Kernels that round once, and so give the same for an element wherever it stands. The others
# (sigmoid, exp, sums of products) round otherwise in the remainder behind the last whole vector:
# seen for sigmoid and its derivative.
ROUNDED_ONCE = {
    "abs", "clamp", "clamp_min", "clamp_max", "clone", "copy_", "div", "eq", "ge", "gt", "le", "lt", "maximum", "minimum", "mul", "ne",
    "neg", "relu", "relu_", "sign", "sqrt", "sub", "threshold_backward", "where", "logical_and", "logical_not", "logical_or", "_to_copy",
    "add", "add_", "mul_", "div_", "sub_", "zero_", "fill_", "square", "pow", "masked_fill", "ones_like", "zeros_like",
}  # fmt: skip
VECTOR = 64  # elements: a multiple of every vector width

Function = Callable[..., Sequence[torch.Tensor]]


def traced(
    function: Function, fixed: Sequence[torch.Tensor], examples: Sequence[torch.Tensor]
) -> Function:
    """A function of `tensors` that replays what `function(*fixed, *tensors)` gives and changes.

    `tensors` have the shapes of `examples`. `fixed` keep their place in memory: they are what may
    be changed in place (this call keeps their values too). Raises whatever torch raises where the
    function depends on values (a branch, a shape) or cannot be batched.
    """
    before = [value.clone() for value in fixed]
    module = make_fx(function, {aten.native_batch_norm.default: _batch_norm}, "real")(
        *fixed, *examples
    )
    for value, old in zip(fixed, before, strict=True):
        value.copy_(old)
    _leave_out_identities(module.graph)
    _do_once(module, fixed)
    _fill_vectors(module.graph)
    module.graph.eliminate_dead_code()
    module.recompile()
    forward: Function = module.forward
    return lambda *tensors: forward(*fixed, *tensors)


def _batch_norm(
    values: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    mean: torch.Tensor,
    variance: torch.Tensor,
    training: bool,  # noqa: FBT001
    _momentum: float,
    eps: float,
) -> Any:
    """Batch normalisation in evaluation mode, as separate steps that each round once.

    torch's own kernel rounds the factors of the channels left after the last whole vector of
    channels differently. In training mode the result is NotImplemented.
    """
    if training:
        return NotImplemented
    shape = (-1, *(1 for _ in values.shape[2:]))
    normalized = (values - mean.view(shape)) / torch.sqrt(variance + eps).view(shape)
    normalized = normalized if weight is None else normalized * weight.view(shape)
    normalized = normalized if bias is None else normalized + bias.view(shape)
    return normalized, values.new_empty(0), values.new_empty(0)


def _changed_in_place(graph: fx.Graph) -> set[fx.Node]:
    """What a kernel writes into, be it through views."""
    waiting = [
        argument
        for node in graph.nodes
        if node.op == "call_function" and isinstance(node.target, torch._ops.OpOverload)
        for argument, declared in zip(node.args, node.target._schema.arguments, strict=False)
        if isinstance(argument, fx.Node)
        and declared.alias_info is not None
        and declared.alias_info.is_write
    ]
    changed = set[fx.Node]()
    while waiting:
        node = waiting.pop()
        changed.add(node)
        if node.target in VIEWS:
            waiting.append(node.args[0])  # type: ignore[arg-type]
    return changed


def _leave_out_identities(graph: fx.Graph) -> None:
    """Removes operations that change nothing and whose source and result nobody changes in place.

    These are views to the same shape and strides, products with one, divisions by one and first
    powers.
    """
    changed = _changed_in_place(graph)
    for node in list(graph.nodes):
        source = node.args[0] if node.args else None
        if (
            not isinstance(source, fx.Node)
            or node in changed
            or source in changed
            or "val" not in source.meta
        ):
            continue
        same = node.target in SAME_WHERE_SHAPES_ARE and _layout(node) == _layout(source)
        same |= (
            node.target in IDENTITY_WITH_ONE
            and node.args[1] == 1
            and _layout(node) == _layout(source)
        )
        if same:
            node.replace_all_uses_with(source)
            graph.erase_node(node)


def _layout(node: fx.Node) -> Any:
    value = node.meta["val"]
    return value.shape, value.stride(), value.dtype


def _do_once(module: fx.GraphModule, fixed: Sequence[torch.Tensor]) -> None:
    """Replaces views of `fixed`, and what depends on no argument, by their values.

    These are the same in every call.
    """
    changed = _changed_in_place(module.graph)
    values = dict(
        zip([node for node in module.graph.nodes if node.op == "placeholder"], fixed, strict=False)
    )
    constants: dict[fx.Node, torch.Tensor] = {}
    for node in list(module.graph.nodes):
        if not isinstance(node.target, torch._ops.OpOverload) or node in changed:
            continue
        if not isinstance(node.meta.get("val"), torch.Tensor):
            continue
        if node.target in VIEWS and all(source in values for source in node.all_input_nodes):
            value = _value(node, values)
            values[_keep(module, node, value)] = value
        elif _is_constant(node, constants):
            value = _value(node, constants)
            constants[_keep(module, node, value)] = value


def _is_constant(node: fx.Node, constants: dict[fx.Node, torch.Tensor]) -> bool:
    if node.target in FILLED:
        return True
    random = torch.Tag.nondeterministic_seeded in node.target.tags  # type: ignore[union-attr]
    return not random and all(source in constants for source in node.all_input_nodes)


def _value(node: fx.Node, values: dict[fx.Node, torch.Tensor]) -> torch.Tensor:
    if node.target in FILLED:
        like: torch.Tensor = node.meta["val"]
        number = 1 if node.target is aten.ones_like.default else 0
        return torch.empty_strided(
            like.shape, like.stride(), dtype=like.dtype, device=like.device
        ).fill_(number)
    arguments, options = fx.node.map_arg((node.args, node.kwargs), values.__getitem__)
    value: torch.Tensor = node.target(*arguments, **options)  # type: ignore[operator]
    return value


def _keep(module: fx.GraphModule, node: fx.Node, value: torch.Tensor) -> fx.Node:
    setattr(module, node.name, value)
    with module.graph.inserting_before(node):
        kept = module.graph.create_node(
            "get_attr", node.name
        )  # get_attr() would warn of a plain attribute
    kept.meta = node.meta
    node.replace_all_uses_with(kept)
    module.graph.erase_node(node)
    return kept


def _fill_vectors(graph: fx.Graph) -> None:
    """Makes every elementwise kernel that rounds more than once work on whole vectors alone.

    An element's bits then do not depend on how many elements there are.
    """
    for node in graph.nodes:
        if (
            not isinstance(node.target, torch._ops.OpOverload)
            or torch.Tag.pointwise not in node.target.tags
        ):
            continue
        scaled = node.kwargs.get("alpha", 1) != 1
        square = node.target.overloadpacket.__name__ != "pow" or node.args[1] == 2
        once = node.target.overloadpacket.__name__ in ROUNDED_ONCE and square and not scaled
        value = node.meta.get("val")
        if not once and isinstance(value, torch.Tensor) and value.is_floating_point():
            node.args, node.target = (node.target, *node.args), _on_whole_vectors


def _on_whole_vectors(
    kernel: Callable[..., torch.Tensor], *arguments: Any, **options: Any
) -> torch.Tensor:
    """What `kernel`, elementwise, gives for these arguments; or changes, if it works in place."""
    tensors = [argument for argument in arguments if isinstance(argument, torch.Tensor)]
    shape = torch.broadcast_shapes(*(tensor.shape for tensor in tensors))
    count = shape.numel()

    def padded(argument: Any) -> Any:
        if not isinstance(argument, torch.Tensor):
            return argument
        return torch.nn.functional.pad(argument.expand(shape).reshape(-1), (0, -count % VECTOR))

    result = kernel(*(padded(argument) for argument in arguments), **options)[:count].view(shape)
    if kernel._schema.is_mutable:  # type: ignore[attr-defined]
        return tensors[0].copy_(result)
    return torch.empty_like(tensors[0]).copy_(result) if _is_permuted(tensors[0], shape) else result


def _is_permuted(tensor: torch.Tensor, shape: torch.Size) -> bool:
    return tensor.shape == shape and not tensor.is_contiguous()
