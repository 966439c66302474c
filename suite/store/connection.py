"""The file under a store: made whole, and opened to read or to write."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from suite.atomic_files import partial_file, sync
from suite.errors import SuiteError
from suite.store.tables import STORE_VERSION, create_tables

APPLICATION = 0x5375_6974  # "Suit": SQLite's field for whose file it is
# what Python's module raises; the latter where damage is in a message
FAILURES = (sqlite3.Error, UnicodeDecodeError)
# another runner's commit takes a millisecond; a minute means that something is wrong
BUSY_TIMEOUT_S = 60.0


def make_store(path: Path) -> None:
    """Puts an empty store in place, unless another runner was faster.

    A killed runner leaves a whole store or none.
    """
    with partial_file(path) as new:
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            create_tables(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
            connection.execute("COMMIT")
        sync(new)
        with suppress(FileExistsError):
            os.link(new, path)
        sync(path.parent)


def connect(path: Path, *, to_write: bool) -> sqlite3.Connection:
    """A connection to the store in the file `path`.

    Raises SuiteError for what is no store of this version, before anything is written.
    """
    # A reader too may have to roll back what a killed writer left, and where it cannot write,
    # SQLite opens to read.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        _refuse_other_files(connection, path)
        _refuse_other_objects(connection, path)
        if to_write:
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            connection.execute("PRAGMA synchronous = FULL")
            _require_writable(connection)
        connection.execute(f"PRAGMA query_only = {'OFF' if to_write else 'ON'}")
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_other_files(connection: sqlite3.Connection, path: Path) -> None:
    """Raises SuiteError for what is no store, and for one of another version."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        problem = (
            "this database belongs to another program"
            if version or tables
            else "this file is empty, and no store: remove it"
        )
        raise SuiteError(f"{path}: {problem}")
    if version < 1:
        raise SuiteError(f"{path}: the store is damaged: it says that it is of version {version}")
    if version != STORE_VERSION:
        raise SuiteError(
            f"{path}: expected a store of version {STORE_VERSION}, got {version}: use the suite"
            " that made it, or name another store"
        )


LATER_INDEXES = {"index documents_of_kind"}  # stores of before have none, and need none


def _refuse_other_objects(connection: sqlite3.Connection, path: Path) -> None:
    """Raises SuiteError for a table, index, view or trigger that `create_tables` did not make.

    What SQLite runs by itself when a table is read or written could be a stranger's.
    """
    with closing(sqlite3.connect(":memory:")) as empty:
        create_tables(empty)
        expected = _objects(empty)
    objects = _objects(connection)
    for index in LATER_INDEXES - objects.keys():
        del expected[index]
    for name in sorted(objects.keys() | expected.keys()):
        if objects.get(name) != expected.get(name):
            raise SuiteError(
                f"{path}: the store is damaged, or somebody changed it: expected the tables of a"
                f" store and no other, got another {name:.80}"
            )


def _objects(connection: sqlite3.Connection) -> dict[str, str]:
    """How everything in a database was made, by its kind and name, whatever its white space."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return {
        f"{kind} {name}": f"{table}: {' '.join((sql or '').split())}"
        for kind, name, table, sql in rows
    }


def _require_writable(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.Error where the store cannot be written.

    It sets the version, which opens the journal, and undoes that.
    """
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
    connection.execute("ROLLBACK")
