"""Matrix products: all linear layers and convolutions, forward, backward and for the weights.

There is one kernel. An operand A is any set of numbers whose place in memory is a row's place plus
a term's offset, so two tables say which numbers these are: the rows and columns of a matrix, those
of its transpose, or the pixels under the taps of a convolution.

An operand B is in panels: 64 columns with all their rows one behind the other, then the next 64;
the number of columns is a multiple of 16, filled up with zeros. So are weights and their gradients.
"""

from __future__ import annotations

from collections.abc import Callable

from suite.engine.cache import Memory, kernel
from suite.engine.intrinsics import (
    WIDTH,
    has_wide_vectors,
    keep_positive_16,
    make_tile,
    transpose_16,
)

PANEL = 64
ZEROS = 0  # where memory begins with a panel's row of zeros, which nothing overwrites
ADD, RELU, GATE = 1, 2, 4  # begin with what is there; end with max(0, v), or with the slope of that
ROWS = 96  # what a strip does before the next one begins: a multiple of all heights but 1
# Heights of tiles by their number of vectors: sums, a row of B and an element of A fill the
# registers. Bits depend on none of them.
WIDE = {1: (16, 8, 4, 1), 2: (12, 8, 4, 1), 3: (8, 4, 2, 1), 4: (6, 4, 2, 1)}
NARROW = {1: (6, 4, 2, 1)}


def _make_strip(vectors: int, heights: tuple[int, ...]) -> Callable[..., None]:
    """A kernel for a strip of 16 x `vectors` columns: tiles one under another, as `make_tile`."""
    high, medium, low, single = (make_tile(rows, vectors) for rows in heights)
    height, height_2, height_3, _ = heights

    @kernel
    def strip(
        memory: Memory,
        tables: Memory,
        a: int,
        first: int,
        rows: int,
        terms: int,
        count: int,
        b: int,
        b_step: int,
        c: int,
        c_step: int,
        start: int,
        start_step: int,
    ) -> None:
        i = 0
        while i < rows:
            at, to, of = first + i, c + i * c_step, start + i * start_step
            if rows - i >= height:
                high(memory, tables, a, at, terms, count, b, b_step, to, c_step, of, start_step)
                i += height
            elif rows - i >= height_2:
                medium(memory, tables, a, at, terms, count, b, b_step, to, c_step, of, start_step)
                i += height_2
            elif rows - i >= height_3:
                low(memory, tables, a, at, terms, count, b, b_step, to, c_step, of, start_step)
                i += height_3
            else:
                single(memory, tables, a, at, terms, count, b, b_step, to, c_step, of, start_step)
                i += 1

    return strip


def _make_strips() -> Callable[..., None]:
    """A kernel for a panel: its strips, as wide as the processor's registers allow."""
    if not has_wide_vectors():
        narrow = _make_strip(1, NARROW[1])

        @kernel
        def narrow_strips(
            memory: Memory,
            tables: Memory,
            a: int,
            first: int,
            rows: int,
            terms: int,
            count: int,
            b: int,
            b_step: int,
            width: int,
            c: int,
            c_step: int,
            start: int,
            start_step: int,
        ) -> None:
            for j in range(0, width, WIDTH):
                narrow(
                    memory,
                    tables,
                    a,
                    first,
                    rows,
                    terms,
                    count,
                    b + j,
                    b_step,
                    c + j,
                    c_step,
                    start + j,
                    start_step,
                )

        return narrow_strips
    one, two, three, four = (_make_strip(vectors, WIDE[vectors]) for vectors in (1, 2, 3, 4))

    @kernel
    def strips(
        memory: Memory,
        tables: Memory,
        a: int,
        first: int,
        rows: int,
        terms: int,
        count: int,
        b: int,
        b_step: int,
        width: int,
        c: int,
        c_step: int,
        start: int,
        start_step: int,
    ) -> None:
        if width == 4 * WIDTH:
            four(
                memory,
                tables,
                a,
                first,
                rows,
                terms,
                count,
                b,
                b_step,
                c,
                c_step,
                start,
                start_step,
            )
        elif width == 3 * WIDTH:
            three(
                memory,
                tables,
                a,
                first,
                rows,
                terms,
                count,
                b,
                b_step,
                c,
                c_step,
                start,
                start_step,
            )
        elif width == 2 * WIDTH:
            two(
                memory,
                tables,
                a,
                first,
                rows,
                terms,
                count,
                b,
                b_step,
                c,
                c_step,
                start,
                start_step,
            )
        else:
            one(
                memory,
                tables,
                a,
                first,
                rows,
                terms,
                count,
                b,
                b_step,
                c,
                c_step,
                start,
                start_step,
            )

    return strips


_strips = _make_strips()


@kernel
def product(
    memory: Memory,
    tables: Memory,
    a: int,
    first: int,
    rows: int,
    terms: int,
    count: int,
    block: int,
    b: int,
    b_rows: int,
    columns: int,
    c: int,
    c_step: int,
    c_panel: int,
    bias: int,
    flags: int,
    shift: int,
) -> None:
    """C = start + A B: each C[i, j] is one chain of fma over the terms, in their order.

    A[i, k] = memory[a + tables[first + i] + tables[terms + k]]; B has `count` rows, of `b_rows` in a
    panel; row i of panel p of C is at c + p c_panel + i c_step. The chain starts with what C holds
    (ADD), else with `bias` (a row's place), or 0 where that is negative. `c_step` 0: C is in
    panels. GATE sets to 0 where the number `shift` places before C's is not above 0. The terms
    are done in blocks, which decides no bits.
    """
    for k in range(0, count, block):
        terms_now = min(block, count - k)
        for j in range(0, columns, PANEL):
            width = min(PANEL, columns - j)
            step = c_step or width
            for i in range(0, rows, ROWS):
                rows_now = min(ROWS, rows - i)
                to = c + j // PANEL * c_panel + i * step
                if k > 0 or flags & ADD:
                    start, start_step = to, step
                elif bias >= 0:
                    start, start_step = bias + j, 0
                else:
                    start, start_step = ZEROS, 0
                of = b + j * b_rows + k * width
                _strips(
                    memory,
                    tables,
                    a,
                    first + i,
                    rows_now,
                    terms + k,
                    terms_now,
                    of,
                    width,
                    width,
                    to,
                    step,
                    start,
                    start_step,
                )
                if k + block >= count and flags & (RELU | GATE):
                    back = shift if flags & GATE else 0
                    for q in range(to, to + rows_now * step, step):
                        keep_positive(memory, q, q - back, width)


@kernel
def keep_positive(memory: Memory, at: int, by: int, count: int) -> None:
    """Sets to 0 those of `count` numbers, whole vectors, where the number at `by` is not above 0.

    What is not a number stays.
    """
    for n in range(0, count, WIDTH):
        keep_positive_16(memory, at + n, by + n)


@kernel
def pack(memory: Memory, source: int, rows: int, columns: int, step: int, target: int) -> None:
    """Copies the rows of a matrix, `step` apart, into panels."""
    for j in range(0, columns, PANEL):
        width = min(PANEL, columns - j)
        for i in range(rows):
            of, to = source + i * step + j, target + j * rows + i * width
            memory[to : to + width] = memory[of : of + width]


@kernel
def transpose(
    memory: Memory,
    source: int,
    source_rows: int,
    columns: int,
    first: int,
    rows: int,
    target: int,
    target_rows: int,
    to_row: int,
    target_columns: int,
) -> None:
    """The transpose of rows `first` to `first` + `rows` of a matrix in panels, in panels too.

    Its column n becomes row `to_row` + n. `columns` is a multiple of 16.
    """
    for n in range(0, columns, WIDTH):
        panel = n // PANEL * PANEL
        step = min(PANEL, columns - panel)
        of = source + panel * source_rows + n - panel + first * step
        for k in range(0, rows, WIDTH):
            panel = k // PANEL * PANEL
            to_step = min(PANEL, target_columns - panel)
            to = target + panel * target_rows + k - panel + (to_row + n) * to_step
            if k + WIDTH <= rows:
                transpose_16(memory, of + k * step, step, to, to_step)
            else:
                for q in range(rows - k):
                    for m in range(WIDTH):
                        memory[to + m * to_step + q] = memory[of + (k + q) * step + m]


@kernel
def flip(
    memory: Memory,
    source: int,
    source_rows: int,
    columns: int,
    taps: int,
    inputs: int,
    outputs: int,
    target: int,
    target_rows: int,
    target_columns: int,
) -> None:
    """A convolution's weights, rows (tap, input), as those of its backward pass.

    The taps are in reverse order, and rows are (tap, output). Blocks of 16 may write zeros behind a
    tap's rows, where the next tap's will be.
    """
    for tap in range(taps):
        transpose(
            memory,
            source,
            source_rows,
            columns,
            (taps - 1 - tap) * inputs,
            inputs,
            target,
            target_rows,
            tap * outputs,
            target_columns,
        )


@kernel
def add_rows(
    memory: Memory, source: int, rows: int, columns: int, step: int, target: int, adds: int
) -> None:
    """The sum of the rows of a matrix, each column one chain of additions from the first row on."""
    total = memory[target : target + columns]
    if not adds:
        total[:] = 0.0
    for i in range(rows):
        row = memory[source + i * step : source + i * step + columns]
        for j in range(columns):
            total[j] += row[j]
