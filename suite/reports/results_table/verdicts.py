"""The verdicts on a table, for notebooks and scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.comparison import Comparison
from suite.reports.results_table.forest import draw_forest
from suite.reports.results_table.frame import as_csv, as_frame
from suite.reports.results_table.html_page import as_html
from suite.reports.results_table.json_text import as_json
from suite.reports.results_table.latex_text import as_latex
from suite.reports.results_table.layout import Cell, results_table
from suite.reports.results_table.markdown_text import as_markdown
from suite.reports.results_table.methods import plain_methods
from suite.reports.results_table.notes import TIE, answer_sentence, table_notes
from suite.reports.results_table.standings import short_verdict


class TableVerdicts(Sequence["Comparison"]):
    """The verdicts on the arms of a table: a sequence of the leading `Comparison`s.

    A notebook shows it as a table. `analysis` has the other scope, and every data set.
    """

    def __init__(self, analysis: TableAnalysis) -> None:
        self.analysis = analysis

    @property
    def answer(self) -> str:
        """One sentence: which arm is best, or which are tied."""
        return answer_sentence(self.analysis)

    @property
    def reading(self) -> str:
        """What each column was read as, and which were ignored."""
        return self.analysis.table.reading

    @property
    def methods(self) -> str:
        """A paragraph for a paper on what was done, with its citations."""
        return plain_methods(self.analysis)

    def to_frame(self) -> pd.DataFrame:
        """A row for each pair and scope, the leading scope first."""
        return as_frame(self.analysis)

    def to_latex(self) -> str:
        """A table that compiles with booktabs alone, the methods, and BibTeX in comments."""
        return as_latex(self.analysis)

    def to_markdown(self) -> str:
        """The answer, the table, its notes and the methods."""
        return as_markdown(self.analysis)

    def to_html(self) -> str:
        """A whole page that refers to nothing outside."""
        return as_html(self.analysis)

    def to_json(self) -> str:
        """One document with everything that was compared."""
        return as_json(self.analysis)

    def to_csv(self) -> str:
        """The frame as CSV."""
        return as_csv(self.analysis)

    def plot(self, ax: Axes | None = None) -> Figure:
        """The gaps of the leading comparisons with their intervals, into `ax` if it is given."""
        return draw_forest(self.analysis, ax)

    def __getitem__(self, index: int) -> Comparison:  # type: ignore[override]
        return self.analysis.lead.comparisons[index]

    def __len__(self) -> int:
        return len(self.analysis.lead.comparisons)

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self.analysis.lead.comparisons)

    def __repr__(self) -> str:
        pairs = [f"{c.first} against {c.second}: {short_verdict(c)}" for c in self]
        return "\n".join([self.answer, *pairs, *([self.reading] if self.reading else [])])

    def _repr_html_(self) -> str:
        """The answer, the table and its notes, for a notebook."""
        table = results_table(self.analysis)
        heads = "".join(f"<th>{escape(heading)}</th>" for heading in table.headings)
        rows = "".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in table.cells)
        notes = ". ".join(table_notes(self.analysis, table))
        return (
            f"<p><strong>{escape(self.answer)}</strong></p>"
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p><small>{escape(notes)}. {escape(self.reading)}</small></p>"
        )


def _html_cell(cell: Cell) -> str:
    text = escape(cell.text) + TIE * (cell.mark == "tied")
    return f"<td><strong>{text}</strong></td>" if cell.mark == "best" else f"<td>{text}</td>"
