"""Seeds as people write them: a range like "0-9", a list, or both."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from suite.result import MAX_SEED

MAX_SEEDS = 1_000_000  # of one task


def parse_seeds(value: object) -> tuple[int, ...]:
    """The seeds that `value` names: "0-9", "0-4,7", or a list of integers. Order is kept.

    Raises ValueError for repeats and for anything that is not an integer in [0, 2**32 - 1].
    """
    if isinstance(value, str):
        seeds = list(_expand(value))
    elif isinstance(value, list | tuple):
        seeds = list(value)
    else:
        raise ValueError(f'expected a range like "0-9" or a list of integers, got {value!r}')
    wrong = [seed for seed in seeds if type(seed) is not int or not 0 <= seed <= MAX_SEED]
    if wrong:
        raise ValueError(f"expected integers from 0 to {MAX_SEED}, got {wrong[0]!r}")
    repeated = [seed for seed, times in Counter(seeds).items() if times > 1]
    if repeated or not seeds:
        raise ValueError(
            f"expected different seeds, got {repeated[0]} twice"
            if repeated
            else "expected a seed, got none"
        )
    return tuple(seeds)


def _expand(text: str) -> Iterator[int]:
    """The seeds one by one. Raises ValueError for more than MAX_SEEDS, before giving any."""
    parts = split_ranges(text)
    if sum(map(len, parts)) > MAX_SEEDS:
        raise ValueError(f"expected at most {MAX_SEEDS:,} seeds, got {sum(map(len, parts)):,}")
    return chain.from_iterable(parts)


def split_ranges(text: str) -> list[range]:
    """The ranges of "0-4,7", of any length. Raises ValueError for what is none."""
    parts = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,10})(?:\s*-\s*([0-9]{1,10}))?\s*", part)
        if not match:
            raise ValueError(f'expected a range like "0-9" or "0-4,7", got {text!r:.80}')
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"expected a rising range, got {part.strip()!r}")
        parts.append(range(first, last + 1))
    return parts


def seed_ranges(seeds: Sequence[int]) -> str:
    """Sorted seeds as "0-4,7", the way that options of commands take them."""
    ranges: list[tuple[int, int]] = []
    for seed in seeds:
        if ranges and ranges[-1][1] == seed - 1:
            ranges[-1] = (ranges[-1][0], seed)
        else:
            ranges.append((seed, seed))
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)
