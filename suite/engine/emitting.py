"""What emits a program's kernels: copies of values, and the backward passes in their order.

A value is the places of its numbers, a tensor of int64 in the shape that the numbers have: (B, N),
(B, C, H, W). So views, slices and stacks of values are views, slices and stacks of places, and move
no number. Each layer emits its forward pass at once, and its backward pass when that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from suite.engine import machine
from suite.engine.assembly import SHIFT, Buffer, Places, Program, Space, padded

Pair = tuple[int, int]


class CannotLowerError(ValueError):
    """What of a model, a loss or an optimiser the engine has no kernel for."""


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

    def learns(self, *values: Places | Buffer) -> bool:
        """Whether a gradient of any of these is wanted."""
        buffers = ([v] if isinstance(v, Buffer) else self.space.of(v) for v in values)
        return self.trains and any(b.learns for of_value in buffers for b in of_value)

    def output(
        self, rows: int, columns: int, *inputs: Places | Buffer, can_change: bool = True
    ) -> Buffer:
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
        of, to, width = in_pieces(places, targets)
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


def in_pieces(places: Places, targets: Places) -> tuple[Places, Places, int]:
    """The places of pieces that lie one behind the other in both, and how long they are."""
    width = places.shape[-1]
    inner = torch.arange(width)
    is_whole = all(
        torch.equal(some, some[..., :1] + inner.expand(some.shape)) for some in (places, targets)
    )
    if is_whole:
        return places[..., 0].reshape(-1), targets[..., 0].reshape(-1), width
    return places.reshape(-1), targets.reshape(-1), 1
