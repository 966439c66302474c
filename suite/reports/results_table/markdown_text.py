"""A compared table as markdown, as GitHub renders it."""

from __future__ import annotations

import re

from tabulate import tabulate

from suite.analysis.compare_table import TableAnalysis
from suite.reports.markdown.syntax import escape
from suite.reports.results_table.layout import Cell, results_table
from suite.reports.results_table.methods import cited, methods
from suite.reports.results_table.notes import TIE, answer_sentence, table_notes


def as_markdown(analysis: TableAnalysis) -> str:
    """The answer, the table with its notes, the methods paragraph and its references."""
    table, sentences = results_table(analysis), methods(analysis)
    numbers = len(table.headings) - 2  # columns between the arm and its verdict
    rows = [[_cell(cell) for cell in row] for row in table.cells]
    lines = [
        _safe(answer_sentence(analysis)),
        "",
        tabulate(
            rows,
            [_safe(heading) for heading in table.headings],
            tablefmt="pipe",
            disable_numparse=True,
            colalign=("left", *["right"] * numbers, "left"),
        ),
        "",
        *(f"- {_safe(note)}." for note in table_notes(analysis, table)),
        "",
        _safe(" ".join(sentence.plain for sentence in sentences)),
    ]
    references = [f"- {_safe(reference.entry)}" for reference in cited(sentences)]
    return "\n".join([*lines, *(["", *references] if references else [])]) + "\n"


def _cell(cell: Cell) -> str:
    text = _safe(cell.text)
    return f"**{text}**" if cell.mark == "best" else text + TIE * (cell.mark == "tied")


def _safe(text: str) -> str:
    """Text that stands for itself, also where GitHub would set a formula or strike it out."""
    return re.sub(r"([~$])", r"\\\1", escape(text))
