"""Stores that rot: flipped bits, pages of zeros, files cut short.

Whatever is read afterwards is the same, or an error.
"""

from __future__ import annotations

import random
from pathlib import Path

from suite.errors import SuiteError
from suite.store.fsck import damage
from suite.store.store import open_store
from suite.task.schema import Task
from tests.torture.figures import Figure, everything, fill, plan_of

PAGE = 4096


def rotten_stores(folder: Path, task: Task, *, flips: int) -> Figure:
    """Flips single bits of a store, zeroes each of its pages, and cuts it after each; reads, writes
    and checks each copy.
    """
    good = folder / "good.sqlite"
    fill(good, plan_of(task, 12))
    expected, content, drawn = everything(good), good.read_bytes(), random.Random(3)  # noqa: S311
    rotten = []
    for _ in range(flips):
        flipped = bytearray(content)
        flipped[drawn.randrange(len(content))] ^= 1 << drawn.randrange(8)
        rotten.append(bytes(flipped))
    pages = range(0, len(content), PAGE)
    zeroed = [content[:at] + bytes(PAGE) + content[at + PAGE :] for at in pages]
    cut = [content[:at] for at in pages]
    counts: dict[str, int] = {}
    for copy in (*rotten, *zeroed, *cut):
        word = _what_happens(folder / "rotten.sqlite", copy, expected)
        counts[word] = counts.get(word, 0) + 1
    return Figure(
        "a damaged store",
        f"{flips} flipped bits, {len(zeroed)} pages of zeros, {len(cut)} cuts, in a store of"
        f" {len(content)} bytes",
        ", ".join(f"{number} {word}" for word, number in sorted(counts.items())),
        not counts.keys() & {SILENT, WRITTEN, UNNAMED},
    )


REFUSED, HARMLESS = "refused with what is damaged", "without effect on any content"
SILENT, WRITTEN, UNNAMED = "silently wrong", "written to", "read as damaged, and sound to fsck"


def _what_happens(path: Path, content: bytes, expected: str) -> str:
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    path.write_bytes(content)
    try:
        word = HARMLESS if everything(path) == expected else SILENT
    except SuiteError:
        word = REFUSED
    if path.read_bytes() != content:
        return WRITTEN
    try:
        found = damage(path)
    except SuiteError as error:
        found = [str(error)]
    if word == REFUSED and not found:
        return UNNAMED
    try:
        with open_store(path, create=True) as store:
            store.newest()
    except SuiteError:
        return word if path.read_bytes() == content else WRITTEN
    return word if word == HARMLESS else SILENT
