"""Losses and their gradients, and the steps of the optimisers.

A loss is a sum in float64, one chain over the rows and their numbers in order, times `factor`;
gradients are computed in float64 and rounded once. Score k of row i is at tables[scores + i count +
k], the row's target or targets at tables[targets + i].
"""

from __future__ import annotations

import math

import numpy as np

from suite.engine.cache import Memory, kernel
from suite.engine.elementary import exp, log, sigmoid, softplus
from suite.engine.intrinsics import fma

CROSS_ENTROPY, SQUARED, SQUARED_ONE_HOT, BINARY = range(4)
F = np.float32


@kernel
def measure_loss(
    memory: Memory,
    tables: Memory,
    kind: int,
    scores: int,
    rows: int,
    count: int,
    targets: int,
    factor: float,
    shift: int,
    adds: int,
) -> float:
    """The loss; writes or adds its gradient `shift` places behind the scores.

    CROSS_ENTROPY of a row's scores with the class that is its target; SQUARED errors, and BINARY
    cross-entropies of logits, of `count` numbers a row; SQUARED_ONE_HOT: with the target's class 1
    and the others 0.
    """
    total = 0.0
    for i in range(rows):
        row, target = scores + i * count, tables[targets + i]
        if kind == CROSS_ENTROPY:
            total += _cross_entropy(memory, tables, row, count, target, factor, shift, adds)
            continue
        for k in range(count):
            at = tables[row + k]
            v = np.float64(memory[at])
            if kind == SQUARED_ONE_HOT:
                expected = 1.0 if k == np.int64(memory[target]) else 0.0
            else:
                expected = np.float64(memory[target + k])
            if kind == BINARY:
                total += fma(-v, expected, softplus(v))
                slope = sigmoid(v) - expected
            else:
                error = v - expected
                total = fma(error, error, total)
                slope = 2.0 * error
            _write(memory, at + shift, factor * slope, adds)
    return total * factor


@kernel
def _cross_entropy(
    memory: Memory,
    tables: Memory,
    row: int,
    count: int,
    target: int,
    factor: float,
    shift: int,
    adds: int,
) -> float:
    largest = np.float64(memory[tables[row]])
    for k in range(1, count):
        v = np.float64(memory[tables[row + k]])
        largest = max(largest, v)
    total = 0.0
    for k in range(count):
        total += exp(np.float64(memory[tables[row + k]]) - largest)
    label = np.int64(memory[target])
    for k in range(count):
        at = tables[row + k]
        share = exp(np.float64(memory[at]) - largest) / total
        _write(memory, at + shift, factor * (share - (1.0 if k == label else 0.0)), adds)
    return log(total) - (np.float64(memory[tables[row + label]]) - largest)


@kernel
def _write(memory: Memory, at: int, value: float, adds: int) -> None:
    memory[at] = memory[at] + F(value) if adds else F(value)


@kernel
def descend(
    memory: Memory,
    w: int,
    count: int,
    shift: int,
    momentum_at: int,
    rate: float,
    momentum: float,
    decay: float,
    nesterov: int,
) -> None:
    """Stochastic gradient descent, as torch.optim.SGD: with momentum, Nesterov's, and decay."""
    values, gradients = memory[w : w + count], memory[w + shift : w + shift + count]
    if momentum == 0.0 and decay == 0.0:
        for n in range(count):
            values[n] = fma(-rate, gradients[n], values[n])
        return
    speeds = memory[momentum_at : momentum_at + count]
    for n in range(count):
        g = fma(decay, values[n], gradients[n])
        v = fma(momentum, speeds[n], g)
        speeds[n] = v
        values[n] = fma(-rate, fma(momentum, v, g) if nesterov else v, values[n])


@kernel
def adapt(
    memory: Memory,
    w: int,
    count: int,
    shift: int,
    moments: int,
    step: float,
    epsilon: float,
    keep_1: float,
    keep_2: float,
    powers: tuple[float, float],
    decay: float,
    decoupled: int,
) -> None:
    """Adam (Kingma and Ba, 2015), as torch.optim.Adam; `decoupled` decay is AdamW's.

    `moments`: where the first moments are, with the second ones behind them. `powers`: 1 - b1^t
    and 1 - b2^t in float64.
    """
    rate = F(step / powers[0])
    scale = F(1.0 / math.sqrt(powers[1]))
    shrink = F(1.0 - step * decay)
    b2, rest_1, rest_2 = F(keep_2), F(1.0 - keep_1), F(1.0 - keep_2)
    small, weight = F(epsilon), F(decay)
    values, gradients = memory[w : w + count], memory[w + shift : w + shift + count]
    firsts, seconds = (
        memory[moments : moments + count],
        memory[moments + count : moments + 2 * count],
    )
    for n in range(count):
        value, g = values[n], gradients[n]
        if decoupled:
            value = value * shrink
        elif decay != 0.0:
            g = fma(weight, value, g)
        first, second = firsts[n], seconds[n]
        first = fma(rest_1, g - first, first)
        second = fma(b2, second, rest_2 * g * g)
        firsts[n], seconds[n] = first, second
        values[n] = fma(-rate, first / fma(F(math.sqrt(second)), scale, small), value)
