"""Layers without products, and losses, as kernels."""

from __future__ import annotations

import torch

from suite.engine import layers, machine, products
from suite.engine.assembly import SHIFT, Places, back
from suite.engine.emitting import CannotLowerError, Emitter, Pooled
from suite.engine.weights import Norm


def rectify(emitter: Emitter, places: Places, *, is_alone: bool) -> Places:
    """max(0, v); in place where nobody else uses v (`is_alone`)."""
    places, buffer = emitter.whole(places)
    if not (is_alone and buffer.can_change):
        return activate(emitter, places, layers.RELU)
    last = emitter.program.rows[-1]
    if last[0] == machine.PRODUCT and last[10] == buffer.start and not emitter.program.is_back(10):
        last[14] |= products.RELU
    else:
        emitter.program.add(machine.KEEP_POSITIVE, buffer.start, buffer.start, buffer.size)

    def emit() -> None:
        last = emitter.program.rows[-1]
        if (
            pooled := emitter.pooled.get(buffer.start)
        ) is not None:  # its own gradient is not there
            y = pooled.output
            emitter.program.add(machine.KEEP_POSITIVE, back(y.start), y.start, y.size)
            return
        covers = last[3] * last[11] == buffer.size and last[9] == last[11]
        if (
            last[0] == machine.PRODUCT
            and last[10] == buffer.start
            and covers
            and emitter.program.is_back(10)
        ):
            last[14] |= products.GATE
        else:
            emitter.program.add(
                machine.KEEP_POSITIVE, back(buffer.start), buffer.start, buffer.size
            )

    emitter.later(buffer, emit)
    return places


def activate(emitter: Emitter, places: Places, kind: int, slope: float = 0.0) -> Places:
    """phi(v), number by number, of one of the kinds of suite.engine.layers."""
    places, x = emitter.whole(places)
    y = emitter.output(x.rows, x.columns, places, can_change=False)
    given = emitter.space.constant(slope)
    emitter.program.add(machine.ACTIVATE, kind, x.start, y.start, x.size, given)

    def emit() -> None:
        adds = emitter.program.claim(places)
        emitter.program.add(
            machine.ACTIVATE_BACK, kind, x.start, y.start, x.size, given, SHIFT, adds
        )

    emitter.later(y, emit)
    return places - x.start + y.start


def add(emitter: Emitter, one: Places, other: Places) -> Places:
    """The sum of two values of one shape."""
    if one.shape != other.shape:
        raise CannotLowerError(f"a sum of shapes {tuple(one.shape)} and {tuple(other.shape)}")
    one, a = emitter.whole(one)
    y = emitter.output(a.rows, a.columns, one, other)
    places = one - a.start + y.start
    other, b = emitter.whole(other)
    if not torch.equal(other - b.start, one - a.start):
        moved = emitter.output(a.rows, a.columns, other)
        emitter.copy(other, one - a.start + moved.start)
        other, b = one - a.start + moved.start, moved
    for buffer, adds in ((a, 0), (b, 1)):
        emitter.program.add(machine.ADD, buffer.start, y.start, a.size, adds)

    def emit() -> None:
        for value, buffer in ((one, a), (other, b)):
            if emitter.learns(value):
                adds = emitter.program.claim(value)
                emitter.program.add(machine.ADD, back(y.start), back(buffer.start), a.size, adds)

    emitter.later(y, emit)
    return places


def drop(emitter: Emitter, places: Places, probability: float) -> Places:
    """Dropout while training; the same value otherwise."""
    if not emitter.trains or probability == 0:
        return places
    places, x = emitter.whole(places)
    y = emitter.output(x.rows, x.columns, places, can_change=False)
    mask = emitter.space.allocate(x.rows, x.columns, learns=False)
    dropped = round(probability * 2**32)
    emitter.program.add(
        machine.DROP, x.start, x.size, y.start, mask.start, emitter.dropouts, dropped
    )
    emitter.dropouts += 1

    def emit() -> None:
        adds = emitter.program.claim(places)
        emitter.program.add(machine.DROP_BACK, x.start, x.size, y.start, mask.start, SHIFT, adds)

    emitter.later(y, emit)
    return places - x.start + y.start


def normalise(emitter: Emitter, places: Places, norm: Norm) -> Places:
    """Batch normalisation of (B, C) or (B, C, H, W)."""
    if places.ndim == 4:
        places, x = emitter.as_images(places)
    else:
        places, x = emitter.whole(places)
    if emitter.trains and x.rows < 2:
        raise CannotLowerError("batch normalisation of a batch of one number a channel")
    y = emitter.output(x.rows, x.columns, places, norm.scale, norm.bias)
    seen = emitter.space.allocate(3, x.columns, learns=False)
    constants = (emitter.space.constant(norm.epsilon), emitter.space.constant(norm.momentum))
    scale, bias = norm.scale, norm.bias
    emitter.program.add(
        machine.NORMALISE, x.start, x.rows, x.step, y.start, scale.start, bias.start,
        norm.running.start, seen.start, *constants, emitter.trains,
    )  # fmt: skip

    def emit() -> None:
        adds_weights = emitter.program.claim(scale)
        emitter.program.claim(bias)
        adds = emitter.program.claim(places)
        emitter.program.add(
            machine.NORMALISE_BACK, x.start, x.rows, x.step, y.start, scale.start, bias.start,
            seen.start, SHIFT, adds_weights, adds,
        )  # fmt: skip

    emitter.later(y, emit)
    return places - x.start + y.start


def pool(
    emitter: Emitter,
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
    places, x = emitter.as_images(places)
    items, channels, high, wide = places.shape
    height, width, taps = windows.shape
    y = emitter.output(items * height * width, channels, places)
    offsets = torch.where(windows < 0, windows, windows * x.step)
    operands = (
        x.start, high * wide * x.step, items, emitter.space.table(offsets), height * width, taps,
        x.step, y.start,
    )  # fmt: skip
    under = windows[windows >= 0]
    covers = len(under) == high * wide == len(torch.unique(under))
    if divisors is None:
        chosen = emitter.space.allocate(y.rows, y.columns, learns=False)
        emitter.program.add(machine.POOL_MAX, *operands, chosen.start)
        if is_alone and x.start in emitter.can_be_sparse and len(under) == len(torch.unique(under)):
            emitter.pooled[x.start] = Pooled(y, chosen, windows, items)
    else:
        shares = emitter.space.table(divisors)
        emitter.program.add(machine.POOL_MEAN, *operands, shares)

    def emit() -> None:
        adds = emitter.program.claim(places)
        if x.start in emitter.pooled:
            return
        if not adds and not (covers and divisors is None):
            emitter.program.add(machine.FILL, back(x.start), x.size)
            adds = True
        if divisors is None:
            emitter.program.add(machine.POOL_MAX_BACK, *operands, chosen.start, SHIFT, adds)
        else:
            emitter.program.add(machine.POOL_MEAN_BACK, *operands, shares, SHIFT)

    emitter.later(y, emit)
    new = y.places().reshape(items, height, width, channels)
    return new.permute(0, 3, 1, 2)


def loss(emitter: Emitter, kind: int, scores: Places, targets: Places, factor: float) -> None:
    """A loss of scores (R, N) with a target each, (R,), or N one behind the other."""
    operands = (
        kind, emitter.space.table(scores), scores.shape[0], scores.shape[1], emitter.space.table(targets),
        emitter.space.constant(factor),
    )  # fmt: skip
    adds = emitter.program.claim(scores)
    emitter.program.add(machine.LOSS, *operands, SHIFT, adds)
