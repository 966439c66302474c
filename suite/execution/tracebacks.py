"""Where in the user's code an error was raised, as text for records. Frames of this package go."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import suite
from suite.execution.outcomes import without_folders
from suite.provenance.installed import lies_installed

OURS = Path(suite.__file__).parent
MAX_TRACEBACK = 4000  # characters, of its end: what was raised comes last


def with_place(reason: str, error: BaseException) -> str:
    """The reason, with the user's file and line that are nearest to where it was raised."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)
    ]
    if not frames:
        return reason
    last = frames[-1]
    return f"{reason} ({Path(last.filename).name}, line {last.lineno}, in {last.name})"


def users_traceback(error: BaseException) -> str:
    """The traceback from the user's code on; "" where none of that was at work."""
    report = traceback.TracebackException.from_exception(error)
    chain = list(_chain(report))
    if not any(_is_users(frame.filename) for link in chain for frame in link.stack):
        return ""
    for link in chain:
        kept = [frame for frame in link.stack if not _is_ours(frame.filename)]
        link.stack = traceback.StackSummary.from_list(kept)
    return without_folders("".join(report.format()).strip())[-MAX_TRACEBACK:]


def _chain(
    report: traceback.TracebackException | None,
) -> Iterator[traceback.TracebackException]:
    """An error, and those that it came from."""
    if report is not None:
        yield report
        yield from _chain(report.__cause__)
        yield from _chain(report.__context__)


@cache
def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(OURS)


@cache
def _is_users(file: str) -> bool:
    path = Path(file)
    return path.is_file() and not _is_ours(file) and not lies_installed(path)
