"""Writing to a store: transactions, and rows that are counted as they are added."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from suite.errors import SuiteError
from suite.store.connection import FAILURES
from suite.store.tables import Cell, Table, read_tally, row_digest


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Whatever is written inside is stored whole at the end, or not at all.

    Raises SuiteError where the store cannot be written.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except FAILURES as error:
        raise SuiteError(f"{path}: cannot write to the store: {error}") from None
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def insert(connection: sqlite3.Connection, table: Table, row: Sequence[Cell]) -> bool:
    """Adds a row, its SHA-256 and its count, inside a transaction of the caller's.

    False where a row with the same unique key stands already.
    """
    marks = ",".join("?" * (len(row) + 1))
    columns = ", ".join(table.columns)
    sql = f"INSERT INTO {table.name} ({columns}, sha256) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
    sha256 = row_digest(row)
    if connection.execute(sql, (*row, sha256)).rowcount != 1:
        return False
    key = table.tally_key(dict(zip(table.columns, row, strict=True)))
    tally = read_tally(connection, key).with_row(sha256)
    sql = "INSERT OR REPLACE INTO tallies (scope, name, rows, digest) VALUES (?,?,?,?)"
    connection.execute(sql, (*key, tally.rows, tally.digest))
    return True
