"""The source's networks, layer by layer."""

from __future__ import annotations

import pytest
import torch

from suite.models.mlp import SigmoidMLP
from suite.models.registry import MODELS
from suite.provenance.references import load
from suite.reports.model_tables import layers_table, memory_line
from suite.result import ModelTable
from suite.training.measure import model_table

LINEAR, CONVOLUTION = "Linear", "Conv2d"


def table_of(name: str, *shape: int) -> ModelTable:
    table = model_table(load(MODELS[name])(), {"inputs": torch.zeros(3, *shape)})
    assert table is not None
    return table


def weighted(table: ModelTable) -> list[tuple[str, tuple[int, ...], int]]:
    return [
        (layer.kind, layer.output_shape, layer.parameters)
        for layer in table.layers
        if layer.parameters
    ]


def test_the_mlp_is_the_sources() -> None:
    table = table_of("mlp", 1, 14, 14)
    assert weighted(table) == [
        (LINEAR, (500,), 98_500),
        (LINEAR, (500,), 250_500),
        (LINEAR, (128,), 64_128),
        (LINEAR, (10,), 1_290),
    ]
    assert table.total_parameters == table.trainable_parameters == 414_418
    assert memory_line(table).endswith(
        "input 0.00 MB, forward and backward pass 0.01 MB, parameters 1.58 MB, total 1.59 MB."
    )


def test_the_cnn_is_the_sources() -> None:
    table = table_of("cnn", 1, 14, 14)
    assert weighted(table) == [
        (CONVOLUTION, (32, 12, 12), 320),
        (CONVOLUTION, (64, 10, 10), 18_496),
        (LINEAR, (200,), 320_200),
        (LINEAR, (10,), 2_010),
    ]
    assert ("MaxPool2d", (64, 5, 5), 0) in [
        (one.kind, one.output_shape, one.parameters) for one in table.layers
    ]
    assert table.total_parameters == table.trainable_parameters == 341_026
    assert memory_line(table).endswith(
        "input 0.00 MB, forward and backward pass 0.09 MB, parameters 1.30 MB, total 1.39 MB."
    )


def test_the_siamese_network_has_one_trunk_and_a_head() -> None:
    model = load(MODELS["siamese-cnn"])()
    outputs = model(torch.randn(7, 2, 14, 14))
    assert {name: tuple(output.shape) for name, output in outputs.items()} == {
        "digits": (7, 2, 10),
        "comparison": (7, 2),
    }
    assert sum(p.numel() for p in model.parameters()) == 341_026 + (20 * 64 + 64) + (64 * 2 + 2)


def test_the_siamese_network_reads_both_sides_alike() -> None:
    model = load(MODELS["siamese-cnn"])().eval()
    pairs = torch.randn(7, 2, 14, 14)
    swapped = model(pairs.flip(1))["digits"].flip(1)
    torch.testing.assert_close(model(pairs)["digits"], swapped)


def test_the_separate_networks_see_their_own_side_alone() -> None:
    model = load(MODELS["separate-cnns"])()
    assert sum(p.numel() for p in model.parameters()) == 2 * 341_026
    pairs = torch.randn(7, 2, 14, 14)
    model(pairs)["digits"][:, 0].sum().backward()
    assert all(p.grad is not None for p in model.first.parameters())
    assert all(p.grad is None or not p.grad.any() for p in model.second.parameters())
    torch.testing.assert_close(model(pairs)["digits"][:, 1], model.second(pairs[:, 1:]))


def test_the_sigmoid_network_is_of_any_depth() -> None:
    model = SigmoidMLP([2, 25, 25, 25, 2])
    assert [type(layer).__name__ for layer in model] == ["Linear", "ReLU"] * 3 + [
        "Linear",
        "Sigmoid",
    ]
    assert sum(p.numel() for p in model.parameters()) == 1_427
    with pytest.raises(ValueError, match="expected at least an input and an output width, got"):
        SigmoidMLP([2])


def test_the_printed_table_names_layers_shapes_and_parameters() -> None:
    rows = layers_table(table_of("cnn", 1, 14, 14)).rows
    assert rows[0] == {"layer": "Conv2d", "output shape": "32x12x12", "parameters": "320"}
