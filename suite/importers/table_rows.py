"""The rows of one or several files under one index, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np
import pandas as pd

from suite.errors import SuiteError
from suite.importers.measured_table import Frame

FILE = "file"  # the column that says which of several files a row is from
_SUFFIX = re.compile(
    r"\.(csv|tsv|txt|dat|json|jsonl|ndjson|parquet|xlsx|xls|ods|feather|gz|bz2|xz|zip|zst)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rows:
    """`frame`: the rows, whose index counts them over all files.

    `starts` (files,): the index of the first row of each. `columns`: those that each file has.
    """

    frame: pd.DataFrame
    sources: tuple[str, ...]
    starts: np.ndarray
    columns: tuple[tuple[str, ...], ...]

    @property
    def source(self) -> str:
        """What messages call the files together."""
        more = f" and {len(self.sources) - 2} more" if len(self.sources) > 3 else ""
        return ", ".join(self.sources[: 2 if more else 3]) + more

    @property
    def file_numbers(self) -> np.ndarray:
        """The file of each row, from 0; shape (rows,)."""
        return np.searchsorted(self.starts, self.frame.index.to_numpy(), side="right") - 1

    def place(self, row: int) -> str:
        """The file and the number, from 1, of row `row` of `frame`."""
        index = int(self.frame.index[row])
        file = int(self.file_numbers[row])
        return f"{self.sources[file]}: row {index - int(self.starts[file]) + 1}"

    def keep(self, frame: pd.DataFrame) -> Rows:
        """The same files with only the rows and columns of `frame`."""
        return replace(self, frame=frame)


def join_frames(frames: Sequence[Frame]) -> Rows:
    """The rows of all files; several get a column `file`.

    Raises SuiteError where a file has no rows, or two columns of one name.
    """
    if not frames:
        raise SuiteError("expected a table of results, got none")
    frames = [replace(frame, source=as_text(frame.source)) for frame in frames]
    named = [_named(frame) for frame in frames]
    sizes = [len(frame) for frame in named]
    if len(frames) > 1 and not any(FILE in frame.columns for frame in named):
        labels = file_labels([frame.source for frame in frames])
        named = [frame.assign(**{FILE: label}) for frame, label in zip(named, labels, strict=True)]
    joined = pd.concat(named, ignore_index=True) if len(named) > 1 else named[0]
    return Rows(
        joined,
        tuple(frame.source for frame in frames),
        np.cumsum([0, *sizes[:-1]]),
        tuple(tuple(frame.columns) for frame in named),
    )


def as_text(path: str) -> str:
    r"""The path with an escape such as `\xff` for each byte that is not UTF-8."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _named(frame: Frame) -> pd.DataFrame:
    """The rows with the names of columns as text, counted from 0."""
    columns = [" ".join(str(name).split()) for name in frame.frame.columns]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise SuiteError(f"{frame.source}: expected different columns, got {twice[0]!r} twice")
    if frame.frame.empty:
        raise SuiteError(f"{frame.source}: expected rows of results, found none")
    plain: pd.DataFrame = frame.frame.set_axis(columns, axis=1).reset_index(drop=True)
    return plain


def file_labels(sources: Sequence[str]) -> list[str]:
    """A name for each file: its own without endings, or where files share it what differs."""
    names = [_stem(source) for source in sources]
    if len(set(names)) == len(names):
        return names
    parts = [[*PurePath(source).parts[:-1], _stem(source)] for source in sources]
    shared = min(map(len, parts)) - 1
    front = next((i for i in range(shared) if len({part[i] for part in parts}) > 1), shared)
    back = next((i for i in range(shared) if len({part[-1 - i] for part in parts}) > 1), shared)
    labels = ["/".join(part[front : len(part) - back]) for part in parts]
    return labels if len(set(labels)) == len(labels) else list(sources)


def _stem(source: str) -> str:
    """The name of a file without the endings of its format."""
    name = PurePath(source).name or source
    while _SUFFIX.sub("", name) not in (name, ""):
        name = _SUFFIX.sub("", name)
    return name
