"""Tables on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table


class Terminal(Console):
    """A console that raises BrokenPipeError when the reader of its output leaves.

    The program decides what that means; rich would end with code 1.
    """

    def on_broken_pipe(self) -> None:
        """Raises BrokenPipeError."""
        raise BrokenPipeError


def plain_table(*columns: str) -> Table:
    """An empty table without lines. Its first column holds names to copy, and is never cut."""
    table = Table(box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0, overflow="fold")
    return table


def print_table(table: Table) -> None:
    """Prints a table to standard output."""
    Terminal().print(table)
