"""Reading a store: SQLite does not notice a flipped bit, so every row is checked as it is read.

A row must have the SHA-256 that was stored with it, and there must be as many rows as their tally
counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.store.connection import FAILURES
from suite.store.tables import DOCUMENTS, RECORDS, Cell, Table, Tally, read_tally, row_digest

OTHER_DIGEST = "its SHA-256 is not the one that was stored with it"
# what rows there are, those included of which only the tally is left
RECORD_GROUPS = """SELECT question, environment FROM records
                   UNION SELECT scope, name FROM tallies WHERE scope != 'documents'"""
DOCUMENT_KINDS = """SELECT kind FROM documents
                    UNION SELECT name FROM tallies WHERE scope = 'documents'"""


def query(
    connection: sqlite3.Connection, path: Path, sql: str, *values: Cell
) -> list[tuple[Any, ...]]:
    """All rows that a statement gives. Raises SuiteError where the store cannot be read."""
    try:
        return connection.execute(sql, values).fetchall()
    except FAILURES as error:
        raise SuiteError(f"{path}: cannot read the store: {error}") from None


def read_rows(
    connection: sqlite3.Connection, path: Path, table: Table, group: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The rows of one tally, by column, in the order in which they came.

    Each row is checked, and at the end that none is missing. `group`: the values of the table's
    group columns. Read all of them: until then nobody can write. Raises SuiteError naming what is
    damaged.
    """
    where = " AND ".join(f"{column} = ?" for column in table.group)
    columns = ", ".join(table.columns)
    sql = f"SELECT position, sha256, {columns} FROM {table.name} WHERE {where} ORDER BY position"  # noqa: S608
    values = [group[column] for column in table.group]
    tally = Tally()
    with _snapshot(connection, path):
        for position, sha256, *row in connection.execute(sql, values):
            if row_digest(row) != sha256:
                title = (
                    f"{table.name.removesuffix('s')} {position} ({' '.join(map(str, row[1:4]))})"
                )
                raise SuiteError(f"{path}: {title} is damaged: {OTHER_DIGEST}")
            tally = tally.with_row(sha256)
            yield dict(zip(table.columns, row, strict=True))
        expected = read_tally(connection, table.tally_key(group))
    if expected != tally:
        raise SuiteError(
            f"{path}: the store is damaged: {table.name} of {' '.join(values)}: expected"
            f" {expected.rows}, found {tally.rows}, or others"
        )


def record_groups(connection: sqlite3.Connection, path: Path) -> list[dict[str, str]]:
    """The questions and environments that records are of."""
    rows = query(connection, path, RECORD_GROUPS)
    return [dict(zip(RECORDS.group, row, strict=True)) for row in rows]


def check_everything(connection: sqlite3.Connection, path: Path) -> None:
    """Raises SuiteError naming the first thing that is damaged. Reads everything."""
    for (problem,) in query(connection, path, "PRAGMA quick_check(1)"):
        if problem != "ok":
            raise SuiteError(f"{path}: the store is damaged: {problem}; `suite fsck` says more")
    for group in record_groups(connection, path):
        for _ in read_rows(connection, path, RECORDS, group):
            pass
    for (kind,) in query(connection, path, DOCUMENT_KINDS):
        for _ in read_rows(connection, path, DOCUMENTS, {"kind": kind}):
            pass


@contextmanager
def _snapshot(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Whatever is read inside is of one moment."""
    try:
        connection.execute("BEGIN")
        yield
    except FAILURES as error:
        raise SuiteError(
            f"{path}: cannot read the store: {error}; `suite fsck` says more"
        ) from None
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
