"""The backward pass of a convolution whose outputs a max-pooling takes: most gradients are 0.

Of the pixels under a window one is chosen, channel by channel; the others have no gradient. Chains
go item by item, window by window, tap by tap and channel by channel, and leave out terms whose
gradient is 0. So they have another order than those of other convolutions.

The convolution has stride 1, and its images have whole vectors of channels. `corners`: a table
(outputs, taps) of the places, from an item's first, of the image's pixel under the kernel's first
tap. Turned weights have a row for each output channel: its taps' channels, `size` in all.
"""

from __future__ import annotations

import numpy as np

from suite.engine.cache import Memory, kernel
from suite.engine.intrinsics import WIDTH, make_gathered_row, transpose_16

LONG = 6  # vectors of a row that is done at once
_long_row, _short_row = make_gathered_row(LONG), make_gathered_row(1)


@kernel
def _add_rows(
    memory: Memory,
    values: Memory,
    places: Memory,
    first: int,
    count: int,
    shift: int,
    c: int,
    width: int,
) -> None:
    j = 0
    while j < width:
        if j + LONG * WIDTH <= width:
            _long_row(memory, values, places, first, count, shift + j, c + j)
            j += LONG * WIDTH
        else:
            _short_row(memory, values, places, first, count, shift + j, c + j)
            j += WIDTH


@kernel
def images_back(
    memory: Memory, tables: Memory, gradient: int, chosen: int, items: int, corners: int, outputs: int, taps: int, channels: int,
    weights: int, size: int, kernel_rows: int, images: int, item: int, image_row: int,
) -> None:  # fmt: skip
    """Adds to the gradient of the images, which begins at `images`."""
    values, places = np.empty(taps * channels, np.float32), np.empty(taps * channels, np.int64)
    counts, width = np.empty(taps, np.int64), size // kernel_rows
    for b in range(items):
        for o in range(outputs):
            row = (b * outputs + o) * channels
            counts[:] = 0
            for c in range(channels):
                g, t = memory[gradient + row + c], np.int64(memory[chosen + row + c])
                at = t * channels + counts[t]
                values[at], places[at] = g, weights + c * size
                counts[t] += g != 0.0
            for t in range(taps):
                if counts[t] == 0:
                    continue
                to = images + b * item + tables[corners + o * taps + t]
                for y in range(kernel_rows):
                    _add_rows(
                        memory,
                        values,
                        places,
                        t * channels,
                        counts[t],
                        y * width,
                        to + y * image_row,
                        width,
                    )


@kernel
def weights_back(
    memory: Memory, tables: Memory, gradient: int, chosen: int, items: int, corners: int, outputs: int, taps: int, channels: int,
    weights: int, size: int, kernel_rows: int, images: int, item: int, image_row: int,
) -> None:  # fmt: skip
    """Adds to the gradient of the turned weights, which begins at `weights`."""
    values, places = (
        np.empty(outputs * channels, np.float32),
        np.empty(outputs * channels, np.int64),
    )
    counts, width = np.empty(channels, np.int64), size // kernel_rows
    for b in range(items):
        counts[:] = 0
        for o in range(outputs):
            row = (b * outputs + o) * channels
            for c in range(channels):
                g, t = memory[gradient + row + c], np.int64(memory[chosen + row + c])
                at = c * outputs + counts[c]
                values[at], places[at] = g, images + b * item + tables[corners + o * taps + t]
                counts[c] += g != 0.0
        for c in range(channels):
            if counts[c] == 0:
                continue
            for y in range(kernel_rows):
                _add_rows(
                    memory,
                    values,
                    places,
                    c * outputs,
                    counts[c],
                    y * image_row,
                    weights + c * size + y * width,
                    width,
                )


@kernel
def turn(memory: Memory, source: int, rows: int, columns: int, target: int) -> None:
    """The transpose of a matrix whose rows and columns are whole vectors."""
    for i in range(0, rows, WIDTH):
        for j in range(0, columns, WIDTH):
            transpose_16(memory, source + i * columns + j, columns, target + j * rows + i, rows)
