"""A table before anything prints it: headings, rows, and cells that are text as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suite.analysis.study import Study
from suite.reports.numbers import MISSING
from suite.reports.prose import Prose

Row = Mapping[str, Prose]  # a cell for every heading, by its text


@dataclass(frozen=True)
class Heading:
    """What stands over a column. `term`: under which name a glossary explains it."""

    text: str
    term: str


@dataclass(frozen=True)
class Table:
    """Headings and rows. A table without rows has no headings either."""

    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.rows

    def without(self, heading: str) -> Table:
        """The table without one of its columns."""
        rows = ({text: cell for text, cell in row.items() if text != heading} for row in self.rows)
        return Table(tuple(shown for shown in self.headings if shown.text != heading), tuple(rows))

    def without_missing(self, *headings: str) -> Table:
        """The table without those of these columns that say nothing in any row."""
        table = self
        for heading in headings:
            if all(row.get(heading, MISSING) == MISSING for row in self.rows):
                table = table.without(heading)
        return table


def make_table(rows: Sequence[Row], terms: Mapping[str, str] | None = None) -> Table:
    """The table with these rows, which all have the same headings.

    `terms`: the glossary's names of the headings that have another there.
    """
    names = terms or {}
    headings = tuple(Heading(text, names.get(text, text)) for text in (rows[0] if rows else ()))
    return Table(headings, tuple(rows))


def data_set_cell(study: Study) -> Row:
    """The cell that names the data set of a part of a study; none where a task has only one."""
    return {"data set": study.block} if study.block else {}
