"""The tables of a store, and the digests that tell when one of their rows was changed or lost."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STORE_VERSION = 3

Cell = str | int | float | bytes | None  # what SQLite keeps

STATEMENTS = (
    """CREATE TABLE records (
        position INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        environment TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        task TEXT NOT NULL,
        question TEXT NOT NULL,
        status TEXT NOT NULL,
        fault TEXT,
        record TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        UNIQUE (key, environment, attempt)
    ) STRICT""",
    "CREATE INDEX records_of_question ON records (question, environment)",
    """CREATE TABLE documents (
        position INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        document TEXT NOT NULL,
        sha256 TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX documents_of_kind ON documents (kind)",
    # How many rows there must be: of records by (question, environment), of documents by
    # ("documents", kind). `digest` is the SHA-256 of the one before and of the row's own.
    """CREATE TABLE tallies (
        scope TEXT NOT NULL,
        name TEXT NOT NULL,
        rows INTEGER NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (scope, name)
    ) STRICT""",
    """CREATE TABLE leases (
        key TEXT NOT NULL,
        environment TEXT NOT NULL,
        runner TEXT NOT NULL,
        PRIMARY KEY (key, environment)
    ) STRICT""",
)

TallyKey = tuple[str, str]  # scope and name


@dataclass(frozen=True)
class Tally:
    """How many rows there must be, and the digest of all their digests in order."""

    rows: int = 0
    digest: str = ""

    def with_row(self, row_sha256: str) -> Tally:
        """The tally after one more row."""
        chained = hashlib.sha256(f"{self.digest} {row_sha256}".encode()).hexdigest()
        return Tally(self.rows + 1, chained)


@dataclass(frozen=True)
class Table:
    """A table of counted rows.

    `columns` have values of ours; rows of equal `group` columns share a tally.
    """

    name: str
    columns: tuple[str, ...]
    group: tuple[str, ...]

    def tally_key(self, row: Mapping[str, Cell]) -> TallyKey:
        """The key of the tally that counts a row with these values of the `group` columns."""
        values = [str(row[column]) for column in self.group]
        return (values[0], values[1]) if len(values) == 2 else (self.name, values[0])


RECORDS = Table(
    "records",
    ("key", "environment", "attempt", "task", "question", "status", "fault", "record"),
    group=("question", "environment"),
)
DOCUMENTS = Table("documents", ("kind", "name", "document"), group=("kind",))


def create_tables(connection: sqlite3.Connection) -> None:
    """Makes the tables, inside a transaction of the caller's."""
    for statement in STATEMENTS:
        connection.execute(statement)


def row_digest(cells: Sequence[Cell]) -> str:
    """SHA-256 over the columns of a row, in their order."""
    return hashlib.sha256(json.dumps(list(cells)).encode()).hexdigest()


def read_tally(connection: sqlite3.Connection, key: TallyKey) -> Tally:
    """The tally under a key; one of no rows where there is none."""
    sql = "SELECT rows, digest FROM tallies WHERE scope = ? AND name = ?"
    row = connection.execute(sql, key).fetchone()
    return Tally(*row) if row else Tally()
