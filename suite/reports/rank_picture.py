"""A picture of ranks in the place of a critical-difference diagram, as SVG text.

The bars of such a diagram join cliques, rest on mean ranks and hide pairs. Here every arm has a row
with the interval of its rank, and every pair that is not told apart has its mark. The same ranks
give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

import numpy as np

from suite.stats.ranks import RankInterval, not_told_apart, rank_intervals, tied_with_best

ROW, CELL, TOP, EDGE = 24, 18, 66, 16  # pixels
RANKS_WIDTH, FIGURES_WIDTH = 360, 64
LETTER = 8.6  # pixels of a bold letter of 13 px, on average, in a wide font
LONGEST = 36  # letters of a name; the rest stands in the row's title
BLUE, GREY, INK, PALE = "#0072B2", "#767676", "#222222", "#E4E4E4"
TINTS = {BLUE: "#A8CFE6", GREY: "#CFCFCF"}
FONT = "system-ui, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class _Row:
    """What is drawn of one arm; `not_apart`: the rows it is not told apart from."""

    number: int
    name: str
    point: float
    interval: RankInterval
    is_best: bool
    not_apart: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """The row in words."""
        ends = sorted({self.interval.best, self.interval.worst})
        ranks = f"rank {' to '.join(map(str, ends))}"
        others = ", ".join(map(str, self.not_apart)) or "no other arm"
        return (
            f"{self.number}. {self.name}: {self.point:.2f}, {ranks}, not told apart from {others}."
        )


def rank_picture(
    arms: Sequence[str],
    points: Sequence[float],
    wins: np.ndarray,
    *,
    point_label: str = "mean rank",
    title: str = "Ranks",
) -> str:
    """The picture: one row an arm, by `points` from the best rank down.

    `points` (arms): a rank of each, such as its mean rank over data sets, named `point_label`.
    `wins` (arms, arms): whether arm i is shown to be better than arm j, as
    `suite.stats.ranks.shown_better` gives it; bars and marks follow from it. Raises ValueError for
    numbers of arms that differ, for no arm and for ranks outside of 1 to the number of arms.
    """
    count = len(arms)
    if not count or len(points) != count or np.shape(wins) != (count, count):
        raise ValueError(
            f"expected points and wins of the same arms, at least one, got {count} arms,"
            f" {len(points)} points and wins of shape {np.shape(wins)}"
        )
    if not all(1 <= point <= count for point in points):
        raise ValueError(f"expected ranks from 1 to {count}, got {list(points)}")
    rows = _rows(arms, points, wins)
    names_width = round(LETTER * max(_width(_shortened(row.name)) for row in rows)) + 34
    left = EDGE + names_width
    marks = left + RANKS_WIDTH + FIGURES_WIDTH
    width, height = max(marks + CELL * count, 640) + EDGE, TOP + ROW * count + 75
    parts = [
        *_opening(width, height, title, rows, point_label),
        *_headings(left, marks, rows, point_label, title),
        *(line for row in rows for line in _drawn(row, left, marks, count)),
        *_key(TOP + ROW * count, point_label),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _rows(arms: Sequence[str], points: Sequence[float], wins: np.ndarray) -> list[_Row]:
    """The rows in the order in which they are drawn."""
    order = sorted(range(len(arms)), key=lambda arm: points[arm])
    number = {arm: place for place, arm in enumerate(order, start=1)}
    intervals, ties, best = rank_intervals(wins), not_told_apart(wins), set(tied_with_best(wins))
    return [
        _Row(
            number[arm],
            "".join(letter if letter.isprintable() else "\ufffd" for letter in arms[arm]),
            float(points[arm]),
            intervals[arm],
            arm in best,
            tuple(sorted(number[int(other)] for other in np.flatnonzero(ties[arm]))),
        )
        for arm in order
    ]


def _opening(width: int, height: int, title: str, rows: list[_Row], label: str) -> list[str]:
    """The root with its words for readers of the screen, on white: readable on a dark page too."""
    words = " ".join([f"Rows: {label}, interval of the rank.", *(row.sentence for row in rows)])
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}"'
        f' width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="{FONT}" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(words)}</desc>",
        f'<rect width="{width}" height="{height}" rx="6" fill="#FFFFFF"/>',
    ]


def _headings(left: int, marks: int, rows: list[_Row], label: str, title: str) -> list[str]:
    """The title, the axis of ranks with its lines, and the numbers over the marks."""
    count, bottom = len(rows), TOP + ROW * len(rows)
    step = max(1, -(-count // 20))
    ticks = range(1, count + 1, step)
    return [
        f'<text x="{EDGE}" y="24" font-size="15" font-weight="600">{escape(title)}</text>',
        _text(left, TOP - 24, "rank", GREY, "start"),
        _text(left + RANKS_WIDTH + FIGURES_WIDTH - 14, TOP - 24, label, GREY, "end"),
        _text(marks, TOP - 24, "not told apart from no.", GREY, "start"),
        *(
            f'<path d="M{_x(rank, left, count):g} {TOP - 2}V{bottom}" stroke="{PALE}"/>'
            for rank in ticks
        ),
        *(_text(_x(rank, left, count), TOP - 7, str(rank), GREY) for rank in ticks),
        *(
            _text(marks + CELL * (number - 0.5), TOP - 7, str(number), GREY)
            for number in range(1, count + 1)
        ),
    ]


def _x(rank: float, left: int, count: int) -> float:
    """Where a rank lies."""
    return round(left + 18 + (RANKS_WIDTH - 36) * (rank - 1) / max(count - 1, 1), 2)


def _drawn(row: _Row, left: int, marks: int, count: int) -> list[str]:
    """One row, with a mark for every arm that it is not told apart from."""
    middle = TOP + ROW * (row.number - 1) + ROW // 2
    colour = BLUE if row.is_best else GREY
    low, high = (_x(rank, left, count) for rank in (row.interval.best, row.interval.worst))
    weight = ' font-weight="600"' if row.is_best else ""
    return [
        f"<g><title>{escape(row.sentence)}</title>",
        f'<path d="M{EDGE} {middle + ROW // 2}H{marks + CELL * count}" stroke="{PALE}"/>',
        f'<text x="{left - 34}" y="{middle + 4}" text-anchor="end"{weight}>'
        f"{escape(_shortened(row.name))}</text>",
        _text(left - 8, middle + 4, str(row.number), GREY, "end"),
        f'<rect x="{low - 7:g}" y="{middle - 6}" width="{high - low + 14:g}" height="12" rx="6"'
        f' fill="{TINTS[colour]}"/>',
        f'<circle cx="{_x(row.point, left, count):g}" cy="{middle}" r="4.5" fill="{colour}"/>',
        _text(left + RANKS_WIDTH + FIGURES_WIDTH - 14, middle + 4, f"{row.point:.2f}", INK, "end"),
        *(
            f'<circle cx="{marks + CELL * (number - 0.5):g}" cy="{middle}" r="5" fill="{INK}"/>'
            for number in row.not_apart
        ),
        f'<path d="M{marks + CELL * (row.number - 0.5) - 4:g} {middle}h8" stroke="{GREY}"/></g>',
    ]


def _key(bottom: int, label: str) -> list[str]:
    """What the marks mean."""
    lines = (
        "Bar: the ranks an arm may have; all bars hold together at 95%.",
        f"Point: {label}, which may lie beside its bar. Blue: no arm is shown to be better.",
        "Dot on the right: neither of the two arms is shown to be better.",
    )
    return [
        _text(EDGE, bottom + 24 + 17 * number, line, "#555555", "start", size=12)
        for number, line in enumerate(lines)
    ]


def _text(
    x: float, y: float, words: str, colour: str, anchor: str = "middle", *, size: int = 11
) -> str:
    """One line of small text."""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )


def _shortened(name: str) -> str:
    """The name, or its beginning."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _width(name: str) -> int:
    """The letters of a name, wide ones counting twice."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in name)
