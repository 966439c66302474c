"""The machine: runs a program, a list of kernels with the places of their operands in one memory.

A program is a table of whole numbers, a row for each kernel: its code and its operands. So a step
of training needs no Python, and one compiled function serves all networks.
"""

from __future__ import annotations

import numpy as np

from suite.engine import layers, objectives, products, sparse
from suite.engine.cache import Memory, compiled

(
    PRODUCT, PACK, TRANSPOSE, FLIP, ADD_ROWS, KEEP_POSITIVE, ACTIVATE, ACTIVATE_BACK, ADD, MOVE, FILL, POOL_MAX, POOL_MAX_BACK, POOL_MEAN, POOL_MEAN_BACK, NORMALISE,
    NORMALISE_BACK, DROP, DROP_BACK, LOSS, DESCEND, ADAPT, IMAGES_BACK, WEIGHTS_BACK, TURN,
) = range(25)  # fmt: skip
OPERANDS = 18  # of a row, its code included
# What a program's numbers are, beside constants: of this step the learning rate, the loss, how many
# steps there were, and the powers of Adam's two rates of decay.
RATE, TOTAL, STEPS, POWER_1, POWER_2, STREAM = range(6)
CONSTANTS = 8  # where constants begin
F = np.float32


@compiled
def run(program: Memory, tables: Memory, numbers: Memory, memory: Memory) -> None:
    """Runs a program once.

    `program` (kernels, operands) int64, `tables` int64, `numbers` float64, `memory` float32.
    """
    for o in range(len(program)):
        p = program[o]
        code = p[0]
        if code == PRODUCT:
            products.product(
                memory,
                tables,
                p[1],
                p[2],
                p[3],
                p[4],
                p[5],
                p[6],
                p[7],
                p[8],
                p[9],
                p[10],
                p[11],
                p[12],
                p[13],
                p[14],
                p[15],
            )
        elif code == PACK:
            products.pack(memory, p[1], p[2], p[3], p[4], p[5])
        elif code == TRANSPOSE:
            products.transpose(memory, p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9])
        elif code == FLIP:
            products.flip(memory, p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9])
        elif code == ADD_ROWS:
            products.add_rows(memory, p[1], p[2], p[3], p[4], p[5], p[6])
        elif code == KEEP_POSITIVE:
            products.keep_positive(memory, p[1], p[2], p[3])
        elif code == ACTIVATE:
            layers.activate(memory, p[1], p[2], p[3], p[4], F(numbers[p[5]]))
        elif code == ACTIVATE_BACK:
            layers.activate_back(memory, p[1], p[2], p[3], p[4], F(numbers[p[5]]), p[6], p[7])
        elif code == ADD:
            layers.add(memory, p[1], p[2], p[3], p[4])
        elif code == MOVE:
            layers.move(memory, tables, p[1], p[2], p[3], p[4], p[5], p[6], p[7])
        elif code == FILL:
            layers.fill(memory, p[1], p[2])
        elif code == POOL_MAX:
            layers.pool_max(memory, tables, p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9])
        elif code == POOL_MAX_BACK:
            layers.pool_max_back(
                memory, tables, p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11]
            )
        elif code == POOL_MEAN:
            layers.pool_mean(memory, tables, p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9])
        elif code == POOL_MEAN_BACK:
            layers.pool_mean_back(
                memory, tables, p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10]
            )
        elif code == NORMALISE:
            layers.normalise(
                memory,
                p[1],
                p[2],
                p[3],
                p[4],
                p[5],
                p[6],
                p[7],
                p[8],
                numbers[p[9]],
                numbers[p[10]],
                p[11],
            )
        elif code == NORMALISE_BACK:
            layers.normalise_back(
                memory, p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10]
            )
        elif code == DROP:
            layers.drop(
                memory,
                p[1],
                p[2],
                p[3],
                p[4],
                np.int64(numbers[STREAM]),
                p[5],
                np.int64(numbers[STEPS]),
                p[6],
            )
        elif code == DROP_BACK:
            layers.drop_back(memory, p[1], p[2], p[3], p[4], p[5], p[6])
        elif code == LOSS:
            numbers[TOTAL] += objectives.measure_loss(
                memory, tables, p[1], p[2], p[3], p[4], p[5], numbers[p[6]], p[7], p[8]
            )
        elif code == DESCEND:
            objectives.descend(
                memory,
                p[1],
                p[2],
                p[3],
                p[4],
                F(numbers[RATE]),
                F(numbers[p[5]]),
                F(numbers[p[6]]),
                p[7],
            )
        elif code == ADAPT:
            if p[9]:  # the first of a step's
                numbers[POWER_1] *= numbers[p[6]]
                numbers[POWER_2] *= numbers[p[7]]
            powers = (1.0 - numbers[POWER_1], 1.0 - numbers[POWER_2])
            objectives.adapt(
                memory,
                p[1],
                p[2],
                p[3],
                p[4],
                numbers[RATE],
                numbers[p[5]],
                numbers[p[6]],
                numbers[p[7]],
                powers,
                numbers[p[8]],
                p[10],
            )
        elif code == IMAGES_BACK:
            sparse.images_back(
                memory,
                tables,
                p[1],
                p[2],
                p[3],
                p[4],
                p[5],
                p[6],
                p[7],
                p[8],
                p[9],
                p[10],
                p[11],
                p[12],
                p[13],
            )
        elif code == WEIGHTS_BACK:
            sparse.weights_back(
                memory,
                tables,
                p[1],
                p[2],
                p[3],
                p[4],
                p[5],
                p[6],
                p[7],
                p[8],
                p[9],
                p[10],
                p[11],
                p[12],
                p[13],
            )
        elif code == TURN:
            sparse.turn(memory, p[1], p[2], p[3], p[4])


@compiled
def train(
    program: Memory,
    tables: Memory,
    numbers: Memory,
    memory: Memory,
    items: Memory,
    order: Memory,
    at: int,
    rates: Memory,
    losses: Memory,
) -> None:
    """Takes a step with every batch: items[order], as many at a time as the program takes.

    `items` (N, width) are copied to place `at`; `order` (steps, B); `rates` and `losses` (steps,).
    """
    width = items.shape[1]
    for s in range(len(order)):
        for b in range(order.shape[1]):
            of = items[order[s, b]]
            to = memory[at + b * width : at + (b + 1) * width]
            for n in range(width):
                to[n] = of[n]
        numbers[RATE], numbers[TOTAL] = rates[s], 0.0
        numbers[STEPS] += 1.0
        run(program, tables, numbers, memory)
        losses[s] = numbers[TOTAL]
