"""Ctrl-C and SIGTERM while runs are under way."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collect_signals() -> Iterator[list[int]]:
    """The signals that came so far, so that the loop can end at its next step.

    The first signal raises no exception, which could get lost. A second one ends the program at
    once.
    """
    received: list[int] = []

    def receive(number: int, _: object) -> None:
        if received:
            raise SystemExit(128 + number)
        received.append(number)

    previous = {
        number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
