"""What is measured of a model: its metrics, weights' bits, layers and training cost."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from suite.result import Layer, ModelTable
from suite.training.calling import call
from suite.training.named_metrics import require_given

if TYPE_CHECKING:
    from suite.data.dataset import Split
    from suite.training.recipe import Recipe, Tensors

EVALUATION_BATCH = 100  # items: what stays in a core's cache; fixed, because it may change bits


def measure(recipe: Recipe, outputs: Tensors, targets: Tensors) -> dict[str, float]:
    """The metrics that the arm has. Raises ValueError where it lacks a required one."""
    values = {name: metric(outputs, targets) for name, metric in recipe.metrics.items()}
    given = {name: value for name, value in values.items() if value is not None}
    require_given(recipe.required, given, outputs, targets)
    return given


def finite(value: float) -> float | None:
    """`value`, or None where it is infinite or not a number."""
    return value if math.isfinite(value) else None


def is_finite(outputs: Tensors) -> bool:
    """Whether every number of every output is."""
    return all(bool(output.isfinite().all()) for output in outputs.values())


def tensors_hash(tensors: Iterable[tuple[str, torch.Tensor]]) -> str:
    """SHA-256 over names, types, shapes and bits, in row-major order whatever the memory format."""
    digest = hashlib.sha256()
    for name, tensor in tensors:
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def weights_hash(model: nn.Module) -> str:
    """SHA-256 over all parameters and buffers."""
    return tensors_hash(model.state_dict().items())


def parameter_count(model: nn.Module) -> int:
    """The numbers that are its parameters, each once, frozen ones included; buffers are none."""
    return sum(parameter.numel() for parameter in model.parameters())


def model_table(model: nn.Module, inputs: Tensors) -> ModelTable | None:
    """The layers of `model` for one item of `inputs`, each (N, ...).

    Containers are left out; shapes are without the batch axis; random numbers are put back. None
    where torchinfo cannot watch the model, which may train all the same.
    """
    try:
        return _table(model, inputs)
    except Exception:  # torchinfo's, of whatever the model meets when it is watched
        return None


def _table(model: nn.Module, inputs: Tensors) -> ModelTable:
    item = {name: values[:1].clone() for name, values in inputs.items()}
    first, *others = item.values()
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchinfo asks torch for deprecated storage
        summary = torchinfo.summary(
            model, input_data=item if others else first, verbose=0, device=first.device
        )
    leaves = [layer for layer in summary.summary_list if layer.is_leaf_layer]
    return ModelTable(
        layers=tuple(
            Layer(
                name=layer.var_name,
                kind=layer.class_name,
                output_shape=tuple(layer.output_size[1:]),
                parameters=max(layer.num_params, 0),
            )
            for layer in leaves
        ),
        total_parameters=summary.total_params,
        trainable_parameters=summary.trainable_params,
        input_bytes=summary.total_input,
        forward_backward_bytes=summary.total_output_bytes,
        parameter_bytes=summary.total_param_bytes,
    )


def training_flops(recipe: Recipe, items: int, step: Callable[[int], object]) -> int:
    """The floating-point operations of all training steps, forward and backward.

    As torch's counter has them: matrix products and convolutions, 2 for a multiplication with its
    addition; element-wise operations are not counted. `step(n)` goes forward and back once with n
    of the `items`.
    """

    def counted(batch: int) -> int:
        with FlopCounterMode(
            display=False, custom_mapping={torch.ops.aten.baddbmm_: _product_flops}
        ) as counter:
            step(batch)
        return int(counter.get_total_flops())

    batches, rest = divmod(items, recipe.batch_size)
    of_an_epoch = (batches * counted(recipe.batch_size) if batches else 0) + (
        counted(rest) if rest else 0
    )
    return recipe.epochs * of_an_epoch


def _product_flops(_: object, a: tuple[int, ...], b: tuple[int, ...], **__: object) -> int:
    """Of baddbmm in place, which torch's counter does not know: (S, m, k) times (S, k, n)."""
    return 2 * math.prod(a) * b[-1]


def autograd_flops(recipe: Recipe, train: Split) -> int:
    """`training_flops` of torch's autograd, counted on the CPU on a model made for this.

    The state of the random generators is put back.
    """
    with torch.random.fork_rng(devices=[]):
        trial, first_target = recipe.build(), next(iter(train.targets))

        def step(count: int) -> None:
            batch = train.first(count)
            inputs = {name: values.clone() for name, values in batch.inputs.items()}
            recipe.loss(call(trial, inputs, first_target), batch.targets).backward()

        return training_flops(recipe, len(train), step)
