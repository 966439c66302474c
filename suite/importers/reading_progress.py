"""How many runs or files have been read, for whoever watches.

A reader goes through its runs with `counted`. Who watches is ambient, for the readers of a dozen
programs' logs have nothing to do with it; without a watcher nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Watcher(Protocol):
    """Who is told how far reading is."""

    def begin(self, total: int, things: str) -> None:
        """Reading of so many more things begins: "runs" or "files"."""

    def advance(self) -> None:
        """One more was read."""


_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tells `watcher` of all runs that are read within."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def counted(items: Sequence[Item], things: str = "runs") -> Iterator[Item]:
    """The items, each counted once what was done with it is done."""
    watcher = _watcher.get()
    if watcher is None:
        yield from items
        return
    watcher.begin(len(items), things)
    for item in items:
        yield item
        watcher.advance()
