"""Markdown: tables, and text of others that is safe in a line of it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from tabulate import tabulate

from suite.reports.prose import Prose, markdown_text
from suite.reports.table import Table


def pipe_table(table: Table, *, write: Callable[[Prose], str] = markdown_text) -> str:
    """The table with pipes between cells. `write`: what makes text of a cell."""
    if table.is_empty:
        return "Nothing measured yet."
    headings = [heading.text for heading in table.headings]
    rows = [[write(cell).replace("|", "\\|") for cell in row.values()] for row in table.rows]
    return tabulate(rows, headings, tablefmt="pipe", disable_numparse=True)


def escape(text: str) -> str:
    """Text of a task file or an error, safe in one line of markdown."""
    flat = re.sub(r"\s+", " ", "".join(c for c in text if c.isprintable() or c.isspace()))
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", html.escape(flat.strip(), quote=False))


def details(summary: str, *blocks: str) -> list[str]:
    """Blocks that a reader opens by their summary, each with an empty line behind it."""
    lines = [f"<details><summary>{summary}</summary>", ""]
    for block in blocks:
        lines += [block, ""]
    return [*lines, "</details>", ""]
