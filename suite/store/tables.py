"""The tables of a store, and how an older store becomes one of today. No step loses a record, and
each checks what it reads.

Version history: 1, the first: a SHA-256 for each record's text. 2: for each whole row; a tally for
each kind of rows, so that a row that is gone is missed; whose fault a failure was; which runner has
taken which run.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suite.errors import SuiteError

STORE_VERSION = 2
RECORD_COLUMNS = ("key", "environment", "attempt", "task", "question", "status", "fault", "record")
DOCUMENT_COLUMNS = ("kind", "name", "document")

TABLES = {
    "records": (
        """CREATE TABLE records (
        position INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        environment TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        task TEXT NOT NULL,
        question TEXT NOT NULL,
        status TEXT NOT NULL,
        record TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        fault TEXT,
        UNIQUE (key, environment, attempt)
    ) STRICT"""
    ),
    "records_of_question": "CREATE INDEX records_of_question ON records (question, environment)",
    "documents": (
        """CREATE TABLE documents (
        position INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        document TEXT NOT NULL,
        sha256 TEXT NOT NULL
    ) STRICT"""
    ),
    # How many rows there must be: of records by (question, environment), of documents by
    # ("documents", kind). `digest` is the SHA-256 of the one before and of the row's own.
    "tallies": (
        """CREATE TABLE tallies (
        room TEXT NOT NULL,
        name TEXT NOT NULL,
        rows INTEGER NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (room, name)
    ) STRICT"""
    ),
    "claims": (
        """CREATE TABLE claims (
        key TEXT NOT NULL,
        environment TEXT NOT NULL,
        runner TEXT NOT NULL,
        PRIMARY KEY (key, environment)
    ) STRICT"""
    ),
}


def create_tables(connection: sqlite3.Connection) -> None:
    """Makes the tables, inside a transaction of the caller's."""
    for statement in TABLES.values():
        connection.execute(statement)


def migrate(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Brings the tables from `version` to today's, inside a transaction of the caller's. Raises
    SuiteError on damage."""
    if version == 1:
        _from_1_to_2(connection, path)


def _from_1_to_2(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("ALTER TABLE records ADD COLUMN fault TEXT")
    connection.execute(TABLES["tallies"])
    connection.execute(TABLES["claims"])
    for table, columns, text_at in (
        ("records", RECORD_COLUMNS, 7),
        ("documents", DOCUMENT_COLUMNS, 2),
    ):
        for position, *values, digest in _rows(connection, table, columns):
            if hashlib.sha256(values[text_at].encode()).hexdigest() != digest:
                raise SuiteError(
                    f"{path}: {table.removesuffix('s')} {position} is damaged: its SHA-256 is"
                    " another"
                )
            if table == "records":
                _refuse_edited_columns(path, position, dict(zip(columns, values, strict=True)))
            renewed = row_digest(values)
            sql = f"UPDATE {table} SET sha256 = ? WHERE position = ?"  # noqa: S608
            connection.execute(sql, (renewed, position))
            room: tuple[str, str] = (
                (values[4], values[1]) if table == "records" else ("documents", values[0])
            )
            count(connection, *room, renewed)


def _rows(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...]
) -> Iterator[tuple[Any, ...]]:
    """Position, columns and digest of every row, a thousand at a time: rows are changed between."""
    last = -1
    sql = f"SELECT position, {', '.join(columns)}, sha256 FROM {table} WHERE position > ? ORDER BY position LIMIT 1000"  # noqa: S608
    while rows := connection.execute(sql, (last,)).fetchall():
        yield from rows
        last = rows[-1][0]


def _refuse_edited_columns(path: Path, position: int, row: dict[str, Any]) -> None:
    record = json.loads(row["record"])
    edited = [
        name
        for name in ("key", "environment", "task", "question", "status")
        if row[name] != record[name]
    ]
    if edited:
        raise SuiteError(
            f"{path}: record {position} is damaged: its {edited[0]} is not the record's"
        )


def row_digest(values: Any) -> str:
    """SHA-256 over the columns of a row, in their order."""
    return hashlib.sha256(json.dumps(list(values)).encode()).hexdigest()


def chained(digest: str, row: str) -> str:
    """The digest of a tally after one more row."""
    return hashlib.sha256(f"{digest} {row}".encode()).hexdigest()


def count(connection: sqlite3.Connection, room: str, name: str, row: str) -> None:
    """Adds a row's digest to a tally, inside a transaction of the caller's."""
    sql = "SELECT rows, digest FROM tallies WHERE room = ? AND name = ?"
    rows, digest = connection.execute(sql, (room, name)).fetchone() or (0, "")
    sql = "INSERT OR REPLACE INTO tallies (room, name, rows, digest) VALUES (?,?,?,?)"
    connection.execute(sql, (room, name, rows + 1, chained(digest, row)))
