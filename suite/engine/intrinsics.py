"""Instructions that Python has no words for, as LLVM IR: fma, a register tile, a 16 x 16 transpose.

The rule of this engine, which every kernel keeps:

- A sum of products is one chain of fused multiply-adds in a stated order, in float32. A plain sum
  is one chain of additions in a stated order: in float32 for gradients of biases and means of
  pooling, in float64 for losses and for statistics of batch normalisation.
- Vectors run over outputs only. No chain is split, so the width of vectors, the size of tiles,
  the cache, threads and the number of seeds decide no bit.
- There is no library of mathematics: exp, log and erf are polynomials (suite.engine.elementary).
  Additions, products, quotients, square roots and fma round once, as IEEE 754 says.
- A product with an addition behind it is written as fma, so that no compiler has the choice.

LLVM splits a vector of 16 floats into what the processor has. A processor without fma calls the C
library's, which rounds once too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

WIDTH = 16  # floats in a vector
FLOAT, INT = ir.FloatType(), ir.IntType(64)
VECTOR = ir.VectorType(FLOAT, WIDTH)
Values = tuple[Any, ...]


def has_wide_vectors() -> bool:
    """Whether the processor that numba compiles for has AVX-512: 32 registers of 16 floats."""
    if config.CPU_FEATURES is not None:
        return "+avx512f" in config.CPU_FEATURES
    if config.CPU_NAME not in (None, "host"):
        return "avx512" in config.CPU_NAME
    return bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))


def instruction(emit: Callable[..., Any]) -> Callable[..., Any]:
    """What compiled functions call by the name of `emit`, which gives its type and its code."""
    made: Callable[..., Any] = intrinsic(emit)
    return made


@instruction
def fma(context: Any, a: Any, b: Any, c: Any) -> Any:
    """A b + c, rounded once; all three float32 or all float64."""

    def emit(context: Any, builder: Any, signature: Any, values: Values) -> Any:
        return builder.fma(*values)

    return a(a, a, a), emit


@instruction
def bits_as_float(context: Any, bits: Any) -> Any:
    """The float64 of these 64 bits (an int64)."""

    def emit(context: Any, builder: Any, signature: Any, values: Values) -> Any:
        return builder.bitcast(values[0], ir.DoubleType())

    return types.float64(types.int64), emit


@instruction
def float_as_bits(context: Any, value: Any) -> Any:
    """The 64 bits of a float64, as an int64."""

    def emit(context: Any, builder: Any, signature: Any, values: Values) -> Any:
        return builder.bitcast(values[0], INT)

    return types.int64(types.float64), emit


class _Memory:
    """Loads and stores of an array's elements, by their numbers."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any, element: Any) -> None:
        self._builder, self._element = builder, element
        self._data = context.make_array(kind)(context, builder, array).data

    def at(self, number: Any) -> Any:
        return self._builder.gep(self._data, [number], source_etype=self._element)

    def load(self, number: Any, kind: Any = None) -> Any:
        loaded = self._builder.load(
            self._builder.bitcast(self.at(number), (kind or self._element).as_pointer()),
            typ=kind or self._element,
        )
        loaded.align = 4 if self._element is FLOAT else 8
        return loaded

    def store(self, value: Any, number: Any) -> None:
        pointer = self._builder.bitcast(self.at(number), value.type.as_pointer())
        self._builder.store(value, pointer).align = 4


def _number(value: int) -> Any:
    return ir.Constant(INT, value)


def _spread(builder: Any, value: Any) -> Any:
    """A vector whose elements are all `value`."""
    undefined, first = ir.Constant(VECTOR, ir.Undefined), ir.Constant(ir.IntType(32), 0)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(builder.insert_element(undefined, value, first), undefined, mask)


def make_tile(rows: int, vectors: int) -> Callable[..., None]:
    """A product of `rows` rows and 16 x `vectors` columns, its sums in registers throughout.

    The tile is called with (memory, tables, a, first, terms, count, b, b_step, c, c_step,
    start, start_step): C[i, :] = S[i, :] + sum over k of A[i, k] B[k, :], for k from 0 to count - 1 in
    this order. A[i, k] = memory[a + tables[first + i] + tables[terms + k]], B[k, :] begins at
    memory[b + k b_step], C[i, :] at c + i c_step and S[i, :] at start + i start_step. `count` is at least 1.
    """

    @instruction
    def tile(
        context: Any, memory: Any, tables: Any, a: Any, first: Any, terms: Any, count: Any, b: Any,
        b_step: Any, c: Any, c_step: Any, start: Any, start_step: Any,
    ) -> Any:  # fmt: skip
        def emit(context: Any, builder: Any, signature: Any, values: Values) -> Any:
            floats = _Memory(context, builder, signature.args[0], values[0], FLOAT)
            numbers = _Memory(context, builder, signature.args[1], values[1], INT)
            a, first, terms, count, b, b_step, c, c_step, start, start_step = values[2:]
            cells = [(i, j) for i in range(rows) for j in range(vectors)]
            kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
            fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{WIDTH}f32")

            def cell(base: Any, step: Any, i: int, j: int) -> Any:
                row = builder.add(base, builder.mul(_number(i), step))
                return builder.add(row, _number(j * WIDTH))

            bases = [
                builder.add(a, numbers.load(builder.add(first, _number(i)))) for i in range(rows)
            ]
            begun = [floats.load(cell(start, start_step, i, j), VECTOR) for i, j in cells]
            before, body = builder.block, builder.append_basic_block("terms")
            after = builder.append_basic_block("done")
            builder.branch(body)
            builder.position_at_end(body)
            k = builder.phi(INT)
            sums = [builder.phi(VECTOR) for _ in cells]
            offset = numbers.load(builder.add(terms, k))
            row = builder.add(b, builder.mul(k, b_step))
            of_b = [
                floats.load(builder.add(row, _number(j * WIDTH)), VECTOR) for j in range(vectors)
            ]
            of_a = [_spread(builder, floats.load(builder.add(base, offset))) for base in bases]
            added = [
                builder.call(fused, [of_a[i], of_b[j], total])
                for (i, j), total in zip(cells, sums, strict=True)
            ]
            following = builder.add(k, _number(1))
            for phi, at_first, later in zip(
                [k, *sums], [_number(0), *begun], [following, *added], strict=True
            ):
                phi.add_incoming(at_first, before)
                phi.add_incoming(later, body)
            builder.cbranch(builder.icmp_signed("<", following, count), body, after)
            builder.position_at_end(after)
            for (i, j), total in zip(cells, added, strict=True):
                floats.store(total, cell(c, c_step, i, j))
            return context.get_dummy_value()

        return types.void(memory, tables, *[types.int64] * 10), emit

    return tile


def make_gathered_row(vectors: int) -> Callable[..., None]:
    """A row of 16 x `vectors` sums of rows that lie anywhere: C += sum over z of a_z B_z.

    It is called with (memory, values, places, first, count, shift, c): a_z = values[first + z], B_z
    begins at memory[places[first + z] + shift], C at memory[c]. `count` is at least 1.
    """

    @instruction
    def row(
        context: Any,
        memory: Any,
        values: Any,
        places: Any,
        first: Any,
        count: Any,
        shift: Any,
        c: Any,
    ) -> Any:
        def emit(context: Any, builder: Any, signature: Any, operands: Values) -> Any:
            kinds = signature.args
            floats = _Memory(context, builder, kinds[0], operands[0], FLOAT)
            factors = _Memory(context, builder, kinds[1], operands[1], FLOAT)
            numbers = _Memory(context, builder, kinds[2], operands[2], INT)
            first, count, shift, c = operands[3:]
            kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
            fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{WIDTH}f32")
            places_of_c = [builder.add(c, _number(v * WIDTH)) for v in range(vectors)]
            begun = [floats.load(place, VECTOR) for place in places_of_c]
            before, body = builder.block, builder.append_basic_block("rows")
            after = builder.append_basic_block("done")
            builder.branch(body)
            builder.position_at_end(body)
            z = builder.phi(INT)
            sums = [builder.phi(VECTOR) for _ in begun]
            at = builder.add(first, z)
            factor = _spread(builder, factors.load(at))
            b = builder.add(numbers.load(at), shift)
            added = [
                builder.call(
                    fused,
                    [factor, floats.load(builder.add(b, _number(v * WIDTH)), VECTOR), total],
                )
                for v, total in enumerate(sums)
            ]
            following = builder.add(z, _number(1))
            for phi, at_first, later in zip(
                [z, *sums], [_number(0), *begun], [following, *added], strict=True
            ):
                phi.add_incoming(at_first, before)
                phi.add_incoming(later, body)
            builder.cbranch(builder.icmp_signed("<", following, count), body, after)
            builder.position_at_end(after)
            for place, total in zip(places_of_c, added, strict=True):
                floats.store(total, place)
            return context.get_dummy_value()

        return types.void(memory, values, places, *[types.int64] * 4), emit

    return row


@instruction
def keep_positive_16(context: Any, memory: Any, at: Any, by: Any) -> Any:
    """Sets to 0 those of the 16 numbers at `at` where the number at `by` is 0 or less."""

    def emit(context: Any, builder: Any, signature: Any, values: Values) -> Any:
        floats = _Memory(context, builder, signature.args[0], values[0], FLOAT)
        zeros = ir.Constant(VECTOR, [0.0] * WIDTH)
        is_off = builder.fcmp_ordered("<=", floats.load(values[2], VECTOR), zeros)
        floats.store(builder.select(is_off, zeros, floats.load(values[1], VECTOR)), values[1])
        return context.get_dummy_value()

    return types.void(memory, types.int64, types.int64), emit


@instruction
def keep_larger_16(context: Any, memory: Any, at: Any, by: Any, chosen: Any, tap: Any) -> Any:
    """Where one of 16 numbers at `by` is larger than that at `at`, or nan, it takes its place.

    `tap`, a float32, is then written to `chosen`.
    """

    def emit(context: Any, builder: Any, signature: Any, values: Values) -> Any:
        floats = _Memory(context, builder, signature.args[0], values[0], FLOAT)
        at, by, chosen, tap = values[1:]
        new, old = floats.load(by, VECTOR), floats.load(at, VECTOR)
        is_larger = builder.or_(
            builder.fcmp_ordered(">", new, old), builder.fcmp_unordered("uno", new, new)
        )
        floats.store(builder.select(is_larger, new, old), at)
        taps = builder.select(is_larger, _spread(builder, tap), floats.load(chosen, VECTOR))
        floats.store(taps, chosen)
        return context.get_dummy_value()

    return types.void(memory, *[types.int64] * 3, types.float32), emit


@instruction
def transpose_16(
    context: Any, memory: Any, source: Any, source_step: Any, target: Any, target_step: Any
) -> Any:
    """Writes the 16 x 16 block at `source`, transposed, to `target`; steps are between rows."""

    def emit(context: Any, builder: Any, signature: Any, values: Values) -> Any:
        floats = _Memory(context, builder, signature.args[0], values[0], FLOAT)
        source, source_step, target, target_step = values[1:]

        def row(base: Any, step: Any, i: int) -> Any:
            return builder.add(base, builder.mul(_number(i), step))

        block = [floats.load(row(source, source_step, i), VECTOR) for i in range(WIDTH)]
        half = WIDTH // 2
        for _ in range(4):  # each round shuffles rows i and i + 8 into each other: 2^4 = 16
            block = [
                _interleave(builder, block[i], block[i + half], part)
                for i in range(half)
                for part in (0, half)
            ]
        for i, values_of_row in enumerate(block):
            floats.store(values_of_row, row(target, target_step, i))
        return context.get_dummy_value()

    return types.void(memory, *[types.int64] * 4), emit


def _interleave(builder: Any, a: Any, b: Any, start: int) -> Any:
    """a[start], b[start], a[start + 1], b[start + 1] ...: eight of each."""
    places = [start + i // 2 + (i % 2) * WIDTH for i in range(WIDTH)]
    mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), places)
    return builder.shuffle_vector(a, b, mask)
