"""Text as HTML: prose with its links, and the cells of tables. Everything in it is escaped."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape

from suite.reports.prose import (
    Code,
    Link,
    MetricLabel,
    Piece,
    Prose,
    RowId,
    Unbroken,
    anchor_of,
    pieces,
)

NO_BREAK = "\u00a0"


def html_text(prose: Prose, metrics: Mapping[str, Prose] | None = None) -> Markup:
    """The text as HTML.

    `metrics`: those with a meaning on the page, by their names; they become links to it.
    """
    return Markup("").join(_piece(piece, metrics or {}) for piece in pieces(prose))


def _piece(piece: Piece, metrics: Mapping[str, Prose]) -> Markup:
    if isinstance(piece, Link):
        return Markup('<a href="#{}">{}</a>').format(piece.anchor, piece.text)
    if isinstance(piece, Code | RowId):
        return Markup("<code>{}</code>").format(piece.text)
    if isinstance(piece, Unbroken):
        return escape(piece.text.replace(" ", NO_BREAK))
    if isinstance(piece, MetricLabel) and piece.name in metrics:
        return Markup('<a class="term" href="#{}">{}</a>').format(anchor_of(piece.name), piece)
    return escape(str(piece))
