"""Lanes: the places of seeds in a batch of models that are trained together.

MKL's kernels for small matrices choose by the alignment of operands and result, and round otherwise
by it: of 5 x 9 times 9 x 10 floats packed one behind the other, every second product came out
differently. Alignment repeats every 16 floats' worth of matrices, so a seed keeps its lane modulo
16, whichever seeds it is trained with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

LANES = 16


def lanes_of(seeds: Iterable[int]) -> list[int]:
    """The lane of each seed: the seed modulo 16, plus 16 for every earlier seed with the same."""
    lanes, taken = list[int](), Counter[int]()
    for seed in seeds:
        lane = seed % LANES
        lanes.append(lane + LANES * taken[lane])
        taken[lane] += 1
    return lanes


def lanes_taken(seeds: Sequence[int]) -> int:
    """The number of lanes that a batch of these seeds has, empty ones between them included."""
    return max(lanes_of(seeds), default=-1) + 1


def whole_blocks(seed_count: int) -> int:
    """The least multiple of 16 that is not below `seed_count`."""
    return -(-seed_count // LANES) * LANES
