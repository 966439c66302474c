"""The file under a store: made whole, opened to read or to write, brought up to date."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from suite.atomic_files import beside, sync
from suite.errors import SuiteError
from suite.store.tables import STORE_VERSION, create_tables, migrate

APPLICATION = 0x5375_6974  # "Suit": SQLite's field for whose file it is
FAILURES = (
    sqlite3.Error,
    UnicodeDecodeError,
)  # what Python's module raises; the latter where damage is in a message
BUSY_TIMEOUT_S = (
    60.0  # another runner's commit takes a millisecond; a minute means that something is wrong
)


def make(path: Path) -> None:
    """Puts an empty store in place, unless another runner was faster: a killed runner leaves a
    whole one or none."""
    with beside(path) as new:
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
    """A connection to the store in the file `path`. One to read an older store is to a copy in
    memory, brought up to date."""
    # A reader too may have to roll back what a killed writer left, and where it cannot write,
    # SQLite opens to read.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        version = _version(connection, path)
        if to_write:
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            connection.execute("PRAGMA synchronous = FULL")
            _bring_up_to_date(connection, path)
        elif version < STORE_VERSION:
            connection = _copy_in_memory(connection)
            _bring_up_to_date(connection, path)
        connection.execute(f"PRAGMA query_only = {'OFF' if to_write else 'ON'}")
    except BaseException:
        connection.close()
        raise
    return connection


def _bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Also the proof that the store can be written: setting the version opens the journal, and is
    undone where nothing else is to do."""
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection, path)  # another runner may have been faster
    connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
    if version < STORE_VERSION:
        migrate(connection, path, version)
    connection.execute("COMMIT" if version < STORE_VERSION else "ROLLBACK")


def _copy_in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", isolation_level=None)
    with closing(connection):
        connection.backup(copy)
    return copy


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of a store. Raises SuiteError for what is none, and for a newer one."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION:
        empty = (
            not version
            and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        )
        what = (
            "this file is empty, and no store: remove it"
            if empty
            else "this database belongs to another program"
        )
        raise SuiteError(f"{path}: {what}")
    if version > STORE_VERSION:
        raise SuiteError(
            f"{path}: expected a store of version {STORE_VERSION} or older, got {version}: use a"
            " newer suite"
        )
    if version < 1:
        raise SuiteError(f"{path}: the store is damaged: it says that it is of version {version}")
    return version
