"""Convolutions: products whose tables say which pixels are under each tap."""

from __future__ import annotations

import torch

from suite.engine import machine, products
from suite.engine.assembly import SHIFT, Places, back, padded
from suite.engine.emitting import CannotLowerError, Emitter, Pair, Pooled, in_pieces
from suite.engine.intrinsics import WIDTH
from suite.engine.linear import forward, inputs_back, separate, weights_back
from suite.engine.weights import Matrix


def convolution(
    emitter: Emitter, places: Places, matrix: Matrix, kernel: Pair, stride: Pair, padding: Pair
) -> Places:
    """Images (B, C, H, W) to (B, outputs, h, w); `matrix` has rows (tap, channel)."""
    if places.shape[2] + 2 * padding[0] < kernel[0] or places.shape[3] + 2 * padding[1] < kernel[1]:
        raise CannotLowerError(
            f"images {tuple(places.shape[2:])} are smaller than the kernel {kernel}"
        )
    if any(padding):
        places = emitter.channels_last(places, padding)
    patches = patches_of(places, kernel, stride)  # (B h w, taps C)
    if separate(patches) is None:
        places = emitter.channels_last(places)
        patches = patches_of(places, kernel, stride)
    items, channels, high, wide = places.shape
    height, width = (high - kernel[0]) // stride[0] + 1, (wide - kernel[1]) // stride[1] + 1
    output = emitter.output(len(patches), matrix.outputs, places, matrix.buffer)
    rows, terms = patches[:, 0], patches[0] - patches[0, 0]
    forward(emitter, rows, terms, matrix, output)
    images = output.places().reshape(items, height, width, matrix.outputs)
    is_regular = channels % WIDTH == 0 and padded(matrix.outputs) <= products.PANEL
    if emitter.trains and is_regular and stride == (1, 1) and _is_whole_images(emitter, places):
        emitter.can_be_sparse.add(output.start)

    def emit() -> None:
        if (pooled := emitter.pooled.get(output.start)) is not None:
            _sparse_back(emitter, places, matrix, kernel, pooled, width)
            return
        weights_back(emitter, rows, terms, matrix, output)
        if emitter.learns(places):
            _images_back(emitter, places, images, matrix, kernel, stride)

    emitter.later(output, emit)
    return images.permute(0, 3, 1, 2)


def _images_back(
    emitter: Emitter, places: Places, images: Places, matrix: Matrix, kernel: Pair, stride: Pair
) -> None:
    """The gradient of a convolution's inputs: one with the taps in reverse order.

    It reads the gradients of its outputs with zeros between them, as many as the stride says,
    and around them.
    """
    (items, channels, high, wide), (rows, columns) = places.shape, kernel
    _, height, width, outputs = images.shape
    spread = emitter.space.allocate(
        items * (high + rows - 1) * (wide + columns - 1), outputs, learns=False
    )
    grid = spread.places().reshape(items, high + rows - 1, wide + columns - 1, outputs)
    inner = grid[:, rows - 1 :: stride[0], columns - 1 :: stride[1]][:, :height, :width]
    of, to, piece = in_pieces(images, inner)
    emitter.program.add(
        machine.MOVE, emitter.space.table(of), emitter.space.table(to), len(of), piece, SHIFT, 0, 0
    )
    taps, turned_rows = rows * columns, padded(rows * columns * outputs + WIDTH)
    turned = emitter.space.allocate(turned_rows, padded(channels), learns=False)
    start, inputs = matrix.buffer.start, padded(matrix.inputs)
    emitter.program.add(
        machine.FLIP, start, inputs, padded(outputs), taps, channels, outputs, turned.start, turned_rows, padded(channels),
    )  # fmt: skip
    patches = patches_of(grid.permute(0, 3, 1, 2), kernel, (1, 1))
    flat = places.permute(0, 2, 3, 1).reshape(-1, channels)
    inputs_back(emitter, flat, patches[:, 0], patches[0] - patches[0, 0], turned.start, turned_rows)


def _is_whole_images(emitter: Emitter, places: Places) -> bool:
    """Whether the images are a buffer's rows, a row a pixel, in their order."""
    buffer = emitter.space.around(int(places[0, 0, 0, 0]))
    flat = places.permute(0, 2, 3, 1).reshape(-1, places.shape[1])
    return flat.shape == (buffer.rows, buffer.columns) and torch.equal(flat, buffer.places())


def _sparse_back(
    emitter: Emitter, places: Places, matrix: Matrix, kernel: Pair, pooled: Pooled, width: int
) -> None:
    """The backward pass of a convolution of which `pooled` takes the outputs, `width` a row."""
    program, images = emitter.program, emitter.space.around(int(places[0, 0, 0, 0]))
    _, channels, high, wide = places.shape
    pixel, columns = pooled.windows, padded(matrix.outputs)
    corners = (pixel // width * wide + pixel % width) * images.step
    table = emitter.space.table(torch.where(pixel < 0, 0, corners))
    outputs, taps = pixel.shape[0] * pixel.shape[1], pixel.shape[2]
    output, bias = pooled.output, matrix.bias
    of = (back(output.start), pooled.chosen.start, pooled.items, table, outputs, taps, columns)
    size, item = matrix.inputs, high * wide * images.step
    rest = (size, kernel[0])
    row = wide * images.step
    if bias is not None and bias.learns:
        adds = program.claim(bias)
        program.add(machine.ADD_ROWS, of[0], output.rows, columns, columns, back(bias.start), adds)
    turned = emitter.space.allocate(columns, size, learns=False)
    start = matrix.buffer.start
    if matrix.buffer.learns:
        adds = program.claim(matrix.buffer)
        program.add(machine.FILL, turned.start, turned.size)
        if adds:
            program.add(machine.TURN, back(start), size, columns, turned.start)
        program.add(machine.WEIGHTS_BACK, *of, turned.start, *rest, images.start, item, row)
        program.add(machine.TURN, turned.start, columns, size, back(start))
    if emitter.learns(places):
        if not program.claim(places):
            program.add(machine.FILL, back(images.start), images.size)
        program.add(machine.TURN, start, size, columns, turned.start)
        program.add(machine.IMAGES_BACK, *of, turned.start, *rest, back(images.start), item, row)


def patches_of(places: Places, kernel: Pair, stride: Pair) -> Places:
    """Images (B, C, H, W) to a row for each window: its numbers by tap and channel."""
    windows = places.unfold(2, kernel[0], stride[0]).unfold(3, kernel[1], stride[1])
    items, channels, height, width, rows, columns = windows.shape
    return windows.permute(0, 2, 3, 4, 5, 1).reshape(
        items * height * width, rows * columns * channels
    )
