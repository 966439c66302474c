"""Tables that are not text: Parquet, Feather and Excel, by pandas and what it asks for."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd

from suite.errors import SuiteError
from suite.importers.bounds import UNREADABLE, check_cells, check_parquet, check_workbook
from suite.importers.cells import typed_frame
from suite.importers.json_tables import INDEX
from suite.importers.measured_table import Frame
from suite.importers.optional import install
from suite.result import MAX_REFUSAL

EXTRAS = {"pyarrow": install("parquet")}


def read_parquet_table(source: str, content: bytes) -> Frame:
    """The table in a Parquet file; labels of rows are its first columns. Raises SuiteError."""

    def read(stream: io.BytesIO) -> pd.DataFrame:
        check_parquet(source, stream)
        return pd.read_parquet(stream)

    return of_pandas(source, _read(source, content, "Parquet", "pyarrow", read))


def read_feather_table(source: str, content: bytes) -> Frame:
    """The table in a Feather file, which is Arrow's. Raises SuiteError."""
    return of_pandas(source, _read(source, content, "Feather", "pyarrow", pd.read_feather))


def read_excel_tables(source: str, content: bytes) -> list[Frame]:
    """The tables in an Excel workbook, one a sheet that is not empty; the first row names columns.

    Raises SuiteError.
    """

    def read(stream: io.BytesIO) -> dict[str, pd.DataFrame]:
        return pd.read_excel(
            stream, sheet_name=None, header=None, dtype=object, na_filter=False, engine="openpyxl"
        )

    try:
        check_workbook(source, content)
    except UNREADABLE as error:
        raise SuiteError(f"{source}: not valid Excel: {error}") from None
    sheets = _read(source, content, "Excel", "openpyxl", read)
    filled = {name: sheet for name, sheet in sheets.items() if not sheet.empty}
    if not filled:
        raise SuiteError(f"{source}: expected a table, got empty sheets")
    return [
        _of_sheet(f"{source}: sheet {name}" if len(filled) > 1 else source, sheet)
        for name, sheet in filled.items()
    ]


def _read(
    source: str, content: bytes, kind: str, package: str, read: Callable[[io.BytesIO], Any]
) -> Any:
    try:
        return read(io.BytesIO(content))
    except (MemoryError, SuiteError):
        raise
    except ImportError:
        how = EXTRAS.get(package, f"install {package}")
        raise SuiteError(f"{source}: reading {kind} needs {package}: {how}") from None
    except Exception as error:  # pandas, pyarrow and openpyxl refuse in many ways
        reason = f"{' '.join(str(error).split()):.{MAX_REFUSAL}}"
        raise SuiteError(f"{source}: not valid {kind}: {reason}") from None


def of_pandas(source: str, frame: pd.DataFrame) -> Frame:
    """A frame of pandas with its index as columns, unless that only counts the rows."""
    check_cells(source, *frame.shape)
    names: list[str] = []
    columns: list[list[object]] = []
    if not isinstance(frame.index, pd.RangeIndex):
        levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
        names += [INDEX if level.name is None else str(level.name) for level in levels]
        columns += [list(level) for level in levels]
    for place, name in enumerate(frame.columns):
        names.append(".".join(map(str, name)) if isinstance(name, tuple) else str(name))
        columns.append(list(frame.iloc[:, place]))
    return typed_frame(source, names, columns)


def _of_sheet(source: str, sheet: pd.DataFrame) -> Frame:
    """The table in a sheet, without rows in which nothing stands."""
    names, *rows = [row for row in sheet.to_numpy().tolist() if any(cell != "" for cell in row)]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return typed_frame(source, [str(name) for name in names], columns)
