"""What Python programs hold as tables: frames of pandas and of others, and paths of files."""

from __future__ import annotations

import pathlib
import warnings
from collections.abc import Sequence
from os import PathLike
from typing import Any, Protocol, TypeGuard

import pandas as pd

from suite.errors import SuiteError
from suite.importers.binary_tables import of_pandas
from suite.importers.frames import read_frames
from suite.importers.measured_table import Frame, MeasuredTable
from suite.importers.roles import make_table
from suite.importers.runs.mlflow_server import is_address
from suite.importers.runs.recognise import is_log_of_runs
from suite.importers.source_word import ReadOptions
from suite.importers.sources import read_sources


class HasPandas(Protocol):
    """A frame that can be one of pandas, as those of polars and Arrow."""

    def to_pandas(self) -> Any:
        """The frame, of pandas."""


class Interchanged(Protocol):
    """A frame that follows the interchange protocol of data frames."""

    def __dataframe__(self) -> Any:
        """The frame, by the protocol."""


Path = str | PathLike[str]
OneTable = Path | pd.DataFrame | pd.Series | HasPandas | Interchanged
TableData = OneTable | Sequence[OneTable]


def table_of_data(data: TableData, options: ReadOptions) -> MeasuredTable:
    """The table of `data`: frames, or what `suite compare` reads from the paths of tables and logs.

    Raises SuiteError.
    """
    words = [data] if isinstance(data, str | PathLike) else list(data) if _is_list(data) else []
    paths = [str(word) for word in words if isinstance(word, str | PathLike)]
    has_log = any(is_address(path) or is_log_of_runs(pathlib.Path(path)) for path in paths)
    if paths and len(paths) == len(words) and (has_log or len(paths) == 1):
        return read_sources(paths, options).table
    if options.at is not None or options.newest:
        raise SuiteError("compare: at, newest: expected the path of a log")
    return make_table(frames_of(data), options.roles)


def frames_of(data: TableData) -> list[Frame]:
    """The tables in `data`: a frame, a path that `read_frames` knows, or several of these.

    The index of a frame of pandas becomes columns, unless it numbers the rows; so do the names of
    several levels of columns, as a pivot has them. Raises SuiteError
    for what is none of these.
    """
    if _is_list(data):
        if not data:
            raise SuiteError("compare: expected a table or a path, got an empty list")
        return [
            frame
            for place, one in enumerate(data, start=1)
            for frame in _frames_of_one(one, f"table {place}")
        ]
    return _frames_of_one(data, "the table")


def _is_list(data: TableData) -> TypeGuard[Sequence[OneTable]]:
    """Whether several tables were given."""
    return isinstance(data, Sequence) and not isinstance(data, str)


def _frames_of_one(data: Any, name: str) -> list[Frame]:
    if isinstance(data, str | PathLike):
        return read_frames(str(data))
    return [of_pandas(name, _without_row_numbers(_long(_as_pandas(data, name), name)))]


def _as_pandas(data: Any, name: str) -> pd.DataFrame:
    """The frame as one of pandas, by its own method or else by plain columns or the protocol."""
    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, pd.Series):
        return data.to_frame("value" if data.name is None else data.name)
    if hasattr(data, "to_pandas"):
        try:
            converted: pd.DataFrame = data.to_pandas()
        except ImportError:  # polars asks for pyarrow, and gives plain columns without
            converted = pd.DataFrame(data.to_dict(as_series=False))
        return converted
    if hasattr(data, "__dataframe__"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas 3 calls the protocol old, and still knows it
            exchanged: pd.DataFrame = pd.api.interchange.from_dataframe(data)
        return exchanged
    raise SuiteError(
        f"compare: {name}: expected a study, a frame of pandas or polars, or a path, got"
        f" {type(data).__name__}"
    )


def _long(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The frame with the named levels of its columns as columns, as before it was pivoted.

    Columns of one level are left alone: a column for each arm is read as it is. Raises SuiteError
    where some columns have all levels and others do not, so that it is not known what they are.
    """
    levels = [str(level) for level in frame.columns.names if level is not None]
    if frame.columns.nlevels == 1 or not levels:
        return frame
    if any("" in labels for labels in frame.columns):
        raise SuiteError(
            f"compare: {name}: expected all columns to have the levels {', '.join(levels)}, got"
            " some without: give the frame as it was before reset_index, or in long form"
        )
    if len(levels) == frame.columns.nlevels:  # all are names, and none says what the values are
        values: pd.DataFrame = pd.Series(frame.unstack()).to_frame("value")
        return values
    stacked: pd.DataFrame = pd.DataFrame(frame.stack(levels, future_stack=True))
    return stacked


def _without_row_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without an unnamed index of integers, which is what rows that were chosen keep."""
    index = frame.index
    if index.nlevels == 1 and index.name is None and pd.api.types.is_integer_dtype(index):
        numbered: pd.DataFrame = frame.reset_index(drop=True)
        return numbered
    return frame
