"""Seeds as text, the way that options of commands take them."""

from __future__ import annotations

from collections.abc import Sequence


def seed_ranges(seeds: Sequence[int]) -> str:
    """Sorted seeds as "0-4,7"."""
    ranges: list[tuple[int, int]] = []
    for seed in seeds:
        if ranges and ranges[-1][1] == seed - 1:
            ranges[-1] = (ranges[-1][0], seed)
        else:
            ranges.append((seed, seed))
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)
