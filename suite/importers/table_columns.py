"""The columns of a table as levels, so that what depends on what is a matter of counting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

LARGEST_WHOLE = 2.0**53  # above it, neighbouring whole numbers are one float64


@dataclass(frozen=True)
class Column:
    """`codes` (rows,): the level of each row, -1 where nothing is written. `levels` (L,): text."""

    name: str
    codes: np.ndarray
    levels: np.ndarray
    is_number: bool = False

    @property
    def varies(self) -> bool:
        """Whether rows differ; a blank differs from what is written."""
        return bool(len(self.codes)) and bool((self.codes != self.codes[0]).any())

    @property
    def is_one_per_row(self) -> bool:
        """Whether no two rows are alike."""
        return len(self.levels) == len(self.codes)

    def text(self, row: int) -> str:
        """What is written in the row; "" for nothing."""
        return str(self.levels[self.codes[row]]) if self.codes[row] >= 0 else ""

    def shown(self, row: int) -> str:
        """What is written in the row, for a message: one line, of which it may be the beginning."""
        text = " ".join(self.text(row).split()) or "nothing"
        return text if len(text) <= 60 else f"{text[:60]}..."


class Columns:
    """The columns of a frame by name; each is read when it is first asked for."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.names = [str(name) for name in frame.columns]
        self._read: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._read:
            self._read[name] = read_column(name, self.frame[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.frame)

    def is_number(self, name: str) -> bool:
        """Whether the column holds float64."""
        return self.frame[name].dtype == np.float64

    def is_whole(self, name: str) -> bool:
        """Whether the column holds words or whole numbers."""
        if not self.is_number(name):
            return True
        values = self.frame[name].to_numpy()
        return bool((np.isnan(values) | (values == np.floor(values))).all())

    def is_empty(self, name: str) -> bool:
        """Whether nothing is written in the column."""
        return bool(self.frame[name].isna().all())

    def join(self, names: Sequence[str]) -> Column:
        """The columns as one, its levels "a / b"; blank where one of them is."""
        columns = [self[name] for name in names]
        if len(columns) == 1:
            return columns[0]
        codes = combine(*(column.codes for column in columns))
        first = np.unique(codes, return_index=True)[1]
        texts = [[column.text(row) for column in columns] for row in first]
        blank = np.array([not all(text) for text in texts])
        levels = np.array([" / ".join(text) for text in texts], dtype=object)
        return Column(", ".join(names), np.where(blank[codes], -1, codes), levels)


def read_column(name: str, series: pd.Series) -> Column:
    """The levels of a column in the order in which they come; whole numbers without ".0"."""
    codes, found = pd.factorize(series)
    texts = np.array([_text(level) for level in np.asarray(found, dtype=object)], dtype=object)
    again, levels = pd.factorize(pd.Series(texts, dtype=object))
    codes = np.where(codes < 0, -1, np.append(again, -1)[codes]).astype(np.int64)
    is_number = bool(series.dtype == np.float64)
    return Column(name, codes, np.asarray(levels, dtype=object), is_number)


def _text(level: object) -> str | None:
    """A level as text that is the same for 1, 1.0 and "1"; None for what is blank."""
    if isinstance(level, float):
        is_whole = level.is_integer() and abs(level) < LARGEST_WHOLE
        return str(int(level)) if is_whole else repr(float(level))
    return str(level).strip() or None


def combine(*codes: np.ndarray) -> np.ndarray:
    """The levels of several columns together, from 0; (rows,) each."""
    joined = pd.factorize(codes[0])[0]
    for more in codes[1:]:
        joined = pd.factorize(joined * (int(more.max(initial=0)) + 2) + more + 1)[0]
    return np.asarray(joined, dtype=np.int64)


def count(codes: np.ndarray) -> int:
    """How many different levels there are."""
    return len(pd.unique(codes))


def determines(keys: np.ndarray, codes: np.ndarray) -> bool:
    """Whether rows of one key have one level."""
    return count(keys) == count(combine(keys, codes))
