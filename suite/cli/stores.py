"""What is stored, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suite.store.record_reading import read_records
from suite.store.records import ResultSource
from suite.store.store import open_store


@contextmanager
def open_records(store: Path, folder: Path | None) -> Iterator[ResultSource]:
    """The records in the folder, if one is named, else those of the store."""
    if folder is not None:
        yield read_records(folder)
        return
    with open_store(store) as opened:
        yield opened
