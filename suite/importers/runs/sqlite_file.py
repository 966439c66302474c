"""Rows of a tracker's SQLite file, read without ever writing to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from suite.errors import SuiteError

MAGIC = b"SQLite format 3\0"


def is_sqlite_with(path: Path, tables: Sequence[str]) -> bool:
    """Whether a file is a SQLite database that has all these tables."""
    try:
        with path.open("rb") as opened:
            if opened.read(len(MAGIC)) != MAGIC:
                return False
        with _connect(path) as connection:
            return set(tables) <= _tables(connection)
    except (OSError, sqlite3.Error):
        return False


@contextmanager
def read_sqlite(path: Path, tables: Sequence[str]) -> Iterator[sqlite3.Connection]:
    """A connection that can only read. Raises SuiteError for a damaged file, and a missing table.

    A view of a table's name is refused: it could be any query.
    """
    try:
        with _connect(path) as connection:
            missing = sorted(set(tables) - _tables(connection))
            if missing:
                raise SuiteError(f"{path}: expected a table {missing[0]}, found none")
            yield connection
    except sqlite3.Error as error:
        raise SuiteError(f"{path}: cannot read it: {error}") from None


@contextmanager
def _connect(path: Path) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=10)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.text_factory = lambda content: content.decode("utf-8", "replace")
        yield connection


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(name) for (name,) in rows}
