"""A compared table as markdown, as GitHub renders it."""

from __future__ import annotations

import re

from tabulate import tabulate

from suite.analysis.compare_table import TableAnalysis
from suite.reports.markdown.syntax import escape
from suite.reports.prose import plain_text
from suite.reports.results_table.layout import Cell, results_table
from suite.reports.results_table.methods import cited, methods
from suite.reports.results_table.notes import TIE, answer_sentence, table_notes
from suite.reports.results_table.opinion_tables import opinion_tables
from suite.reports.table import Table

NAMES = ("arm", "A", "B", "Nemenyi")  # columns of words
MOST_PAIRS = 45  # those of ten arms


def as_markdown(analysis: TableAnalysis) -> str:
    """The answer, the table with its notes, the second opinion, methods and references."""
    table, sentences = results_table(analysis), methods(analysis, second_opinion=True)
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
        *_second_opinion(analysis),
        _safe(" ".join(sentence.plain for sentence in sentences)),
    ]
    references = [f"- {_safe(reference.entry)}" for reference in cited(sentences)]
    return "\n".join([*lines, *(["", *references] if references else [])]) + "\n"


def _second_opinion(analysis: TableAnalysis) -> list[str]:
    """A section on what other methods say; pairs where they are few enough to read."""
    opinion = opinion_tables(analysis)
    if opinion is None:
        return []
    left = len(opinion.pairs.rows) - MOST_PAIRS
    more = [f"{len(opinion.pairs.rows)} pairs: `--format json` has what is said of each."]
    return [
        "## Second opinion",
        "",
        *([] if opinion.arms.is_empty else [_pipes(opinion.arms), ""]),
        *(more if left > 0 else [_pipes(opinion.pairs)]),
        "",
        *(f"- {_safe(note)}." for note in opinion.notes),
        "",
        "## Methods",
        "",
    ]


def _pipes(table: Table) -> str:
    rows = [[_safe(plain_text(cell)) for cell in row.values()] for row in table.rows]
    heads = [heading.text for heading in table.headings]
    sides = ["left" if head in NAMES else "right" for head in heads]
    safe = [_safe(head) for head in heads]
    return tabulate(rows, safe, tablefmt="pipe", disable_numparse=True, colalign=sides)


def _cell(cell: Cell) -> str:
    text = _safe(cell.text)
    return f"**{text}**" if cell.mark == "best" else text + TIE * (cell.mark == "tied")


def _safe(text: str) -> str:
    """Text that stands for itself, also where GitHub would set a formula or strike it out."""
    return re.sub(r"([~$])", r"\\\1", escape(text))
