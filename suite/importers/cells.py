"""What the cells of a table say: numbers, shares, truth values, words, or nothing.

A column has one kind, judged by all its cells. A comma may be a decimal sign or part thousands;
which of them is judged by the cells that allow only one of the two, of this column or of the others
of its table. Where nothing decides, the table is refused: nobody should guess a factor of 1000.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from suite.errors import SuiteError
from suite.importers.measured_table import Frame
from suite.importers.numerals import (
    LARGEST_EXACT,
    Notation,
    as_python,
    is_name,
    is_number,
    notation_of,
    notation_of_plain,
    plain_numbers,
)
from suite.importers.spreads import without_spread

Kind = Literal["nothing", "number", "share", "truth", "text"]

# as pandas.read_csv has them, and dashes
_WORDS_FOR_NOTHING = "- -- NaN nan -NaN -nan NA N/A n/a #N/A #NA <NA> NULL null None NaT"
NOTHING = frozenset(["", *_WORDS_FOR_NOTHING.split()])
NOTHING_AMONG_NUMBERS = frozenset(word.casefold() for word in NOTHING)
TRUTH = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}


def typed_frame(
    source: str,
    names: Sequence[str],
    columns: Sequence[Sequence[object]],
    notes: Sequence[str] = (),
) -> Frame:
    """The table with a type for every column.

    `columns`: cells as they were read, as text or as values of Python, one sequence a name, all of
    the same length. A name that is empty becomes "Unnamed: 0" by its place, as pandas has it.
    Raises SuiteError for names that are not different, for no rows, and for a comma that could be
    two things.
    """
    names = [name.strip() or f"Unnamed: {place}" for place, name in enumerate(names)]
    doubled = [name for name, times in Counter(names).items() if times > 1]
    if doubled:
        raise SuiteError(
            f"{source}: expected a different name for every column, got {', '.join(doubled)} more"
            " than once: rename one"
        )
    if not columns or not len(columns[0]):
        raise SuiteError(f"{source}: expected rows of results, found none")
    read = {name: _read(cells) for name, cells in zip(names, columns, strict=True)}
    read = _decide_commas(source, read)
    frame = pd.DataFrame({name: column.values() for name, column in read.items()})
    return Frame(source, frame, (*notes, *_notes(read)))


@dataclass(frozen=True)
class _Column:
    """Cells as the different words among them: row r holds words[codes[r]].

    `numbers`: of each row, where all the words are plain ones. `is_written`: in words; truth may
    also come as such. `has_spread`: whether numbers stood before ± or brackets, now left out.
    """

    codes: npt.NDArray[np.intp]
    words: tuple[str, ...]
    kind: Kind
    notation: Notation = "whole"
    numbers: npt.NDArray[np.float64] | None = None
    is_written: bool = True
    has_spread: bool = False

    @property
    def has_dots(self) -> bool:
        return any("." in word for word in self.words)

    def values(self) -> pd.Series:
        """float64, or text as objects."""
        if self.numbers is not None:
            return pd.Series(self.numbers)
        if self.kind == "text":
            texts = [None if word in NOTHING else word for word in self.words]
            words = np.array(texts, dtype=object)
        else:
            words = np.array([self._number(word) for word in self.words], dtype=np.float64)
        values: pd.Series = pd.Series(words[self.codes], dtype=words.dtype)
        return values

    def _number(self, word: str) -> float:
        if word.casefold() in NOTHING_AMONG_NUMBERS:
            return float("nan")
        if self.kind == "truth":
            return TRUTH[word.casefold()]
        numeral = as_python(_numeral(word), self.notation)
        if self.kind == "share":
            return float(Decimal(numeral).scaleb(-2))  # rounded once: 90.48% is .9048 exactly
        return float(numeral)


def column_of_names(names: Sequence[str]) -> pd.Series:
    """Numbers where all the names are, else text as it stands: a folder "none" is called so."""
    if all(is_number(name) and not is_name(name) for name in names):
        return pd.Series([float(name) for name in names], dtype=float)
    return pd.Series(list(names), dtype=object)


def _read(cells: Sequence[object]) -> _Column:
    """The column, with every kind and notation that fits all its cells."""
    types = set(map(type, cells))
    numbers = _numbers(cells) if types <= {float, int, type(None)} else None
    if numbers is not None:
        return _Column(np.arange(0), (), "number", numbers=numbers)
    texts = cells if types == {str} else [_text(cell) for cell in cells]
    codes, unique = pd.factorize(np.array(texts, dtype=object))
    words = tuple(word.strip() for word in unique)
    plain = plain_numbers(words)
    if plain is not None:
        plainly = notation_of_plain([word for word in words if word])
        return _Column(codes, words, "number", plainly, numbers=plain[codes])
    written = [word for word in words if word.casefold() not in NOTHING_AMONG_NUMBERS]
    if not written:
        return _Column(codes, words, "nothing")
    if all(word.casefold() in TRUTH for word in written):
        return _Column(codes, words, "truth", is_written=str in types)
    column = _read_numerals(codes, words, written)
    if column.kind == "text" and (values := without_spread(words)) is not None:
        kept = [value for value in values if value.casefold() not in NOTHING_AMONG_NUMBERS]
        means = _read_numerals(codes, tuple(values), kept)
        return replace(means, has_spread=True) if means.kind != "text" else column
    return column


def _read_numerals(
    codes: npt.NDArray[np.intp], words: tuple[str, ...], written: Sequence[str]
) -> _Column:
    """Numbers or shares where all the `written` words are, else text."""
    shares = [word.endswith("%") for word in written]
    notation = notation_of([_numeral(word) for word in written])
    if notation is None or any(shares) != all(shares):
        return _Column(codes, words, "text")
    return _Column(codes, words, "share" if all(shares) else "number", notation)


def _numbers(cells: Sequence[object]) -> npt.NDArray[np.float64] | None:
    """Cells that are numbers of Python or None; None where a float does not hold one of them."""
    if any(type(cell) is int and abs(cell) > LARGEST_EXACT for cell in cells):
        return None
    return np.array(cells, dtype=np.float64)


def _text(cell: object) -> str:
    """What the cell holds, as it would stand in a file."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return ""
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, float | np.floating):
        return "" if math.isnan(cell) else repr(float(cell))
    if isinstance(cell, list | dict):
        return json.dumps(cell)
    return str(cell)


def _numeral(word: str) -> str:
    """The word without the sign of percent, with a minus that Python reads."""
    return word.removesuffix("%").rstrip().replace("\N{MINUS SIGN}", "-")


def _decide_commas(source: str, read: Mapping[str, _Column]) -> dict[str, _Column]:
    """The columns, none of which is still read in two ways."""
    notations = {column.notation for column in read.values()}
    has_dots, has_commas = bool(notations & {"dot", "thousands"}), "comma" in notations
    decided = dict(read)
    for name, column in read.items():
        if column.notation == "comma or thousands":
            if has_dots == has_commas:
                raise _two_ways(source, name, column, ",")
            decided[name] = replace(column, notation="thousands" if has_dots else "comma")
        elif column.notation == "dot or thousands":
            if has_commas:
                raise _two_ways(source, name, column, ".")
            decided[name] = replace(column, notation="dot")
    return decided


def _two_ways(source: str, name: str, column: _Column, sign: str) -> SuiteError:
    """The refusal of a sign that is a decimal one or parts thousands."""
    place, word = next((i, word) for i, word in enumerate(column.words) if sign in word)
    row = int(np.argmax(column.codes == place)) + 1
    whole, decimal = word.replace(sign, ""), word.replace(sign, ".")
    return SuiteError(
        f"{source}: row {row}: {name}: {word} could be {whole} or {decimal}, and no other cell"
        f" tells which: write this column in one of these two ways"
    )


def _notes(read: Mapping[str, _Column]) -> list[str]:
    """What was understood beyond plain numbers."""
    columns = read.items()
    named = {
        "percent signs in {}: read as shares": [n for n, c in columns if c.kind == "share"],
        "commas in {}: read as thousands": [n for n, c in columns if c.notation == "thousands"],
        "commas in {}: read as decimal signs": [
            n for n, c in columns if c.notation == "comma" and not c.has_dots
        ],
        "commas in {}: read as decimal signs, dots as thousands": [
            n for n, c in columns if c.notation == "comma" and c.has_dots
        ],
        "what follows ± or stands in brackets in {}: left out": [
            n for n, c in columns if c.has_spread
        ],
        "truth values in {}: read as 1 and 0": [
            n for n, c in columns if c.kind == "truth" and c.is_written
        ],
        "words such as NA or None in {}: read as nothing written": [
            n for n, c in columns if c.kind == "text" and any(w and w in NOTHING for w in c.words)
        ],
    }
    return [note.format(", ".join(names)) for note, names in named.items() if names]
