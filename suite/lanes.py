"""Memory for matrices side by side, so that a product's bits do not depend on which place its matrices stand at.

MKL's kernels for small matrices choose by the alignment of their operands and their result, and round otherwise by it: with
5 x 9 times 9 x 10 floats packed tightly, every other product of a batch came out differently. Lanes that all start at a
multiple of 64 bytes give every one the same.
"""

from __future__ import annotations

import torch

ALIGNMENT = 64  # bytes: a cache line, and the widest vector


def empty(shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    """Zeros (S, ...) of the type of `like`; each [s] is contiguous and starts at a multiple of 64 bytes."""
    width = ALIGNMENT // like.element_size()
    size = torch.Size(shape[1:]).numel()
    lanes = torch.zeros(shape[0], -(-size // width) * width, dtype=like.dtype, device=like.device)
    return lanes[:, :size].unflatten(1, shape[1:]) if len(shape) > 1 else lanes[:, 0]


def are_aligned(tensor: torch.Tensor) -> bool:
    """Whether every tensor[s] starts at a multiple of 64 bytes from the first."""
    return tensor.stride(0) * tensor.element_size() % ALIGNMENT == 0


def aligned(tensor: torch.Tensor) -> torch.Tensor:
    """`tensor` (S, ...), or a copy of it where its lanes are not aligned."""
    return tensor if are_aligned(tensor) else empty(tuple(tensor.shape), tensor).copy_(tensor)
