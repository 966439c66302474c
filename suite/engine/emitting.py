"""Layers as kernels: each emits its forward pass now, and its backward pass when that is asked for.

A value is the places of its numbers, a tensor of int64 in the shape that the numbers have: (B, N),
(B, C, H, W). So views, slices and stacks of values are views, slices and stacks of places, and move
no number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from suite.engine import layers, machine, products
from suite.engine.assembly import SHIFT, Buffer, Places, Program, Space, back, padded
from suite.engine.intrinsics import WIDTH

BLOCK = 128  # terms of a gradient of weights that are done at a time: what stays in a core's cache
Pair = tuple[int, int]


class CannotLowerError(ValueError):
    """What of a model, a loss or an optimiser the engine has no kernel for."""


@dataclass
class Matrix:
    """A weight matrix (inputs, outputs) in panels, and its bias.

    `order`: for each row which of torch's inputs it is; None until the first use decides.
    """

    buffer: Buffer
    inputs: int
    outputs: int
    bias: Buffer | None
    order: torch.Tensor | None = None

    def places(self) -> Places:
        """Of the weights, (outputs, inputs in torch's order)."""
        k, n = torch.arange(self.inputs), torch.arange(self.outputs).unsqueeze(1)
        panel = n // products.PANEL * products.PANEL
        width = (padded(self.outputs) - panel).clamp(max=products.PANEL)
        places = self.buffer.start + panel * padded(self.inputs) + k * width + n - panel
        order = torch.arange(self.inputs) if self.order is None else self.order
        return places[:, torch.argsort(order)]


@dataclass(frozen=True)
class Norm:
    """Batch normalisation: its scale, bias and running statistics; those are two rows."""

    scale: Buffer
    bias: Buffer
    running: Buffer
    epsilon: float
    momentum: float


@dataclass(frozen=True)
class Pooled:
    """A max-pooling that alone takes a convolution's outputs: its outputs, and what it chose."""

    output: Buffer
    chosen: Buffer
    windows: torch.Tensor
    items: int


@dataclass
class Emitter:
    """Emits the kernels of one program, for one number of items.

    `backward`: what emits the backward passes, in the order of the forward ones. `can_be_sparse`:
    the starts of convolutions' outputs for which suite.engine.sparse has a backward pass;
    `pooled`: the max-poolings that take them.
    """

    space: Space
    trains: bool
    program: Program
    backward: list[Callable[[], None]] = field(default_factory=list)
    dropouts: int = 0
    can_be_sparse: set[int] = field(default_factory=set)
    pooled: dict[int, Pooled] = field(default_factory=dict)

    def run_backward(self) -> None:
        """Emits all backward passes, the last one first."""
        for emit in reversed(self.backward):
            emit()

    def learns(self, *places: Places) -> bool:
        """Whether a gradient of any of these is wanted."""
        return self.trains and any(b.learns for some in places for b in self.space.of(some))

    def output(self, rows: int, columns: int, *inputs: Places, can_change: bool = True) -> Buffer:
        """A new buffer for what is computed from `inputs`."""
        buffer = self.space.allocate(rows, columns, learns=self.learns(*inputs))
        buffer.can_change = can_change
        return buffer

    def later(self, output: Buffer, emit: Callable[[], None]) -> None:
        """Has `emit` called where the output has a gradient."""

        def emit_if_wanted() -> None:
            if output.learns and self.program.has_gradient(output):
                emit()

        self.backward.append(emit_if_wanted)

    # --- copies ---

    def copy(self, places: Places, targets: Places) -> None:
        """Copies numbers, and the gradients of the copies back to them."""
        of, to, width = _in_pieces(places, targets)
        first, second, count = self.space.table(of), self.space.table(to), len(of)
        self.program.add(machine.MOVE, first, second, count, width, 0, 0, 0)

        def emit() -> None:
            if self.learns(places):
                adds = self.program.claim(places)
                self.program.add(machine.MOVE, second, first, count, width, SHIFT, SHIFT, adds)

        self.later(self.space.around(int(targets.min())), emit)

    def in_rows(self, places: Places) -> Places:
        """A copy (R, N) in a buffer of its own."""
        buffer = self.output(places.shape[0], places.shape[1], places)
        self.copy(places, buffer.places())
        return buffer.places()

    def channels_last(self, places: Places, padding: Pair = (0, 0)) -> Places:
        """A copy of images (B, C, H, W), a row a pixel, within borders of zeros."""
        items, channels, height, width = places.shape
        rows, columns = padding
        high, wide = height + 2 * rows, width + 2 * columns
        buffer = self.output(items * high * wide, channels, places)
        new = buffer.places().reshape(items, high, wide, channels)
        inner = new[:, rows : rows + height, columns : columns + width]
        self.copy(places.permute(0, 2, 3, 1), inner)
        return new.permute(0, 3, 1, 2)

    def whole(self, places: Places) -> tuple[Places, Buffer]:
        """The value in a buffer that holds nothing else, padded as results are, and that buffer."""
        buffers = self.space.of(places)
        if len(buffers) == 1 and buffers[0].step == padded(buffers[0].columns):
            buffer = buffers[0]
            taken = torch.zeros(buffer.size, dtype=torch.bool)
            taken[(places - buffer.start).reshape(-1)] = True
            if int(taken.sum()) == places.numel() == buffer.rows * buffer.columns:
                return places, buffer
        if places.ndim == 4:
            new = self.channels_last(places)
        else:
            new = self.in_rows(places.reshape(places.shape[0], -1)).reshape(places.shape)
        return new, self.space.around(int(new.min()))

    def as_images(self, places: Places) -> tuple[Places, Buffer]:
        """Images (B, C, H, W) in a buffer of their own with a row a pixel, and that buffer."""
        places, buffer = self.whole(places)
        items, channels, height, width = places.shape
        rows = buffer.places().reshape(-1)
        has_rows = buffer.columns == channels and torch.equal(
            places.permute(0, 2, 3, 1).reshape(-1), rows
        )
        if not has_rows:
            places = self.channels_last(places)
        return places, self.space.around(int(places.min()))

    # --- products ---

    def linear(self, places: Places, matrix: Matrix) -> Places:
        """(..., inputs) to (..., outputs)."""
        flat = places.reshape(-1, matrix.inputs)
        terms = _separate(flat)
        if matrix.order is None:
            natural = torch.arange(matrix.inputs)
            matrix.order = natural if terms is None else torch.argsort(terms, stable=True)
        flat = flat[:, matrix.order]
        terms = _separate(flat)
        if terms is None or bool((terms[1:] < terms[:-1]).any()):
            flat = self.in_rows(flat)
        output = self.output(len(flat), matrix.outputs, places, matrix.buffer.places())
        rows, terms = flat[:, 0], flat[0] - flat[0, 0]
        self._forward(rows, terms, matrix, output)

        def emit() -> None:
            self._weights_back(rows, terms, matrix, output)
            if self.learns(flat):
                columns, outputs = padded(matrix.inputs), padded(matrix.outputs)
                turned = self.space.allocate(outputs, columns, learns=False).start
                start = matrix.buffer.start
                self.program.add(
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
                self._inputs_back(
                    flat, output.places()[:, 0], torch.arange(matrix.outputs), turned, outputs
                )

        self.later(output, emit)
        return output.places().reshape(*places.shape[:-1], matrix.outputs)

    def convolution(
        self, places: Places, matrix: Matrix, kernel: Pair, stride: Pair, padding: Pair
    ) -> Places:
        """Images (B, C, H, W) to (B, outputs, h, w); `matrix` has rows (tap, channel)."""
        if (
            places.shape[2] + 2 * padding[0] < kernel[0]
            or places.shape[3] + 2 * padding[1] < kernel[1]
        ):
            raise CannotLowerError(
                f"images {tuple(places.shape[2:])} are smaller than the kernel {kernel}"
            )
        if any(padding):
            places = self.channels_last(places, padding)
        patches = _patches(places, kernel, stride)  # (B h w, taps C)
        if _separate(patches) is None:
            places = self.channels_last(places)
            patches = _patches(places, kernel, stride)
        items, channels, high, wide = places.shape
        height, width = (high - kernel[0]) // stride[0] + 1, (wide - kernel[1]) // stride[1] + 1
        output = self.output(len(patches), matrix.outputs, places, matrix.buffer.places())
        rows, terms = patches[:, 0], patches[0] - patches[0, 0]
        self._forward(rows, terms, matrix, output)
        images = output.places().reshape(items, height, width, matrix.outputs)
        is_regular = channels % WIDTH == 0 and padded(matrix.outputs) <= products.PANEL
        if self.trains and is_regular and stride == (1, 1) and self._is_whole_images(places):
            self.can_be_sparse.add(output.start)

        def emit() -> None:
            if (pooled := self.pooled.get(output.start)) is not None:
                self._sparse_back(places, matrix, kernel, pooled, width)
                return
            self._weights_back(rows, terms, matrix, output)
            if self.learns(places):
                self._images_back(places, images, matrix, kernel, stride)

        self.later(output, emit)
        return images.permute(0, 3, 1, 2)

    def _is_whole_images(self, places: Places) -> bool:
        """Whether the images are a buffer's rows, a row a pixel, in their order."""
        buffer = self.space.around(int(places[0, 0, 0, 0]))
        flat = places.permute(0, 2, 3, 1).reshape(-1, places.shape[1])
        return flat.shape == (buffer.rows, buffer.columns) and torch.equal(flat, buffer.places())

    def _sparse_back(
        self, places: Places, matrix: Matrix, kernel: Pair, pooled: Pooled, width: int
    ) -> None:
        """The backward pass of a convolution of which `pooled` takes the outputs, `width` a row."""
        program, images = self.program, self.space.around(int(places[0, 0, 0, 0]))
        _, channels, high, wide = places.shape
        pixel, columns = pooled.windows, padded(matrix.outputs)
        corners = (pixel // width * wide + pixel % width) * images.step
        table = self.space.table(torch.where(pixel < 0, 0, corners))
        outputs, taps = pixel.shape[0] * pixel.shape[1], pixel.shape[2]
        output, bias = pooled.output, matrix.bias
        of = (back(output.start), pooled.chosen.start, pooled.items, table, outputs, taps, columns)
        size, item = matrix.inputs, high * wide * images.step
        rest = (size, kernel[0])
        row = wide * images.step
        if bias is not None and bias.learns:
            adds = program.claim(bias.places())
            program.add(
                machine.ADD_ROWS, of[0], output.rows, columns, columns, back(bias.start), adds
            )
        turned = self.space.allocate(columns, size, learns=False)
        start = matrix.buffer.start
        if matrix.buffer.learns:
            adds = program.claim(matrix.buffer.places())
            program.add(machine.FILL, turned.start, turned.size)
            if adds:
                program.add(machine.TURN, back(start), size, columns, turned.start)
            program.add(machine.WEIGHTS_BACK, *of, turned.start, *rest, images.start, item, row)
            program.add(machine.TURN, turned.start, columns, size, back(start))
        if self.learns(places):
            if not program.claim(places):
                program.add(machine.FILL, back(images.start), images.size)
            program.add(machine.TURN, start, size, columns, turned.start)
            program.add(
                machine.IMAGES_BACK, *of, turned.start, *rest, back(images.start), item, row
            )

    def _images_back(
        self, places: Places, images: Places, matrix: Matrix, kernel: Pair, stride: Pair
    ) -> None:
        """The gradient of a convolution's inputs: one with the taps in reverse order.

        It reads the gradients of its outputs with zeros between them, as many as the stride says,
        and around them.
        """
        (items, channels, high, wide), (rows, columns) = places.shape, kernel
        _, height, width, outputs = images.shape
        spread = self.space.allocate(
            items * (high + rows - 1) * (wide + columns - 1), outputs, learns=False
        )
        grid = spread.places().reshape(items, high + rows - 1, wide + columns - 1, outputs)
        inner = grid[:, rows - 1 :: stride[0], columns - 1 :: stride[1]][:, :height, :width]
        of, to, piece = _in_pieces(images, inner)
        self.program.add(
            machine.MOVE, self.space.table(of), self.space.table(to), len(of), piece, SHIFT, 0, 0
        )
        taps, turned_rows = rows * columns, padded(rows * columns * outputs + WIDTH)
        turned = self.space.allocate(turned_rows, padded(channels), learns=False)
        start, inputs = matrix.buffer.start, padded(matrix.inputs)
        self.program.add(
            machine.FLIP, start, inputs, padded(outputs), taps, channels, outputs, turned.start, turned_rows, padded(channels),
        )  # fmt: skip
        patches = _patches(grid.permute(0, 3, 1, 2), kernel, (1, 1))
        flat = places.permute(0, 2, 3, 1).reshape(-1, channels)
        self._inputs_back(
            flat, patches[:, 0], patches[0] - patches[0, 0], turned.start, turned_rows
        )

    def _forward(self, rows: Places, terms: torch.Tensor, matrix: Matrix, output: Buffer) -> None:
        bias = -1 if matrix.bias is None else matrix.bias.start
        table = self.space.table
        self.program.add(
            machine.PRODUCT, 0, table(rows), len(rows), table(terms), len(terms), len(terms),
            matrix.buffer.start, padded(matrix.inputs), padded(matrix.outputs), output.start,
            output.step, products.PANEL, bias, 0, 0,
        )  # fmt: skip

    def _weights_back(
        self, rows: Places, terms: torch.Tensor, matrix: Matrix, output: Buffer
    ) -> None:
        """The gradients of weights and bias: A is the transpose of the forward pass's."""
        program, table, columns = self.program, self.space.table, padded(matrix.outputs)
        b: int = back(output.start)
        if matrix.bias is not None and matrix.bias.learns:
            adds = program.claim(matrix.bias.places())
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
            packed = self.space.allocate(output.rows, columns, learns=False)
            program.add(machine.PACK, b, output.rows, columns, output.step, packed.start)
            b = packed.start
        adds = program.claim(matrix.buffer.places())
        program.add(
            machine.PRODUCT, 0, table(rows[0] + terms), matrix.inputs, table(rows - rows[0]), len(rows),
            BLOCK, b, output.rows, columns, back(matrix.buffer.start), 0,
            padded(matrix.inputs) * products.PANEL, -1, products.ADD if adds else 0, 0,
        )  # fmt: skip

    def _inputs_back(
        self, flat: Places, rows: Places, terms: torch.Tensor, weights: int, weights_rows: int
    ) -> None:
        """The gradient of `flat` (R, N).

        A is at `rows` and `terms`: the gradient of an output, or a copy of that.
        """
        columns = padded(flat.shape[1])
        step = _step_of_rows(flat, columns)
        own = None if step else self.space.allocate(len(flat), flat.shape[1], learns=False)
        adds = own is None and self.program.claim(flat)
        start = back(int(flat[0, 0])) if own is None else own.start
        is_copy = not self.space.around(int(rows[0])).learns
        self.program.add(
            machine.PRODUCT, 0 if is_copy else SHIFT, self.space.table(rows), len(flat), self.space.table(terms),
            len(terms), len(terms), weights, weights_rows, columns, start, step or columns, products.PANEL,
            -1, products.ADD if adds else 0, SHIFT,
        )  # fmt: skip
        if own is not None:
            of, to, width = _in_pieces(own.places(), flat)
            adds, table = self.program.claim(flat), self.space.table
            self.program.add(machine.MOVE, table(of), table(to), len(of), width, 0, SHIFT, adds)

    # --- number by number ---

    def rectify(self, places: Places, *, is_alone: bool) -> Places:
        """max(0, v); in place where nobody else uses v (`is_alone`)."""
        places, buffer = self.whole(places)
        if not (is_alone and buffer.can_change):
            return self.activate(places, layers.RELU)
        last = self.program.rows[-1]
        if last[0] == machine.PRODUCT and last[10] == buffer.start and not self.program.is_back(10):
            last[14] |= products.RELU
        else:
            self.program.add(machine.KEEP_POSITIVE, buffer.start, buffer.start, buffer.size)

        def emit() -> None:
            last = self.program.rows[-1]
            if (
                pooled := self.pooled.get(buffer.start)
            ) is not None:  # its own gradient is not there
                y = pooled.output
                self.program.add(machine.KEEP_POSITIVE, back(y.start), y.start, y.size)
                return
            covers = last[3] * last[11] == buffer.size and last[9] == last[11]
            if (
                last[0] == machine.PRODUCT
                and last[10] == buffer.start
                and covers
                and self.program.is_back(10)
            ):
                last[14] |= products.GATE
            else:
                self.program.add(
                    machine.KEEP_POSITIVE, back(buffer.start), buffer.start, buffer.size
                )

        self.later(buffer, emit)
        return places

    def activate(self, places: Places, kind: int, slope: float = 0.0) -> Places:
        """phi(v), number by number, of one of the kinds of suite.engine.layers."""
        places, x = self.whole(places)
        y = self.output(x.rows, x.columns, places, can_change=False)
        given = self.space.constant(slope)
        self.program.add(machine.ACTIVATE, kind, x.start, y.start, x.size, given)

        def emit() -> None:
            adds = self.program.claim(places)
            self.program.add(
                machine.ACTIVATE_BACK, kind, x.start, y.start, x.size, given, SHIFT, adds
            )

        self.later(y, emit)
        return places - x.start + y.start

    def add(self, one: Places, other: Places) -> Places:
        """The sum of two values of one shape."""
        if one.shape != other.shape:
            raise CannotLowerError(f"a sum of shapes {tuple(one.shape)} and {tuple(other.shape)}")
        one, a = self.whole(one)
        y = self.output(a.rows, a.columns, one, other)
        places = one - a.start + y.start
        other, b = self.whole(other)
        if not torch.equal(other - b.start, one - a.start):
            moved = self.output(a.rows, a.columns, other)
            self.copy(other, one - a.start + moved.start)
            other, b = one - a.start + moved.start, moved
        for buffer, adds in ((a, 0), (b, 1)):
            self.program.add(machine.ADD, buffer.start, y.start, a.size, adds)

        def emit() -> None:
            for value, buffer in ((one, a), (other, b)):
                if self.learns(value):
                    adds = self.program.claim(value)
                    self.program.add(machine.ADD, back(y.start), back(buffer.start), a.size, adds)

        self.later(y, emit)
        return places

    def drop(self, places: Places, probability: float) -> Places:
        """Dropout while training; the same value otherwise."""
        if not self.trains or probability == 0:
            return places
        places, x = self.whole(places)
        y = self.output(x.rows, x.columns, places, can_change=False)
        mask = self.space.allocate(x.rows, x.columns, learns=False)
        dropped = round(probability * 2**32)
        self.program.add(machine.DROP, x.start, x.size, y.start, mask.start, self.dropouts, dropped)
        self.dropouts += 1

        def emit() -> None:
            adds = self.program.claim(places)
            self.program.add(machine.DROP_BACK, x.start, x.size, y.start, mask.start, SHIFT, adds)

        self.later(y, emit)
        return places - x.start + y.start

    # --- channels ---

    def normalise(self, places: Places, norm: Norm) -> Places:
        """Batch normalisation of (B, C) or (B, C, H, W)."""
        if places.ndim == 4:
            places, x = self.as_images(places)
        else:
            places, x = self.whole(places)
        if self.trains and x.rows < 2:
            raise CannotLowerError("batch normalisation of a batch of one number a channel")
        y = self.output(x.rows, x.columns, places, norm.scale.places(), norm.bias.places())
        seen = self.space.allocate(3, x.columns, learns=False)
        constants = (self.space.constant(norm.epsilon), self.space.constant(norm.momentum))
        scale, bias = norm.scale, norm.bias
        self.program.add(
            machine.NORMALISE, x.start, x.rows, x.step, y.start, scale.start, bias.start,
            norm.running.start, seen.start, *constants, self.trains,
        )  # fmt: skip

        def emit() -> None:
            adds_weights = self.program.claim(scale.places())
            self.program.claim(bias.places())
            adds = self.program.claim(places)
            self.program.add(
                machine.NORMALISE_BACK, x.start, x.rows, x.step, y.start, scale.start, bias.start,
                seen.start, SHIFT, adds_weights, adds,
            )  # fmt: skip

        self.later(y, emit)
        return places - x.start + y.start

    def pool(
        self,
        places: Places,
        windows: torch.Tensor,
        divisors: torch.Tensor | None,
        *,
        is_alone: bool = False,
    ) -> Places:
        """Pooling of images (B, C, H, W) to (B, C, h, w).

        `windows` (h, w, taps): the pixels under each window, counted row by row, -1 for none.
        `divisors` (h, w) of means; None for the largest number. `is_alone`: nobody else uses them.
        """
        places, x = self.as_images(places)
        items, channels, high, wide = places.shape
        height, width, taps = windows.shape
        y = self.output(items * height * width, channels, places)
        offsets = torch.where(windows < 0, windows, windows * x.step)
        operands = (
            x.start, high * wide * x.step, items, self.space.table(offsets), height * width, taps,
            x.step, y.start,
        )  # fmt: skip
        under = windows[windows >= 0]
        covers = len(under) == high * wide == len(torch.unique(under))
        if divisors is None:
            chosen = self.space.allocate(y.rows, y.columns, learns=False)
            self.program.add(machine.POOL_MAX, *operands, chosen.start)
            if (
                is_alone
                and x.start in self.can_be_sparse
                and len(under) == len(torch.unique(under))
            ):
                self.pooled[x.start] = Pooled(y, chosen, windows, items)
        else:
            shares = self.space.table(divisors)
            self.program.add(machine.POOL_MEAN, *operands, shares)

        def emit() -> None:
            adds = self.program.claim(places)
            if x.start in self.pooled:
                return
            if not adds and not (covers and divisors is None):
                self.program.add(machine.FILL, back(x.start), x.size)
                adds = True
            if divisors is None:
                self.program.add(machine.POOL_MAX_BACK, *operands, chosen.start, SHIFT, adds)
            else:
                self.program.add(machine.POOL_MEAN_BACK, *operands, shares, SHIFT)

        self.later(y, emit)
        new = y.places().reshape(items, height, width, channels)
        return new.permute(0, 3, 1, 2)

    # --- losses ---

    def loss(self, kind: int, scores: Places, targets: Places, factor: float) -> None:
        """A loss of scores (R, N) with a target each, (R,), or N one behind the other."""
        operands = (
            kind, self.space.table(scores), scores.shape[0], scores.shape[1], self.space.table(targets),
            self.space.constant(factor),
        )  # fmt: skip
        adds = self.program.claim(scores)
        self.program.add(machine.LOSS, *operands, SHIFT, adds)


def _separate(flat: Places) -> torch.Tensor | None:
    """The offsets of a row's numbers from its first, where they are the same in all rows."""
    terms = flat[0] - flat[0, 0]
    return terms if torch.equal(flat, flat[:, :1] + terms) else None


def _patches(places: Places, kernel: Pair, stride: Pair) -> Places:
    """Images (B, C, H, W) to a row for each window: its numbers by tap and channel."""
    windows = places.unfold(2, kernel[0], stride[0]).unfold(3, kernel[1], stride[1])
    items, channels, height, width, rows, columns = windows.shape
    return windows.permute(0, 2, 3, 4, 5, 1).reshape(
        items * height * width, rows * columns * channels
    )


def _step_of_rows(flat: Places, columns: int) -> int:
    """How far apart the rows are, where each holds its numbers one behind the other; else 0.

    There must be room for `columns` numbers in each.
    """
    step = int(flat[1, 0] - flat[0, 0]) if len(flat) > 1 else columns
    rows = flat[0, 0] + torch.arange(len(flat)).unsqueeze(1) * step
    is_regular = torch.equal(flat, rows + torch.arange(flat.shape[1]))
    return step if is_regular and step >= columns else 0


def _in_pieces(places: Places, targets: Places) -> tuple[Places, Places, int]:
    """The places of pieces that lie one behind the other in both, and how long they are."""
    width = places.shape[-1]
    inner = torch.arange(width)
    is_whole = all(
        torch.equal(some, some[..., :1] + inner.expand(some.shape)) for some in (places, targets)
    )
    if is_whole:
        return places[..., 0].reshape(-1), targets[..., 0].reshape(-1), width
    return places.reshape(-1), targets.reshape(-1), 1
