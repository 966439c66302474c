"""The store: one SQLite file, append-only, every record with its SHA-256.

A rollback journal with full synchronisation, because a run counts as done only once it would survive a loss of power
(SQLite's write-ahead log lost records there, and its versions before 3.51.3 can corrupt it with two writers). A unique
key, because two runners may finish the same run: the first counts. Values are JSON text: SQLite would turn NaN into
NULL and -0.0 into 0.0.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.result import Result

STORE_VERSION = 1
APPLICATION = 0x5375_6974  # "Suit": SQLite's field for whose file it is
BUSY_TIMEOUT_S = 60.0  # another runner's commit takes a millisecond; a minute means that something is wrong

SCHEMA = """
CREATE TABLE records (
    position INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    environment TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    task TEXT NOT NULL,
    question TEXT NOT NULL,
    status TEXT NOT NULL,
    record TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    UNIQUE (key, environment, attempt)
) STRICT;
CREATE INDEX records_of_question ON records (question, environment);
CREATE TABLE documents (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
"""


class Store:
    """Results by run key and environment, and documents (task definitions, environments, timings) by kind and name.

    Open it with `open_store`. Every call that adds something has committed when it returns.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def append(self, result: Result) -> bool:
        """Adds a result. False where this attempt at the run is stored already: the earlier record stands."""
        attempt = self._one(
            "SELECT count(*) FROM records WHERE key = ? AND environment = ? AND status = 'failed'",
            result.key,
            result.environment,
        )
        text = result.model_dump_json()
        row = (
            result.key,
            result.environment,
            attempt,
            result.task,
            result.question,
            result.status,
            text,
            _sha256(text),
        )
        sql = "INSERT INTO records (key, environment, attempt, task, question, status, record, sha256) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING"
        with self._writing():
            return self._connection.execute(sql, row).rowcount == 1

    def stored_keys(self, question: str, environment: str, *, failed: bool = True) -> set[str]:
        """Keys of the runs that are stored for a question in an environment; without the failed ones if so asked."""
        sql = "SELECT DISTINCT key FROM records WHERE question = ? AND environment = ? AND (? OR status != 'failed')"
        return {key for (key,) in self._query(sql, question, environment, failed)}

    def results(self, question: str | None = None, environment: str | None = None) -> list[Result]:
        """The counted result of every run, by task, arm, seed and device: the last attempt. Raises SuiteError on damage."""
        sql, values = "SELECT position, record, sha256 FROM records", []
        if question is not None and environment is not None:
            sql, values = sql + " WHERE question = ? AND environment = ?", [question, environment]
        counted: dict[tuple[str, str], Result] = {}
        for position, text, digest in self._query(sql + " ORDER BY position", *values):
            self._check(f"record {position}", text, digest)
            result = Result.model_validate_json(text)
            counted[result.key, result.environment] = result
        return sorted(counted.values(), key=lambda one: (one.task, one.arm, one.seed, one.device, one.environment))

    def run_times_s(self) -> dict[str, float]:
        """Mean seconds of a job by "task/arm", over its good runs."""
        sql = """SELECT task || '/' || json_extract(record, '$.arm'), avg(json_extract(record, '$.run_time_s'))
                 FROM records WHERE status = 'ok' GROUP BY 1"""
        return dict(self._query(sql))

    def add_document(self, kind: str, name: str, document: Any) -> None:
        """Adds a JSON document, unless the latest of that kind and name is the same."""
        text = json.dumps(document)  # keys keep their order: a task's first metric is its primary one
        latest = self._query(
            "SELECT sha256 FROM documents WHERE kind = ? AND name = ? ORDER BY position DESC LIMIT 1", kind, name
        )
        if [digest for (digest,) in latest] == [_sha256(text)]:
            return
        with self._writing():
            sql = "INSERT INTO documents (kind, name, document, sha256) VALUES (?,?,?,?)"
            self._connection.execute(sql, (kind, name, text, _sha256(text)))

    def documents(self, kind: str) -> dict[str, Any]:
        """The latest document of each name, by name. Raises SuiteError on damage."""
        found = {}
        for position, name, text, digest in self._query(
            "SELECT position, name, document, sha256 FROM documents WHERE kind = ? ORDER BY position", kind
        ):
            self._check(f"document {position} ({kind} {name})", text, digest)
            found[name] = json.loads(text)
        return dict(sorted(found.items()))

    def _query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise SuiteError(f"{self._path}: cannot read the store: {error}") from None

    def _one(self, sql: str, *values: Any) -> Any:
        return self._query(sql, *values)[0][0]

    def _check(self, what: str, text: str, digest: str) -> None:
        if _sha256(text) != digest:
            raise SuiteError(f"{self._path}: {what} is damaged: its SHA-256 is not the one that was stored with it")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise SuiteError(f"{self._path}: cannot write to the store: {error}") from None


@contextmanager
def open_store(path: Path, *, create: bool = False) -> Iterator[Store]:
    """The store at `path`, closed at the end; without `create` it is opened to read.

    Raises SuiteError where it is missing, cannot be written, is no store, or is newer than this program.
    """
    if not create and not path.is_file():
        raise SuiteError(f"{path}: there is no store here; `suite run` makes one")
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'ro'}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise SuiteError(f"{path}: cannot open the store: {error}") from None
    try:
        try:
            _prepare(connection, path, create=create)
        except sqlite3.Error as error:
            raise SuiteError(f"{path}: cannot {'write to' if create else 'read'} the store: {error}") from None
        yield Store(connection, path)
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > STORE_VERSION:
        raise SuiteError(
            f"{path}: expected a store of version {STORE_VERSION} or older, got {version}: use a newer suite"
        )
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION and (
        version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    ):
        raise SuiteError(f"{path}: this database belongs to another program")
    if not create:
        return
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")  # also the proof that the store can be written
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
    connection.execute("COMMIT")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
