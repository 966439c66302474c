"""Reads a program's output as it comes: the last number of every metric, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from suite.errors import suggestion
from suite.execution.commands.lines import (
    AmbiguousLineError,
    Reading,
    names_in,
    read_line,
    read_text,
    shortened,
    without_terminal_codes,
)
from suite.task.commands import MetricSource

MAX_LINE_BYTES = 2**20  # of a longer line, the end is read
KEPT_BYTES = 2**16  # of the end of the output, for people
MAX_SEEN = 12  # names in a message
# a progress bar goes back to the start of its line, or a letter back
AS_LINE_ENDS = bytes.maketrans(b"\r\x08\x0b\x0c", b"\n\n\n\n")


def split_lines(text: bytes) -> list[bytes]:
    """The lines of an output; what a terminal would write over counts as a line before it."""
    return text.translate(AS_LINE_ENDS).split(b"\n")


@dataclass
class _Search:
    """What is looked for, line by line, and what was found of it last."""

    source: MetricSource
    name: str
    is_exact: bool = True
    found: Reading | AmbiguousLineError | None = None

    def __post_init__(self) -> None:
        word = max(re.findall(r"[^\W_]+", self.name) or [self.name], key=len)
        self.token = word.encode()
        self.pattern = None if self.source.pattern is None else re.compile(self.source.pattern)

    def look(self, lines: Sequence[bytes]) -> None:
        """Finds the last of the lines that gives a number."""
        for line in reversed(lines):
            if self.pattern is None and not self._may_stand_in(line):
                continue
            try:
                found = self._read(without_terminal_codes(line.decode(errors="replace")))
            except AmbiguousLineError as error:
                self.found = error
                return
            if found is not None:
                self.found = found
                return

    def may_stand_in(self, block: bytes) -> bool:
        """Whether a block of lines can hold it: a quick look before a slow one."""
        return self.pattern is not None or self._may_stand_in(block)

    def _may_stand_in(self, text: bytes) -> bool:
        return self.token in text if self.is_exact else self.token.lower() in text.lower()

    def _read(self, line: str) -> Reading | None:
        if self.pattern is None:
            return read_line(line, self.name, is_exact=self.is_exact)
        *_, match = [None, *self.pattern.finditer(line)]
        number = None if match is None or match[1] is None else read_text(match[1])
        if number is None:
            return None
        return Reading(number.value, shortened(line), number.form, number.note)


@dataclass
class OutputReader:
    """Takes the output piece by piece; `sources`: the metrics to be read from it, by name.

    The last line that holds a metric counts. A name as it is written goes before one in other case.
    """

    sources: Mapping[str, MetricSource]
    kept: bytearray = field(default_factory=bytearray)
    rest: bytes = b""

    def __post_init__(self) -> None:
        self._searches = {
            name: [
                _Search(source, source.key or name, is_exact)
                for is_exact in ((True,) if source.pattern else (True, False))
            ]
            for name, source in self.sources.items()
            if source.file is None
        }

    def take(self, piece: bytes) -> None:
        """Reads the lines that the piece completes."""
        self.kept += piece
        del self.kept[:-KEPT_BYTES]
        end = max(piece.rfind(mark) for mark in (b"\n", b"\r"))
        if end < 0:
            self.rest = (self.rest + piece)[-MAX_LINE_BYTES:]
            return
        block, self.rest = self.rest + piece[: end + 1], piece[end + 1 :]
        self._look(block)

    def finish(self) -> None:
        """Reads the last line, which may have no end."""
        self._look(self.rest)
        self.rest = b""

    def found(self, name: str) -> Reading | AmbiguousLineError | None:
        """What the output held last under the metric's name, after `finish`."""
        return next((one.found for one in self._searches[name] if one.found is not None), None)

    @property
    def printed(self) -> str:
        """The end of the output as it was, 64 KiB at most."""
        return self.kept.decode(errors="replace")

    def _look(self, block: bytes) -> None:
        searches = [
            search
            for group in self._searches.values()
            for search in group
            if search.may_stand_in(block)
        ]
        if searches:
            lines = split_lines(block)
            for search in searches:
                search.look(lines)


def numbers_seen(text: str) -> dict[str, float]:
    """The names and numbers in an output, each with its last number, those seen last first."""
    seen: dict[str, float] = {}
    for line in split_lines(text.encode(errors="replace")):
        for name, number in names_in(without_terminal_codes(line.decode(errors="replace"))):
            seen.pop(name, None)
            seen[name] = number
    return dict(reversed(seen.items()))


def why_not_read(name: str, source: MetricSource, text: str) -> str:
    """Why the output, of which `text` is the end, gives no number for a metric, and what it has."""
    if source.pattern is not None:
        return f"no line of the output gives a number for {name} by the pattern {source.pattern!r}"
    wanted, seen = source.key or name, numbers_seen(text)
    if not seen:
        lines = [line for line in map(str.strip, text.splitlines()) if line]
        alone = bool(lines) and read_text(lines[-1]) is not None
        hint = "; to take a line that is only a number, give the pattern '^([0-9.e+-]+)$'"
        return f"no {wanted} in the output{hint if alone else ', nor any other number with a name'}"
    shown = ", ".join(f"{key} = {value:g}" for key, value in list(seen.items())[:MAX_SEEN])
    more = ", ..." if len(seen) > MAX_SEEN else ""
    near = suggestion(wanted, list(seen))
    question = f"; {near}" if near.startswith("did you mean") else ""
    return f"no {wanted} in the output; seen: {shown}{more}{question}"
