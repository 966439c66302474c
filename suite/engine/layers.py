"""Layers without products: activations, pooling, batch normalisation, dropout, copies and sums.

Numbers are channels last: a row for every item or pixel, padded to a multiple of 16 columns. A
gradient is `shift` places behind its number. `adds`: whether a gradient is added to what is there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from suite.engine.cache import Memory, kernel
from suite.engine.elementary import erf, exp, sigmoid, tanh
from suite.engine.intrinsics import WIDTH, fma, keep_larger_16

RELU, LEAKY, SIGMOID, TANH, GELU, GELU_TANH = range(6)
F = np.float32
SQRT_HALF = 0.7071067811865476
ONE_OVER_SQRT_2PI = 0.3989422804014327
SQRT_2_OVER_PI, GELU_CUBE = 0.7978845608028654, 0.044715


@kernel
def activate(memory: Memory, kind: int, x: int, y: int, count: int, slope: float) -> None:
    """Y = phi(x), number by number; `slope` of leaky ReLU below 0."""
    if kind == RELU:
        of, to = memory[x : x + count], memory[y : y + count]
        for n in range(count):
            to[n] = max(F(0.0), of[n])
        return
    for n in range(count):
        v = memory[x + n]
        w = np.float64(v)
        if kind == LEAKY:
            memory[y + n] = v if v > 0.0 else F(v * slope)
        elif kind == SIGMOID:
            memory[y + n] = F(sigmoid(w))
        elif kind == TANH:
            memory[y + n] = F(tanh(w))
        elif kind == GELU:
            memory[y + n] = F(w * (0.5 * (1.0 + erf(w * SQRT_HALF))))
        else:
            memory[y + n] = F(w * (0.5 * (1.0 + tanh(_inner(w)))))


@kernel
def _inner(w: float) -> float:
    return SQRT_2_OVER_PI * fma(GELU_CUBE * w * w, w, w)


@kernel
def slope_of(kind: int, v: float, y: float, slope: float) -> float:
    """phi'(v), where phi(v) = y; all in float64."""
    if kind == RELU:
        return 0.0 if v <= 0.0 else 1.0
    if kind == LEAKY:
        return 1.0 if v > 0.0 else slope
    if kind == SIGMOID:
        return y * (1.0 - y)
    if kind == TANH:
        return fma(-y, y, 1.0)
    if kind == GELU:
        density = ONE_OVER_SQRT_2PI * exp(-0.5 * v * v)
        return fma(v, density, 0.5 * (1.0 + erf(v * SQRT_HALF)))
    t = tanh(_inner(v))
    inner = SQRT_2_OVER_PI * fma(3.0 * GELU_CUBE * v, v, 1.0)
    return fma(0.5 * v * fma(-t, t, 1.0), inner, 0.5 * (1.0 + t))


@kernel
def activate_back(
    memory: Memory, kind: int, x: int, y: int, count: int, slope: float, shift: int, adds: int
) -> None:
    """The gradient of x from that of y."""
    if kind == RELU:
        positive, to = memory[y : y + count], memory[x + shift : x + shift + count]
        given = memory[y + shift : y + shift + count]
        for n in range(count):
            new = F(0.0) if positive[n] <= F(0.0) else given[n]
            to[n] = to[n] + new if adds else new
        return
    for n in range(count):
        of = slope_of(kind, np.float64(memory[x + n]), np.float64(memory[y + n]), np.float64(slope))
        new = F(np.float64(memory[y + n + shift]) * of)
        memory[x + n + shift] = memory[x + n + shift] + new if adds else new


@kernel
def add(memory: Memory, source: int, target: int, count: int, adds: int) -> None:
    """Target = source, or target + source, number by number."""
    of, to = memory[source : source + count], memory[target : target + count]
    if adds:
        for n in range(count):
            to[n] += of[n]
    else:
        for n in range(count):
            to[n] = of[n]


@kernel
def move(
    memory: Memory,
    tables: Memory,
    sources: int,
    targets: int,
    pieces: int,
    width: int,
    shift: int,
    to_shift: int,
    adds: int,
) -> None:
    """Copies pieces of `width` numbers from tables[sources + i] to tables[targets + i], or adds.

    They are `shift` and `to_shift` places behind what the tables say.
    """
    for i in range(pieces):
        of, to = tables[sources + i] + shift, tables[targets + i] + to_shift
        if width == 1:
            memory[to] = memory[to] + memory[of] if adds else memory[of]
        else:
            add(memory, of, to, width, adds)


@kernel
def fill(memory: Memory, at: int, count: int) -> None:
    """Sets numbers to 0."""
    memory[at : at + count] = 0.0


@kernel
def pool_max(
    memory: Memory,
    tables: Memory,
    x: int,
    item: int,
    items: int,
    windows: int,
    outputs: int,
    taps: int,
    channels: int,
    y: int,
    chosen: int,
) -> None:
    """The largest number under each window: the first of equal ones, nan before all.

    `windows`: a table (outputs, taps) of offsets from an item's first pixel, -1 for none.
    `chosen`: which tap it was, for the way back.
    """
    for b in range(items):
        for o in range(outputs):
            to = (b * outputs + o) * channels
            seen = False
            for t in range(taps):
                offset = tables[windows + o * taps + t]
                if offset < 0:
                    continue
                of = x + b * item + offset
                if seen:
                    for c in range(0, channels, WIDTH):
                        keep_larger_16(memory, y + to + c, of + c, chosen + to + c, F(t))
                else:
                    memory[y + to : y + to + channels] = memory[of : of + channels]
                    memory[chosen + to : chosen + to + channels] = F(t)
                    seen = True


@kernel
def pool_max_back(
    memory: Memory,
    tables: Memory,
    x: int,
    item: int,
    items: int,
    windows: int,
    outputs: int,
    taps: int,
    channels: int,
    y: int,
    chosen: int,
    shift: int,
    adds: int,
) -> None:
    """The gradient of x: each window's goes to the tap that was chosen, windows in their order."""
    for b in range(items):
        for o in range(outputs):
            of = (b * outputs + o) * channels
            g = memory[y + of + shift : y + of + shift + channels]
            at = memory[chosen + of : chosen + of + channels]
            for t in range(taps):
                offset = tables[windows + o * taps + t]
                if offset < 0:
                    continue
                to = x + b * item + offset + shift
                back = memory[to : to + channels]
                if adds:
                    for c in range(channels):
                        back[c] += g[c] if at[c] == F(t) else F(0.0)
                else:
                    for c in range(channels):
                        back[c] = g[c] if at[c] == F(t) else F(0.0)


@kernel
def pool_mean(
    memory: Memory,
    tables: Memory,
    x: int,
    item: int,
    items: int,
    windows: int,
    outputs: int,
    taps: int,
    channels: int,
    y: int,
    divisors: int,
) -> None:
    """The mean under each window: one chain of additions over its taps, divided once."""
    for b in range(items):
        for o in range(outputs):
            to = y + (b * outputs + o) * channels
            for c in range(channels):
                memory[to + c] = 0.0
            for t in range(taps):
                offset = tables[windows + o * taps + t]
                if offset >= 0:
                    for c in range(channels):
                        memory[to + c] += memory[x + b * item + offset + c]
            divisor = F(tables[divisors + o])
            for c in range(channels):
                memory[to + c] /= divisor


@kernel
def pool_mean_back(
    memory: Memory,
    tables: Memory,
    x: int,
    item: int,
    items: int,
    windows: int,
    outputs: int,
    taps: int,
    channels: int,
    y: int,
    divisors: int,
    shift: int,
) -> None:
    """Adds the gradient of each window, divided, to all pixels under it."""
    for b in range(items):
        for o in range(outputs):
            of = y + (b * outputs + o) * channels + shift
            divisor = F(tables[divisors + o])
            for t in range(taps):
                offset = tables[windows + o * taps + t]
                if offset >= 0:
                    for c in range(channels):
                        memory[x + b * item + offset + c + shift] += memory[of + c] / divisor


@kernel
def normalise(
    memory: Memory,
    x: int,
    rows: int,
    channels: int,
    y: int,
    scale: int,
    bias: int,
    running: int,
    seen: int,
    epsilon: float,
    momentum: float,
    trains: int,
) -> None:
    """Batch normalisation: y = (x - mean) / sqrt(variance + epsilon) * scale + bias, by channel.

    `running` and `seen` are rows of means and, one row behind, of variances: those kept for
    evaluation and those of this batch, with 1 / sqrt(variance + epsilon) in a third row.
    """
    mean, squares = np.zeros(channels), np.zeros(channels)
    if trains:
        for i in range(rows):
            row = memory[x + i * channels : x + (i + 1) * channels]
            for c in range(channels):
                mean[c] += np.float64(row[c])
        for c in range(channels):
            mean[c] /= rows
        for i in range(rows):
            row = memory[x + i * channels : x + (i + 1) * channels]
            for c in range(channels):
                e = np.float64(row[c]) - mean[c]
                squares[c] = fma(e, e, squares[c])
    for c in range(channels):
        kept, of = np.float64(memory[running + c]), np.float64(memory[running + channels + c])
        if trains:
            memory[running + c] = F(fma(momentum, mean[c] - kept, kept))
            new = squares[c] / (rows - 1)
            memory[running + channels + c] = F(fma(momentum, new - of, of))
            kept, of = mean[c], squares[c] / rows
        memory[seen + c] = F(kept)
        memory[seen + channels + c] = F(of)
        memory[seen + 2 * channels + c] = F(1.0 / math.sqrt(of + epsilon))
    means, inverses = (
        memory[seen : seen + channels],
        memory[seen + 2 * channels : seen + 3 * channels],
    )
    factors, biases = memory[scale : scale + channels], memory[bias : bias + channels]
    for i in range(rows):
        row = memory[x + i * channels : x + (i + 1) * channels]
        to = memory[y + i * channels : y + (i + 1) * channels]
        for c in range(channels):
            to[c] = fma((row[c] - means[c]) * inverses[c], factors[c], biases[c])


@kernel
def normalise_back(
    memory: Memory,
    x: int,
    rows: int,
    channels: int,
    y: int,
    scale: int,
    bias: int,
    seen: int,
    shift: int,
    adds_weights: int,
    adds: int,
) -> None:
    """The gradients of x, scale and bias from that of y, of a training step's `normalise`."""
    total, slope = np.zeros(channels), np.zeros(channels)
    means, inverses = (
        memory[seen : seen + channels],
        memory[seen + 2 * channels : seen + 3 * channels],
    )
    for i in range(rows):
        row = memory[x + i * channels : x + (i + 1) * channels]
        of = memory[y + shift + i * channels : y + shift + (i + 1) * channels]
        for c in range(channels):
            g = np.float64(of[c])
            total[c] += g
            slope[c] = fma(g, np.float64((row[c] - means[c]) * inverses[c]), slope[c])
    for c in range(channels):
        for at, value in ((bias + c + shift, total[c]), (scale + c + shift, slope[c])):
            memory[at] = memory[at] + F(value) if adds_weights else F(value)
        total[c] /= rows
        slope[c] /= rows
    for i in range(rows):
        row = memory[x + i * channels : x + (i + 1) * channels]
        of = memory[y + shift + i * channels : y + shift + (i + 1) * channels]
        to = memory[x + shift + i * channels : x + shift + (i + 1) * channels]
        for c in range(channels):
            e = np.float64((row[c] - means[c]) * inverses[c])
            factor = np.float64(memory[scale + c]) * np.float64(inverses[c])
            new = F(factor * (fma(-e, slope[c], np.float64(of[c])) - total[c]))
            to[c] = to[c] + new if adds else new


@kernel
def mixed(bits: Any) -> Any:
    """64 bits that look random, from a counter's (splitmix64: Steele, Lea and Flood, 2014)."""
    z = bits
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def drop(
    memory: Memory,
    x: int,
    count: int,
    y: int,
    mask: int,
    stream: int,
    layer: int,
    step: int,
    dropped: int,
) -> None:
    """Y = x mask, with mask 0 with probability p = `dropped` / 2^32, else 1 / (1 - p).

    The mask follows from the run's stream, the layer, the step and a number's place alone.
    """
    golden = np.uint64(0x9E3779B97F4A7C15)
    begin = mixed(mixed(np.uint64(stream) + golden) + np.uint64(layer) * golden)
    begin = mixed(begin + np.uint64(step) * golden)
    kept = F(4294967296.0 / (4294967296.0 - dropped)) if dropped < 4294967296 else F(0.0)
    for n in range(count):
        drawn = mixed(begin + np.uint64(n) * golden) >> np.uint64(32)
        memory[mask + n] = kept if drawn >= np.uint64(dropped) else F(0.0)
        memory[y + n] = memory[x + n] * memory[mask + n]


@kernel
def drop_back(memory: Memory, x: int, count: int, y: int, mask: int, shift: int, adds: int) -> None:
    """The gradient of x from that of y."""
    for n in range(count):
        new = memory[y + n + shift] * memory[mask + n]
        memory[x + n + shift] = memory[x + n + shift] + new if adds else new
