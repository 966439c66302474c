"""Records as text, for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from suite.errors import SuiteError
from suite.result import Result

LEADING = (
    "task",
    "arm",
    "seed",
    "device",
    "status",
    "metrics",
    "parameters",
    "train_time_s",
    "seeds_together",
    "key",
    "environment",
)
COLUMNS = (*(name for name in LEADING if name != "metrics"), "trainer", "recorded_at", "reason")


def as_json_lines(results: Iterable[Result]) -> Iterator[str]:
    """One JSON object a line: LEADING first, then the rest of the record."""
    for result in results:
        record = result.model_dump(mode="json")
        leading = [name for name in _with_data_set(LEADING, [result]) if name in record]
        ordered = {name: record.pop(name) for name in leading} | record
        yield json.dumps(ordered, allow_nan=False) + "\n"


def as_csv(results: Sequence[Result]) -> Iterator[str]:
    """A header, then one row for each record: LEADING with a column for every metric.

    A cell is empty where a record has no such value.
    """
    metrics = sorted({name for result in results for name in result.metrics})
    columns = _with_data_set(COLUMNS, results)
    yield _line([*columns, *metrics])
    for result in results:
        record = result.model_dump(mode="json")
        yield _line(
            [record.get(name, "") for name in columns]
            + [result.metrics.get(name) for name in metrics]
        )


def as_parquet(results: Sequence[Result]) -> bytes:
    """The table of `as_csv` as a Parquet file, with types: empty cells are null.

    Raises SuiteError without pyarrow.
    """
    try:
        # optional: only this format needs it
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise SuiteError(
            "--format parquet: pyarrow is not installed; pip install 'suite[parquet]'"
        ) from None
    metrics = sorted({name for result in results for name in result.metrics})
    columns: dict[str, list[Any]] = {
        name: [getattr(result, name) for result in results]
        for name in _with_data_set(COLUMNS, results)
    }
    columns |= {name: [result.metrics.get(name) for result in results] for name in metrics}
    buffer = io.BytesIO()
    parquet.write_table(arrow.table(columns), buffer)
    return buffer.getvalue()


def _with_data_set(columns: Sequence[str], results: Sequence[Result]) -> list[str]:
    """The columns, with that of the data set, `block`, where a record has one."""
    at = columns.index("seed")
    has_blocks = any(result.block for result in results)
    return [*columns[:at], *(["block"] if has_blocks else []), *columns[at:]]


def _line(values: Iterable[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(
        ["" if value is None else value for value in values]
    )
    return buffer.getvalue()
