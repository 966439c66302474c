from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from suite.engine import machine, products
from tests.engine import oracle

RNG = np.random.default_rng(8)


def matrix(*shape: int) -> np.ndarray:
    """Numbers of very different size, so that the order of a sum shows."""
    size = 10.0 ** RNG.uniform(-3, 3, shape)
    return (RNG.standard_normal(shape) * size).astype(np.float32)


def panels(b: np.ndarray) -> np.ndarray:
    return np.concatenate([b[:, j : j + 64].ravel() for j in range(0, b.shape[1], 64)])


def run(row: list[int], tables: np.ndarray, memory: np.ndarray) -> None:
    program = np.zeros((1, machine.OPERANDS), np.int64)
    program[0, : len(row)] = row
    machine.run(program, tables.astype(np.int64), np.zeros(16), memory)


def test_the_oracles_fma_rounds_once() -> None:
    a, b, c = matrix(500), matrix(500), matrix(500)
    for x, y, z, got in zip(a, b, c, oracle.fma(a, b, c), strict=True):
        exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
        neighbours = [
            got,
            np.nextafter(got, np.float32(np.inf)),
            np.nextafter(got, np.float32(-np.inf)),
        ]
        assert min(neighbours, key=lambda n: abs(Fraction(float(n)) - exact)) == got


@pytest.mark.parametrize("columns", [16, 32, 48, 64, 80, 128])
@pytest.mark.parametrize(
    ("rows", "count", "block"), [(1, 1, 1), (5, 7, 7), (29, 40, 13), (111, 9, 9)]
)
def test_products_equal_the_oracle_bit_for_bit(
    columns: int, rows: int, count: int, block: int
) -> None:
    a, b, bias = matrix(rows, count), matrix(count, columns), matrix(columns)
    at_a, at_b = 64, 64 + a.size
    at_bias, at_c = at_b + b.size, at_b + b.size + columns
    memory = np.concatenate(
        [np.zeros(64, np.float32), a.ravel(), panels(b), bias, np.zeros(rows * columns, np.float32)]
    )
    tables = np.concatenate([at_a + np.arange(rows) * count, np.arange(count)])
    place = [0, 0, rows, rows, count, block, at_b, count, columns, at_c, columns, 64]
    run([machine.PRODUCT, *place, at_bias, 0, 0], tables, memory)
    expected = oracle.product(bias, a, b)
    assert np.array_equal(memory[at_c:].reshape(rows, columns), expected)

    run([machine.PRODUCT, *place, -1, products.ADD | products.RELU, 0], tables, memory)
    expected = np.maximum(oracle.product(expected, a, b), 0)
    assert np.array_equal(memory[at_c:].reshape(rows, columns), expected)


def test_the_transpose_of_a_product_is_a_product_with_other_tables() -> None:
    x, delta = matrix(30, 21), matrix(30, 48)
    at_x, at_delta = 64, 64 + x.size
    at_c = at_delta + delta.size
    memory = np.concatenate(
        [np.zeros(64, np.float32), x.ravel(), delta.ravel(), np.zeros(21 * 48, np.float32)]
    )
    tables = np.concatenate([at_x + np.arange(21), np.arange(30) * 21])
    run(
        [machine.PRODUCT, 0, 0, 21, 21, 30, 8, at_delta, 30, 48, at_c, 0, 21 * 64, -1, 0, 0],
        tables,
        memory,
    )
    expected = oracle.product(np.float32(0), x.T, delta)
    assert np.array_equal(memory[at_c:].reshape(21, 48), expected)


def test_a_gate_is_open_where_the_number_before_is_above_0_or_none() -> None:
    a, b = matrix(3, 4), matrix(4, 16)
    memory = np.concatenate(
        [np.zeros(64, np.float32), a.ravel(), b.ravel(), np.zeros(96, np.float32)]
    )
    at_b, at_y = 76, 140
    gates = memory[at_y : at_y + 48]
    gates[:] = RNG.permutation(np.repeat(np.array([-1, 0, 2, np.nan], np.float32), 12))
    tables = np.concatenate([64 + np.arange(3) * 4, np.arange(4)])
    run(
        [machine.PRODUCT, 0, 0, 3, 3, 4, 4, at_b, 4, 16, at_y + 48, 16, 64, -1, products.GATE, 48],
        tables,
        memory,
    )
    expected = np.where(
        gates.reshape(3, 16) <= 0, np.float32(0), oracle.product(np.float32(0), a, b)
    )
    assert np.array_equal(memory[at_y + 48 :].reshape(3, 16), expected)


@pytest.mark.parametrize(("rows", "columns"), [(32, 80), (16, 64), (80, 160)])
def test_transposes_are_transposes(rows: int, columns: int) -> None:
    b = matrix(rows, columns)
    memory = np.concatenate([np.zeros(64, np.float32), panels(b), np.zeros(b.size, np.float32)])
    to = 64 + b.size
    run([machine.TRANSPOSE, 64, rows, columns, 0, rows, to, columns, 0, rows], np.zeros(1), memory)
    assert np.array_equal(memory[to:], panels(b.T))


def test_flipped_weights_are_those_of_the_backward_convolution() -> None:
    taps, inputs, outputs = 6, 5, 20
    b = np.zeros((32, 32), np.float32)
    b[: taps * inputs, :outputs] = matrix(taps * inputs, outputs)
    rows = 144
    memory = np.concatenate([np.zeros(64, np.float32), panels(b), np.zeros(rows * 16, np.float32)])
    to = 64 + b.size
    run([machine.FLIP, 64, 32, 32, taps, inputs, outputs, to, rows, 16], np.zeros(1), memory)
    got = memory[to:].reshape(rows, 16)
    for tap in range(taps):
        block = b[(taps - 1 - tap) * inputs : (taps - tap) * inputs, :outputs]
        assert np.array_equal(got[tap * outputs : (tap + 1) * outputs, :inputs], block.T)
    assert not got[:, inputs:].any()


def test_sums_of_rows_and_packed_panels_equal_the_oracle() -> None:
    d = matrix(40, 80)
    memory = np.concatenate(
        [np.zeros(64, np.float32), d.ravel(), np.zeros(80 + d.size, np.float32)]
    )
    to = 64 + d.size
    run([machine.ADD_ROWS, 64, 40, 80, 80, to, 0], np.zeros(1), memory)
    assert np.array_equal(memory[to : to + 80], oracle.added(d))
    run([machine.PACK, 64, 40, 80, 80, to + 80], np.zeros(1), memory)
    assert np.array_equal(memory[to + 80 :], panels(d))
