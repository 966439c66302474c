"""Compiles the machine, or reads it from the cache: in a server that jobs are forked from."""

from __future__ import annotations

import numpy as np

from suite.engine import machine


def compile_now() -> None:
    """Runs a program without kernels."""
    program, tables = np.zeros((0, machine.OPERANDS), dtype=np.int64), np.zeros(1, dtype=np.int64)
    memory, items = np.zeros(64, dtype=np.float32), np.zeros((1, 1), dtype=np.float32)
    numbers, order = np.zeros(machine.CONSTANTS), np.zeros((0, 1), dtype=np.int64)
    machine.train(program, tables, numbers, memory, items, order, 0, np.zeros(0), np.zeros(0))
    machine.run(program, tables, numbers, memory)


compile_now()
