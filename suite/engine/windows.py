"""The pixels under each window of a pooling layer."""

from __future__ import annotations

from typing import Any

import torch


def pair(size: Any) -> tuple[int, int]:
    """A size of rows and columns, from one number or two."""
    rows, columns = (size, size) if isinstance(size, int) else size
    return int(rows), int(columns)


def pooling_windows(
    size: tuple[int, int], kernel: Any, stride: Any, padding: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """The pixels (h, w, taps) under each window, counted row by row, -1 outside of the image.

    And how many are inside, (h, w).
    """
    kernel, stride, padding = (
        pair(kernel),
        pair(kernel if stride is None else stride),
        pair(padding),
    )
    places = [
        torch.arange(0, n + 2 * p - k + 1, s).unsqueeze(1) + torch.arange(k) - p
        for n, k, s, p in zip(size, kernel, stride, padding, strict=True)
    ]
    rows, columns = places[0][:, None, :, None], places[1][None, :, None, :]
    outside = (rows < 0) | (rows >= size[0]) | (columns < 0) | (columns >= size[1])
    pixels = torch.where(outside, -1, rows * size[1] + columns).flatten(2)
    return pixels, (pixels >= 0).sum(dim=2)


def adaptive_windows(size: tuple[int, int], wanted: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """As `pooling_windows`, for so many outputs: window i of n goes from i N / n to (i + 1) N / n.

    The first rounds down and the second up, as torch has it.
    """
    rows, columns = wanted if isinstance(wanted, tuple | list) else (wanted, wanted)
    outputs = (rows or size[0], columns or size[1])
    bounds = [
        [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
        for n, m in zip(size, outputs, strict=True)
    ]
    windows = [
        [y * size[1] + x for y in range(*of_rows) for x in range(*of_columns)]
        for of_rows in bounds[0]
        for of_columns in bounds[1]
    ]
    taps = max(map(len, windows))
    pixels = torch.tensor([window + [-1] * (taps - len(window)) for window in windows])
    pixels = pixels.reshape(*outputs, taps)
    return pixels, (pixels >= 0).sum(dim=2)
