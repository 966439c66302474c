r"""A compared table as LaTeX that compiles with booktabs alone, and its methods with citations."""

from __future__ import annotations

import re
from collections.abc import Sequence

from suite.analysis.compare_table import TableAnalysis
from suite.reports.results_table.layout import VERDICT, Cell, ResultsTable, results_table
from suite.reports.results_table.methods import cited, methods
from suite.reports.results_table.notes import TIE, answer_sentence, table_notes
from suite.reports.results_table.sentences import Sentence

TIE_MARK = r"$^{\dagger}$"
CHARACTERS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",  # LaTeX's first encoding has other letters in the places of < > and |
    ">": "$>$",
    "|": "$|$",
    '"': "''",
    "`": "{`}",  # two would be a quotation mark
    "[": "{[}",  # at the start of a row, [ would be the space above it
    "]": "{]}",
    "\N{MINUS SIGN}": "$-$",
    "±": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\to$",
    "∞": r"$\infty$",
    TIE: TIE_MARK,
}
GREEK = {
    "αβγδεζηθικλμνξπρστυφχψω": (
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
        " upsilon phi chi psi omega"
    ),
    "ΓΔΘΛΞΠΣΥΦΨΩ": "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
}
for letters, names in GREEK.items():
    CHARACTERS |= {a: rf"$\{name}$" for a, name in zip(letters, names.split(), strict=True)}
LAST_KNOWN = "\u017f"  # of the letters that pdfLaTeX sets without a package
SMALLEST = r"\scriptsize"
SIZES = ((65, ""), (90, r"\footnotesize"))  # letters of a row that fit a page of one column


def as_latex(analysis: TableAnalysis) -> str:
    """A table environment with its notes, the methods paragraph, and BibTeX in comments."""
    table, sentences = results_table(analysis), methods(analysis)
    grid = _grid(table)
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{latex_text(answer_sentence(analysis))}}}",
        rf"\label{{tab:{_label(table.metric)}}}",
        r"\par\medskip",
        *_tabular(grid),
        r"\par\smallskip",
        r"\begin{minipage}{\linewidth}",
        r"\footnotesize",
        *(f"{latex_text(note)}." for note in table_notes(analysis, table)),
        r"\end{minipage}",
        r"\end{table}",
        "",
        *map(_sentence, sentences),
        "",
        "% References, for your .bib file:",
        *(f"% {line}" for one in cited(sentences) for line in one.bibtex.splitlines()),
    ]
    if any(letter > LAST_KNOWN for line in lines for letter in line):
        lines.insert(1, "% Some letters are unknown to pdfLaTeX: use LuaLaTeX or XeLaTeX.")
    return "\n".join(lines) + "\n"


def latex_text(text: str) -> str:
    """The text as it stands for itself in LaTeX; Greek letters as formulas."""
    flat = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    dashes = re.sub("-(?=-)", "-\0", flat)  # two would be a dash
    return "".join(CHARACTERS.get(letter, letter) for letter in dashes).replace("\0", "{}")


def _grid(table: ResultsTable) -> list[list[Cell]]:
    """Headings and rows; a row for each data set and a column for each arm where that is narrower.

    A page is higher than it is wide.
    """
    rows = [[Cell(heading) for heading in table.headings], *map(list, table.cells)]
    turned = [list(column) for column in zip(*rows, strict=True)]
    return min(rows, turned, key=_width)


def _width(grid: Sequence[Sequence[Cell]]) -> int:
    """The letters of the longest row, with the space between columns."""
    columns = zip(*grid, strict=True)
    return sum(max(len(cell.text) for cell in column) + 2 for column in columns)


def _tabular(grid: Sequence[Sequence[Cell]]) -> list[str]:
    """The rows between booktabs' rules, as small as the page asks for."""
    width = _width(grid)
    size = next((size for most, size in SIZES if width <= most), SMALLEST)
    columns = "r" * (len(grid[0]) - 2) + ("l" if grid[0][-1].text == VERDICT else "r")
    heads, *rows = [_row([_cell(cell) for cell in row]) for row in grid]
    return [
        *([rf"{size}\setlength{{\tabcolsep}}{{4pt}}"] if size else []),
        # centred on the page, also where it is wider than the text
        *([r"\makebox[\linewidth][c]{%"] if size == SMALLEST else []),
        rf"\begin{{tabular}}{{l{columns}}}",
        r"\toprule",
        heads,
        r"\midrule",
        *rows,
        r"\bottomrule",
        rf"\end{{tabular}}{'}' if size == SMALLEST else ''}",
    ]


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell) -> str:
    text = latex_text(cell.text)
    if cell.mark == "best":
        return rf"\textbf{{{text}}}"
    return text + TIE_MARK * (cell.mark == "tied")


def _sentence(sentence: Sentence) -> str:
    keys = ",".join(reference.key for reference in sentence.cites)
    cite = rf"~\cite{{{keys}}}" if keys else ""
    return f"{latex_text(sentence.text)}{cite}."


def _label(metric: str) -> str:
    """A label of letters, digits and hyphens."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in metric).split()
    return "-".join(words).lower() or "results"
