"""Linear layers, and what convolutions have in common with them: three products."""

from __future__ import annotations

import torch

from suite.engine import machine, products
from suite.engine.assembly import SHIFT, Buffer, Places, back, padded
from suite.engine.emitting import Emitter, in_pieces
from suite.engine.weights import Matrix

BLOCK = 128  # terms of a gradient of weights that are done at a time: what stays in a core's cache


def linear(emitter: Emitter, places: Places, matrix: Matrix) -> Places:
    """(..., inputs) to (..., outputs)."""
    flat = places.reshape(-1, matrix.inputs)
    terms = separate(flat)
    if matrix.order is None:
        natural = torch.arange(matrix.inputs)
        matrix.order = natural if terms is None else torch.argsort(terms, stable=True)
    flat = flat[:, matrix.order]
    terms = separate(flat)
    if terms is None or bool((terms[1:] < terms[:-1]).any()):
        flat = emitter.in_rows(flat)
    output = emitter.output(len(flat), matrix.outputs, places, matrix.buffer)
    rows, terms = flat[:, 0], flat[0] - flat[0, 0]
    forward(emitter, rows, terms, matrix, output)

    def emit() -> None:
        weights_back(emitter, rows, terms, matrix, output)
        if emitter.learns(flat):
            columns, outputs = padded(matrix.inputs), padded(matrix.outputs)
            turned = emitter.space.allocate(outputs, columns, learns=False).start
            start = matrix.buffer.start
            emitter.program.add(
                machine.TRANSPOSE,
                start,
                columns,
                outputs,
                0,
                columns,
                turned,
                outputs,
                0,
                columns,
            )
            inputs_back(
                emitter, flat, output.places()[:, 0], torch.arange(matrix.outputs), turned, outputs
            )

    emitter.later(output, emit)
    return output.places().reshape(*places.shape[:-1], matrix.outputs)


def forward(
    emitter: Emitter, rows: Places, terms: torch.Tensor, matrix: Matrix, output: Buffer
) -> None:
    """Emits the product of a linear layer or a convolution, A at `rows` and `terms`."""
    bias = -1 if matrix.bias is None else matrix.bias.start
    table = emitter.space.table
    emitter.program.add(
        machine.PRODUCT, 0, table(rows), len(rows), table(terms), len(terms), len(terms),
        matrix.buffer.start, padded(matrix.inputs), padded(matrix.outputs), output.start,
        output.step, products.PANEL, bias, 0, 0,
    )  # fmt: skip


def weights_back(
    emitter: Emitter, rows: Places, terms: torch.Tensor, matrix: Matrix, output: Buffer
) -> None:
    """The gradients of weights and bias: A is the transpose of the forward pass's."""
    program, table, columns = emitter.program, emitter.space.table, padded(matrix.outputs)
    b: int = back(output.start)
    if matrix.bias is not None and matrix.bias.learns:
        adds = program.claim(matrix.bias)
        program.add(
            machine.ADD_ROWS,
            b,
            output.rows,
            columns,
            output.step,
            back(matrix.bias.start),
            adds,
        )
    if not matrix.buffer.learns:
        return
    if columns > products.PANEL:
        packed = emitter.space.allocate(output.rows, columns, learns=False)
        program.add(machine.PACK, b, output.rows, columns, output.step, packed.start)
        b = packed.start
    adds = program.claim(matrix.buffer)
    program.add(
        machine.PRODUCT, 0, table(rows[0] + terms), matrix.inputs, table(rows - rows[0]), len(rows),
        BLOCK, b, output.rows, columns, back(matrix.buffer.start), 0,
        padded(matrix.inputs) * products.PANEL, -1, products.ADD if adds else 0, 0,
    )  # fmt: skip


def inputs_back(
    emitter: Emitter,
    flat: Places,
    rows: Places,
    terms: torch.Tensor,
    weights: int,
    weights_rows: int,
) -> None:
    """The gradient of `flat` (R, N).

    A is at `rows` and `terms`: the gradient of an output, or a copy of that.
    """
    columns = padded(flat.shape[1])
    step = step_of_rows(flat, columns)
    own = None if step else emitter.space.allocate(len(flat), flat.shape[1], learns=False)
    adds = own is None and emitter.program.claim(flat)
    start = back(int(flat[0, 0])) if own is None else own.start
    is_copy = not emitter.space.around(int(rows[0])).learns
    emitter.program.add(
        machine.PRODUCT, 0 if is_copy else SHIFT, emitter.space.table(rows), len(flat), emitter.space.table(terms),
        len(terms), len(terms), weights, weights_rows, columns, start, step or columns, products.PANEL,
        -1, products.ADD if adds else 0, SHIFT,
    )  # fmt: skip
    if own is not None:
        of, to, width = in_pieces(own.places(), flat)
        adds, table = emitter.program.claim(flat), emitter.space.table
        emitter.program.add(machine.MOVE, table(of), table(to), len(of), width, 0, SHIFT, adds)


def separate(flat: Places) -> torch.Tensor | None:
    """The offsets of a row's numbers from its first, where they are the same in all rows."""
    terms = flat[0] - flat[0, 0]
    return terms if torch.equal(flat, flat[:, :1] + terms) else None


def step_of_rows(flat: Places, columns: int) -> int:
    """How far apart the rows are, where each holds its numbers one behind the other; else 0.

    There must be room for `columns` numbers in each.
    """
    step = int(flat[1, 0] - flat[0, 0]) if len(flat) > 1 else columns
    rows = flat[0, 0] + torch.arange(len(flat)).unsqueeze(1) * step
    is_regular = torch.equal(flat, rows + torch.arange(flat.shape[1]))
    return step if is_regular and step >= columns else 0
