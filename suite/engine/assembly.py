"""What a program is put together from: places in memory, tables, constants, rows of operands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
import torch

from suite.engine.intrinsics import WIDTH
from suite.engine.machine import CONSTANTS, FILL, OPERANDS, POWER_1, POWER_2
from suite.engine.products import PANEL

Places = torch.Tensor  # of numbers in memory, int64, in the shape that the numbers have


def padded(count: int) -> int:
    """The least multiple of 16 that is not below `count`."""
    return -(-count // WIDTH) * WIDTH


@dataclass
class Buffer:
    """A matrix in memory: `rows` rows of `columns` numbers, `step` places apart.

    `learns`: whether a gradient is wanted of it. `can_change`: whether a ReLU may overwrite it,
    because nothing that is computed backward needs what it held.
    """

    start: int
    rows: int
    columns: int
    step: int
    learns: bool = True
    can_change: bool = False

    @property
    def size(self) -> int:
        """How many places it takes."""
        return self.rows * self.step

    def places(self) -> Places:
        """Of its numbers, (rows, columns)."""
        rows = torch.arange(self.rows).unsqueeze(1) * self.step
        return self.start + rows + torch.arange(self.columns)


@dataclass
class Space:
    """One memory, whose first half holds numbers and the second their gradients, and the tables.

    It grows while programs are made; `shift` is known when all are there.
    """

    buffers: list[Buffer] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    size: int = PANEL  # the zeros at its beginning
    numbers: list[float] = field(default_factory=lambda: [0.0] * CONSTANTS)
    tables: list[np.ndarray] = field(default_factory=list)
    tables_size: int = 0
    known_tables: dict[bytes, int] = field(default_factory=dict)

    def allocate(self, rows: int, columns: int, *, step: int = 0, learns: bool = True) -> Buffer:
        """A new buffer; without `step` its rows are padded to a multiple of 16."""
        buffer = Buffer(self.size, rows, columns, step or padded(columns), learns)
        self.size += padded(buffer.size)
        self.buffers.append(buffer)
        self.starts.append(buffer.start)
        return buffer

    def constant(self, value: float) -> int:
        """The number of a constant."""
        if value not in self.numbers[CONSTANTS:]:
            self.numbers.append(value)
        return CONSTANTS + self.numbers[CONSTANTS:].index(value)

    def table(self, values: torch.Tensor | np.ndarray) -> int:
        """Where a table of these whole numbers begins."""
        flat = np.ascontiguousarray(np.asarray(values, dtype=np.int64).reshape(-1))
        key = flat.tobytes()
        if key not in self.known_tables:
            self.known_tables[key] = self.tables_size
            self.tables.append(flat)
            self.tables_size += len(flat)
        return self.known_tables[key]

    def of(self, places: Places) -> list[Buffer]:
        """The buffers that hold these places."""
        ends = np.unique(np.searchsorted(self.starts, places.reshape(-1).numpy(), side="right"))
        return [self.buffers[end - 1] for end in ends]

    def around(self, place: int) -> Buffer:
        """The buffer that holds this place."""
        return self.buffers[bisect_right(self.starts, place) - 1]

    def beginning(self) -> np.ndarray:
        """The numbers that a run begins with."""
        numbers = np.array(self.numbers)
        numbers[[POWER_1, POWER_2]] = 1.0
        return numbers


class Shift(int):
    """Stands for the distance of gradients in operands until it is known."""


SHIFT = Shift(0)


@dataclass
class Program:
    """Kernels with their operands. `written`: the starts of buffers whose gradient has a value."""

    space: Space
    rows: list[list[int]] = field(default_factory=list)
    written: set[int] = field(default_factory=set)
    gradients: list[tuple[int, int]] = field(default_factory=list)

    def add(self, code: int, *operands: float) -> list[int]:
        """Appends a kernel; SHIFT and `back(place)` are filled in when memory's size is known."""
        row = [code, *map(int, operands)]
        row += [0] * (OPERANDS - len(row))
        for n, operand in enumerate(operands, 1):
            if isinstance(operand, Shift):
                self.gradients.append((len(self.rows), n))
        self.rows.append(row)
        return row

    def assembled(self, shift: int) -> np.ndarray:
        """The program as the machine takes it, gradients `shift` places behind their numbers."""
        table = np.array(self.rows, dtype=np.int64).reshape(-1, OPERANDS)
        for row, operand in self.gradients:
            table[row, operand] += shift
        return table

    def claim(self, value: Places | Buffer) -> bool:
        """Whether a gradient of these places must be added to what is there.

        Where it must not, the places are all of the buffers that hold them. What nobody wrote of a
        buffer before a part of it is, becomes 0 first.
        """
        buffers = [value] if isinstance(value, Buffer) else self.space.of(value)
        new = [buffer for buffer in buffers if buffer.start not in self.written]
        taken = value.rows * value.columns if isinstance(value, Buffer) else value.numel()
        covers = sum(buffer.rows * buffer.columns for buffer in buffers) == taken
        self.written.update(buffer.start for buffer in new)
        if covers and len(new) == len(buffers):
            return False
        for buffer in new:
            self.add(FILL, back(buffer.start), buffer.size)
        return True

    def is_back(self, operand: int) -> bool:
        """Whether this operand of the last kernel is the place of a gradient."""
        return (len(self.rows) - 1, operand) in self.gradients[-4:]

    def has_gradient(self, buffer: Buffer) -> bool:
        """Whether anything was written to the gradient of the buffer."""
        return buffer.start in self.written


def back(place: int) -> Shift:
    """The place of a number's gradient."""
    return Shift(place)
