"""Text as data: pieces that every output writes in its own way, and that nothing parses.

`str` of a piece is what stands in plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from suite.reports.numbers import metric_heading, metric_name
from suite.task.components import Metric


@dataclass(frozen=True)
class Link:
    """Text that refers to the meaning of a word on the same page."""

    text: str
    anchor: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Code:
    """What somebody types or what a program names."""

    text: str

    def __str__(self) -> str:
        return f"`{self.text}`"


@dataclass(frozen=True)
class Unbroken:
    """Numbers that belong together: no line ends between them."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class RowId:
    """The id of a row of the report."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class MetricLabel:
    """A metric of a task; `metric` is None for what no task declares, such as "parameters"."""

    key: str
    metric: Metric | None

    @property
    def name(self) -> str:
        """The metric's name in a sentence."""
        return metric_name(self.key)

    def __str__(self) -> str:
        return metric_heading(self.key, self.metric)


# what begins a tag or a comment of HTML, and what makes a link or a picture of brackets
MARKUP = re.compile(r"(<(?=[A-Za-z/!?])|(?<=\])\()")
Piece = str | Link | Code | Unbroken | RowId | MetricLabel
Prose = Piece | tuple[Piece, ...]


def pieces(prose: Prose) -> tuple[Piece, ...]:
    """The pieces of a text, of which there may be one."""
    return prose if isinstance(prose, tuple) else (prose,)


def join(separator: str, texts: Iterable[Prose]) -> tuple[Piece, ...]:
    """The texts as one, with a separator between two."""
    joined: list[Piece] = []
    for text in texts:
        joined += [separator, *pieces(text)] if joined else pieces(text)
    return tuple(joined)


def plain_text(prose: Prose) -> str:
    """The text without links, for terminals and files."""
    return "".join(str(piece) for piece in pieces(prose))


def markdown_text(prose: Prose, *, page: str = "") -> str:
    """The text as markdown; its links lead to `page`, without it to the page that they stand on."""
    return "".join(
        f"[{piece.text}]({page}#{piece.anchor})"
        if isinstance(piece, Link)
        else without_markup(str(piece))
        for piece in pieces(prose)
    )


def without_markup(text: str) -> str:
    """Text that begins no tag, comment, link or line of its own in markdown."""
    return MARKUP.sub(r"\\\1", " ".join(text.splitlines()))


def anchor_of(word: str) -> str:
    """What a word is called in a page's addresses: as GitHub names its heading."""
    return re.sub(r"[^a-z]+", "-", word.lower()).strip("-") or "missing"


def link_to(word: str) -> Link:
    """The word, as a link to its meaning on the same page."""
    return Link(str(word), anchor_of(str(word)))
