"""Logs of known programs, recognised by what is in them, whatever their files are called."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from suite.errors import SuiteError
from suite.importers.benchopt import is_benchopt_table, read_parquet, table_of_benchopt
from suite.importers.bounds import check_values, open_zip
from suite.importers.inspect_ai import arms_of_inspect_log, is_inspect_log
from suite.importers.inspect_archive import read_archive
from suite.importers.lm_eval import arms_of_harness_log, is_harness_log
from suite.importers.measured import MeasuredArm, read_bytes
from suite.importers.measured_table import MeasuredTable

if TYPE_CHECKING:
    import pandas as pd

MARKS = (b'"filtered_resps"', b'"status"')  # a field of every log, so that tables are not parsed


def read_log(
    path: Path,
    metric: str | None,
    *,
    average: bool = False,
    cluster: str | None = None,
    at: float | None = None,
) -> dict[str, MeasuredArm] | MeasuredTable | None:
    """The arms in a log of lm-evaluation-harness or inspect_ai, by what FILE:ARM calls them.

    The table in results of benchopt. None for what is no such log. `average`: the mean of several
    rows of an item is its value; `cluster`: the field of an item that says which belong together;
    `at`: a budget of seconds, of curves. Raises SuiteError, also for an option that the log has no
    use for.
    """
    if path.is_dir():
        return None
    frame = _parquet(path)
    if frame is not None:
        if not is_benchopt_table(list(frame.columns)):
            return None
        _refuse_option(path, "--cluster", cluster, "an item of a test set")
        return table_of_benchopt(path, frame, metric, average=average, at=at)
    document = read_archive(path, whole=cluster is not None) if _is_archive(path) else _json(path)
    if is_inspect_log(document):
        _refuse_option(path, "--at", at, "a curve over time")
        return arms_of_inspect_log(path, document, metric, average=average, cluster=cluster)
    rows = document if isinstance(document, list) else [document]  # a log of one line
    if _is_harness(rows):
        _refuse_option(path, "--at", at, "a curve over time")
        return arms_of_harness_log(path, rows, metric, average=average, cluster=cluster)
    return None


def _refuse_option(path: Path, option: str, value: object, holder: str) -> None:
    if value is not None:
        raise SuiteError(f"{path}: {option}: expected {holder}, and this log has none")


def _parquet(path: Path) -> pd.DataFrame | None:
    """The table in a parquet file, which a broken one is by its name; None for another file."""
    is_parquet = path.suffix == ".parquet" or _first_bytes(path) == b"PAR1"
    return read_parquet(path) if is_parquet else None


def _is_archive(path: Path) -> bool:
    """Whether it is an `.eval` archive; a broken one is, by its name."""
    if path.suffix == ".eval":
        return True
    if _first_bytes(path) != b"PK\x03\x04":
        return False
    with (
        contextlib.suppress(zipfile.BadZipFile, OSError, ValueError, NotImplementedError),
        path.open("rb") as opened,
        open_zip(str(path), opened) as archive,
    ):
        return {"header.json", "summaries.json"} <= set(archive.namelist())
    return False


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(4)
    except OSError:
        return b""  # whoever reads it says so


def _is_harness(rows: list[Any]) -> bool:
    return bool(rows) and all(isinstance(r, dict) for r in rows) and is_harness_log(rows[0])


def _json(path: Path) -> Any:
    """The JSON document in a file, or the list of its lines; None for what is neither."""
    content = read_bytes(path)
    if not any(mark in content for mark in MARKS):
        return None
    check_values(str(path), content)
    with contextlib.suppress(UnicodeDecodeError):
        text = content.decode("utf-8-sig")
        for parse in (from_json, _lines):
            with contextlib.suppress(ValueError, RecursionError):
                return parse(text)
    return None


def _lines(text: str) -> list[Any]:
    return [from_json(line) for line in text.split("\n") if line.strip()]
