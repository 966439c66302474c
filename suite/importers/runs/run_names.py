"""Arm and seed from the names of runs, where nothing else tells them: "resnet-seed0", "vit/3"."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SEED = re.compile(r"(?<![A-Za-z])(?:seed|rs|random_?state)[-_=. ]?(\d+)(?!\d)", re.IGNORECASE)
_NUMBER_AT_END = re.compile(r"^(.*[^\d.])(?:[-_/ .])(\d+)$")
_EDGES = " -_/.,|+:"


def split_names(names: Sequence[str]) -> list[tuple[str, str]] | None:
    """The arm and the seed that each name tells; None unless all of them do, in one way.

    A number without the word seed is one only where every arm has the same numbers in a row, at
    least three: "resnet-18" and "resnet-50" are two arms.
    """
    for split in (_by_word, _by_number):
        pairs = [pair for pair in map(split, names) if pair is not None]
        if len(pairs) == len(names) and (split is _by_word or _are_counted(pairs)):
            return pairs
    return None


def _are_counted(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether every arm has the same numbers, one after the other."""
    arms = {arm for arm, _ in pairs}
    numbers = sorted({int(seed) for _, seed in pairs})
    is_row = len(numbers) > 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return is_row and len({*pairs}) == len(arms) * len(numbers)


def _by_word(name: str) -> tuple[str, str] | None:
    found = _SEED.search(name)
    if found is None:
        return None
    rest = [name[: found.start()].strip(_EDGES), name[found.end() :].strip(_EDGES)]
    arm = "/".join(part for part in rest if part)
    return (arm, found[1]) if arm else None


def _by_number(name: str) -> tuple[str, str] | None:
    found = _NUMBER_AT_END.match(name)
    if found is None:
        return None
    arm = found[1].strip(_EDGES)
    return (arm, found[2]) if arm else None
