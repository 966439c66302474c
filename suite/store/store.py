"""The store: one SQLite file, append-only, every row with its SHA-256, and a tally of the rows that
there must be.

A rollback journal with full synchronisation, because a run counts as done only once it would
survive a loss of power (SQLite's write-ahead log lost records there, and its versions before 3.51.3
can corrupt it with two writers). A unique key, because two runners may finish the same run: the
first counts. Values are JSON text: SQLite would turn NaN into NULL and -0.0 into 0.0. SQLite does
not notice a flipped bit: whatever is read is checked, and all of it before a write.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.result import Fault, Result, Status
from suite.store.connection import FAILURES, connect, make
from suite.store.tables import DOCUMENT_COLUMNS, RECORD_COLUMNS, chained, count, row_digest

ROOMS = """SELECT question, environment FROM records
           UNION SELECT room, name FROM tallies WHERE room != 'documents'"""
KINDS = "SELECT kind FROM documents UNION SELECT name FROM tallies WHERE room = 'documents'"
OTHER_DIGEST = "its SHA-256 is not the one that was stored with it"


@dataclass(frozen=True)
class Last:
    """How the last attempt at a run ended."""

    status: Status
    fault: Fault | None


class Store:
    """Results by run key and environment, and documents (task definitions, environments, timings)
    by kind and name.

    Open it with `open_store`. Every call that adds something has committed when it returns. Every
    call that reads raises SuiteError naming what is damaged.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    def append(self, result: Result) -> bool:
        """Adds a result and gives up the claim on its run. False where this attempt at the run is
        stored already: the earlier record stands."""
        return bool(self.append_all([result]))

    def append_all(self, results: Sequence[Result]) -> list[Result]:
        """Adds results in one transaction, as `append` does each: those that were added."""
        with self._writing():
            return [one for one in results if self._append(one)]

    def _append(self, result: Result) -> bool:
        sql = "SELECT count(*) FROM records WHERE key = ? AND environment = ? AND status = 'failed'"
        row = (
            result.key,
            result.environment,
            self._one(sql, result.key, result.environment),
            result.task,
            result.question,
            result.status,
            result.fault,
            result.model_dump_json(),
        )
        self.connection.execute("DELETE FROM claims WHERE key = ? AND environment = ?", row[:2])
        return self._insert("records", RECORD_COLUMNS, row, (result.question, result.environment))

    def last_attempts(self, question: str, environment: str) -> dict[str, Last]:
        """How the last attempt at every stored run of a question in an environment ended, by the
        run's key."""
        return {
            row["key"]: Last(row["status"], row["fault"])
            for row in self._records(question, environment)
        }

    def results(self, question: str | None = None, environment: str | None = None) -> list[Result]:
        """The counted result of every run, by task, arm, seed and device: the last attempt."""
        rooms = (
            [(question, environment)]
            if question is not None and environment is not None
            else self._rooms()
        )
        counted = {
            (row["key"], row["environment"]): row["record"]
            for room in rooms
            for row in self._records(*room)
        }
        found = [Result.model_validate_json(text) for text in counted.values()]
        return sorted(
            found, key=lambda one: (one.task, one.arm, one.seed, one.device, one.environment)
        )

    def add_document(self, kind: str, name: str, document: Any) -> None:
        """Adds a JSON document, unless the latest of that kind and name is the same."""
        text = json.dumps(
            document
        )  # keys keep their order: a task's first metric is its primary one
        row = (kind, name, text)
        with self._writing():
            latest = self._query(
                "SELECT sha256 FROM documents WHERE kind = ? AND name = ? ORDER BY position DESC"
                " LIMIT 1",
                kind,
                name,
            )
            if latest != [(row_digest(row),)]:
                self._insert("documents", DOCUMENT_COLUMNS, row, ("documents", kind))

    def settle(self, kind: str, name: str, document: Any) -> Any:
        """The document of that kind and name: the one that is stored, or else this one, stored now.
        Of several runners that ask at once, all get the same."""
        with self._writing():
            stored = self._query(
                "SELECT count(*) FROM documents WHERE kind = ? AND name = ?", kind, name
            )[0][0]
            if not stored:
                row = (kind, name, json.dumps(document))
                self._insert("documents", DOCUMENT_COLUMNS, row, ("documents", kind))
        return self.documents(kind)[name] if stored else document

    def documents(self, kind: str) -> dict[str, Any]:
        """The latest document of each name, by name."""
        latest = {row["name"]: row["document"] for row in self._documents(kind)}
        return {name: json.loads(latest[name]) for name in sorted(latest)}

    def newest(self) -> int:
        """The position of the newest record; 0 where there is none."""
        return int(self._one("SELECT coalesce(max(position), 0) FROM records"))

    def take(
        self,
        keys: Collection[tuple[str, str]],
        runner: str,
        *,
        since: int,
        is_gone: Callable[[str], bool],
    ) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Which of the runs, by key and environment, now belong to `runner`, and which to another
        one that is not gone. A run of which a record is newer than `since` belongs to nobody: it is
        done."""
        mine, others = set(), set()
        with self._writing():
            for key, environment in keys:
                owner = self._query(
                    "SELECT runner FROM claims WHERE key = ? AND environment = ?", key, environment
                )
                sql = (
                    "SELECT count(*) FROM records WHERE key = ? AND environment = ? AND"
                    " position > ?"
                )
                if self._one(sql, key, environment, since):
                    continue
                if owner and owner[0][0] != runner and not is_gone(owner[0][0]):
                    others.add((key, environment))
                    continue
                mine.add((key, environment))
                sql = "INSERT OR REPLACE INTO claims (key, environment, runner) VALUES (?,?,?)"
                self.connection.execute(sql, (key, environment, runner))
        return mine, others

    def give_up(self, runner: str) -> None:
        """Removes all claims of a runner."""
        with self._writing():
            self.connection.execute("DELETE FROM claims WHERE runner = ?", (runner,))

    def check(self) -> None:
        """Raises SuiteError naming the first thing that is damaged. Reads everything."""
        for (found,) in self._query("PRAGMA quick_check(1)"):
            if found != "ok":
                raise SuiteError(
                    f"{self.path}: the store is damaged: {found}; `suite fsck` says more"
                )
        for room in self._rooms():
            for _ in self._records(*room):
                pass
        for (kind,) in self._query(KINDS):
            for _ in self._documents(kind):
                pass

    def _rooms(self) -> list[tuple[str, str]]:
        """The questions and environments of records, those included of which something is missing."""
        return [(room, name) for room, name in self._query(ROOMS)]

    def _records(self, question: str, environment: str) -> Iterator[dict[str, Any]]:
        where = "question = ? AND environment = ?"
        return self._rows(
            "records", RECORD_COLUMNS, where, (question, environment), (question, environment)
        )

    def _documents(self, kind: str) -> Iterator[dict[str, Any]]:
        return self._rows("documents", DOCUMENT_COLUMNS, "kind = ?", (kind,), ("documents", kind))

    def _rows(
        self,
        table: str,
        columns: Sequence[str],
        where: str,
        values: Sequence[str],
        tally: tuple[str, str],
    ) -> Iterator[dict[str, Any]]:
        """Rows in the order in which they came, each checked, and at the end that none is missing.
        To be used up: until then nobody can write."""
        sql = f"SELECT position, sha256, {', '.join(columns)} FROM {table} WHERE {where} ORDER BY position"  # noqa: S608
        rows, digest = 0, ""
        with self._reading():
            for position, stored, *row in self.connection.execute(sql, values):
                if row_digest(row) != stored:
                    what = f"{table.removesuffix('s')} {position} ({' '.join(map(str, row[1:4]))})"
                    raise SuiteError(f"{self.path}: {what} is damaged: {OTHER_DIGEST}")
                rows, digest = rows + 1, chained(digest, stored)
                yield dict(zip(columns, row, strict=True))
            sql = "SELECT rows, digest FROM tallies WHERE room = ? AND name = ?"
            expected = self.connection.execute(sql, tally).fetchone() or (0, "")
        if expected != (rows, digest):
            what = f"{table} of {' '.join(values)}"
            raise SuiteError(
                f"{self.path}: the store is damaged: {what}: expected {expected[0]}, found {rows},"
                " or others"
            )

    def _insert(
        self, table: str, columns: Sequence[str], row: Sequence[Any], tally: tuple[str, str]
    ) -> bool:
        marks = ",".join("?" * (len(row) + 1))
        sql = f"INSERT INTO {table} ({', '.join(columns)}, sha256) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
        digest = row_digest(row)
        added = self.connection.execute(sql, (*row, digest)).rowcount == 1
        if added:
            count(self.connection, *tally, digest)
        return added

    def _query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(sql, values).fetchall()
        except FAILURES as error:
            raise SuiteError(f"{self.path}: cannot read the store: {error}") from None

    def _one(self, sql: str, *values: Any) -> Any:
        return self._query(sql, *values)[0][0]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What is read inside is of one moment."""
        try:
            self.connection.execute("BEGIN")
            yield
        except FAILURES as error:
            raise SuiteError(
                f"{self.path}: cannot read the store: {error}; `suite fsck` says more"
            ) from None
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except FAILURES as error:
            raise SuiteError(f"{self.path}: cannot write to the store: {error}") from None
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")


@contextmanager
def open_store(path: Path, *, create: bool = False) -> Iterator[Store]:
    """The store at `path`, closed at the end; without `create` it is opened to read.

    Raises SuiteError where it is missing, cannot be written, is no store, is newer than this
    program, or, to be written, is damaged. An older one is brought up to date; to be read, a copy
    in memory is.
    """
    if not create and not path.is_file():
        raise SuiteError(f"{path}: there is no store here; `suite run` makes one")
    try:
        if create and not path.exists():
            make(path)
        connection = connect(path, to_write=create)
    except (OSError, *FAILURES) as error:
        raise SuiteError(f"{path}: cannot open the store: {error}") from None
    try:
        store = Store(connection, path)
        if create:
            store.check()
        yield store
    finally:
        connection.close()
