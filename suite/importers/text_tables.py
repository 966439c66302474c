"""Tables as text: rows of cells with a separator between them, under a row of names."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from suite.errors import SuiteError
from suite.importers.bounds import check_cells
from suite.importers.cells import typed_frame
from suite.importers.documents import lines_of
from suite.importers.measured_table import Frame
from suite.importers.numerals import is_number

SEPARATORS = {"\t": "tab", ";": ";", ",": ",", "|": "|"}
COMMENT = "#"
ROWS_TO_JUDGE = 100
CHARACTERS_TO_JUDGE = 2**20
ROWS_AT_ONCE = 256  # more live lists wake the garbage collector again and again


def read_text_table(source: str, text: str) -> Frame:
    """The table in `text`. Lines that begin with # are comments, empty lines are left out.

    The separator is the one that parts the rows into as many cells as the names. Raises SuiteError
    naming row and line for a row of another length, and for text that holds no table.
    """
    if not text.strip():
        raise SuiteError(f"{source}: expected a table, got an empty file")
    if "\n" not in text:
        text = text.replace("\r", "\n")  # the ends of lines of old Macs, and of some instruments
    records = _Records(source, text, _choose_separator(source, text))
    names = next(iter(records), None)
    if names is None:
        raise SuiteError(f"{source}: expected a table, found only comments")
    _refuse_numbers_as_names(source, names, records)
    check_cells(source, 1, len(names))
    columns: list[list[str]] = [[] for _ in names]
    rows = records.of_length(len(names))
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        check_cells(source, len(columns[0]) + len(chunk), len(names))
        for column, cells in zip(columns, zip(*chunk, strict=True), strict=True):
            column.extend(cells)
    notes = [f"comment lines left out: {len(records.comments)}"] * bool(records.comments)
    return typed_frame(source, names, columns, notes)


class _Records:
    """The rows of a text, each read once.

    `comments`: the lines left out so far. `line`: where the last row ended, from 1. A separator
    " " is any run of spaces and tabs.
    """

    def __init__(self, source: str, text: str, separator: str) -> None:
        self.comments: list[str] = []
        self.line = 0
        self._source = source
        self._is_between_rows = True
        self.separator = separator
        self._rows = csv.reader(
            self._lines(text), delimiter=separator, skipinitialspace=True, strict=True
        )

    def __iter__(self) -> Iterator[list[str]]:
        try:
            for cells in self._rows:
                self._is_between_rows = True
                if len(cells) > 1 or any(cells):
                    yield cells
        except csv.Error as error:
            raise SuiteError(
                f"{self._source}: line {self.line}: expected cells between separators, got {error}"
            ) from None

    def of_length(self, expected: int) -> Iterator[list[str]]:
        """The rows left. Raises SuiteError for one of another length."""
        for row, cells in enumerate(self, start=1):
            if len(cells) != expected:
                raise SuiteError(
                    f"{self._source}: row {row} (line {self.line}): expected {expected} cells, as"
                    f" many as names above, got {len(cells)}"
                )
            yield cells

    def _lines(self, text: str) -> Iterator[str]:
        """The lines without comments; a line inside a quoted cell is no comment."""
        for line in lines_of(text):
            self.line += 1
            names_separator = self.line == 1 and line.lower().startswith("sep=")  # for Excel
            if names_separator or (self._is_between_rows and line.startswith(COMMENT)):
                self.comments.append(line)
                continue
            self._is_between_rows = False
            yield line.strip().replace("\t", " ") + "\n" if self.separator == " " else line


def _choose_separator(source: str, text: str) -> str:
    """What parts the first rows evenly. Raises SuiteError where two do."""
    if len(text) > CHARACTERS_TO_JUDGE:  # to its last whole line
        text = text[: text.rfind("\n", 0, CHARACTERS_TO_JUDGE) + 1] or text
    parted = {separator: _parted(text, separator) for separator in SEPARATORS}
    best = max(share for share, _ in parted.values())
    if not best:
        if _parted(text, " ")[0]:  # only now, for spaces are in words too
            return " "
        most = max(parted, key=lambda separator: parted[separator][1])
        return most if parted[most][1] > 1 else ","
    first, *others = [separator for separator, (share, _) in parted.items() if share == best]
    if others:
        known = " and ".join(SEPARATORS[separator] for separator in (first, *others))
        raise SuiteError(
            f"{source}: expected one separator, but {known} part the rows equally well: put quotes"
            " around the cells that hold one"
        )
    return first


def _parted(text: str, separator: str) -> tuple[float, int]:
    """The share of the first rows with a cell for each name, 0 for one name; the names."""
    lengths: list[int] = []
    with suppress(SuiteError):  # a stray quote: judge by the rows before it
        for cells in islice(_Records("", text, separator), 1 + ROWS_TO_JUDGE):
            lengths.append(len(cells))
    names, rows = (lengths or [0])[0], lengths[1:]
    if names < 2:
        return 0.0, names
    return sum(length == names for length in rows) / len(rows) if rows else 1.0, names


def _refuse_numbers_as_names(source: str, names: Sequence[str], records: _Records) -> None:
    """Raises SuiteError where the first row is one of results, not of names."""
    numbers = [name for name in names if is_number(name)]
    above = records.comments[-1].lstrip(COMMENT).strip() if records.comments else ""
    apart = None if records.separator == " " else records.separator
    names_in_comment = len(above.split(apart)) == len(names) > 1
    if len(numbers) == len(names) or (numbers and names_in_comment):
        hint = "drop the # before them" if names_in_comment else "write them above"
        raise SuiteError(
            f"{source}: line {records.line}: expected names of columns, got"
            f" {', '.join(names[:6])}: {hint}"
        )
