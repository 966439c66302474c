"""Text in columns and in lines, 80 columns wide but for names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap

from rich.cells import cell_len

from suite.errors import visible
from suite.stats import Interval

MOST_NAME = 24
WIDTH = 80


def bounds(interval: Interval | None, digits: int) -> str:
    """[low, high] with so many decimals; a dash without one."""
    if interval is None:
        return "-"
    return f"[{interval.low:+.{digits}f}, {interval.high:+.{digits}f}]"


def short_names(names: Iterable[str]) -> Mapping[str, str]:
    """Each name, or as much of its beginning as tells all of them apart."""
    shown = {name: visible(name) for name in names}
    longest = max(map(len, shown.values()), default=0)
    limit = MOST_NAME
    while limit < longest and len({_cut(name, limit) for name in shown.values()}) < len(shown):
        limit += 8
    return {name: _cut(text, limit) for name, text in shown.items()}


def _cut(name: str, limit: int) -> str:
    return name if len(name) <= limit else f"{name[: limit - 1]}…"


def wrapped(text: str, indent: str = "") -> list[str]:
    """The text in lines that fit a terminal but for names; none ends within "p = 0.02"."""
    glued = re.sub(r"p ([=<]) ", "p\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", visible(text))
    lines = wrap(
        glued,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """The rows with columns of one width, two spaces apart; the first column to the left."""
    table = [[visible(cell) for cell in row] for row in rows]
    widths = [max(cell_len(row[k]) for row in table if k < len(row)) for k in range(len(table[0]))]
    numeric = {k for k in range(1, len(widths)) if all(_is_number(row[k]) for row in table[1:])}
    return [
        "  ".join(
            _filled(cell, width, to_the_right=k in numeric)
            for k, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in table
    ]


def _filled(cell: str, width: int, *, to_the_right: bool) -> str:
    """The cell with spaces on one side, as wide as a terminal shows it."""
    space = " " * (width - cell_len(cell))
    return space + cell if to_the_right else cell + space


def _is_number(cell: str) -> bool:
    return cell in {"-", ""} or (cell.lstrip("+-")[:1].isdigit() and " " not in cell)
