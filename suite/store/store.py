"""The store: one append-only SQLite file with a SHA-256 in every row and a tally of its rows.

The tally says which rows there must be. A rollback journal with full synchronisation, because a run
counts as done only once it would survive a loss of power (SQLite's write-ahead log lost records
there, and its versions before 3.51.3 can corrupt it with two writers). A unique key, because two
runners may finish the same run: the first counts. Values are JSON text: SQLite would turn NaN into
NULL and -0.0 into 0.0. Whatever is read is checked, and all of it before a write.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from suite.errors import SuiteError
from suite.result import Fault, Result, Status, refusal
from suite.store.compact import share_equal_parts
from suite.store.connection import FAILURES, connect, make_store
from suite.store.documents import ITEMS, JOURNAL, check_document, parse_json
from suite.store.entries import Entry, MergeEntry, attempt_entry
from suite.store.journal import add_entry, add_foreign, make_journal
from suite.store.leases import RunKey, list_leases, release_run, release_runner, take_leases
from suite.store.reading import check_everything, query, read_rows, record_groups
from suite.store.tables import DOCUMENTS, RECORDS, row_digest
from suite.store.writing import insert, transaction


@dataclass(frozen=True)
class LastAttempt:
    """How the last attempt at a run ended."""

    status: Status
    fault: Fault | None


class Store:
    """Results by run key and environment, and documents by kind and name.

    Documents are task definitions, environments and timings. Open it with `open_store`. Every call
    that adds something has committed when it returns. Every call that reads raises SuiteError
    naming what is damaged.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    def append(self, result: Result) -> bool:
        """Adds a result and ends the lease on its run.

        False where this attempt at the run is stored already: the earlier record stands.
        """
        return bool(self.append_all([result]))

    def append_all(self, results: Iterable[Result]) -> list[Result]:
        """Adds results in one transaction, as `append` does one: those that were added.

        The journal has an entry for each of them in the same transaction.
        """
        added = []
        with transaction(self.connection, self.path):
            for result in results:
                if self._append(result):
                    add_entry(self.connection, attempt_entry(result))
                    added.append(result)
        return added

    def append_foreign(self, results: Iterable[Result]) -> int:
        """Adds results of another store, whose journal knows how they came: how many were new."""
        with transaction(self.connection, self.path):
            return sum(self._append(result) for result in results)

    def note(self, entries: Iterable[Entry]) -> None:
        """Adds entries to the journal, in one transaction."""
        with transaction(self.connection, self.path):
            for entry in entries:
                add_entry(self.connection, entry)

    def note_foreign(self, theirs: Mapping[str, Any], merged: MergeEntry) -> None:
        """Adds the entries of another journal that this one lacks, each behind what it names.

        `merged` follows where the chains do not end in one entry then.
        """
        ours = make_journal(self.documents(JOURNAL))
        with transaction(self.connection, self.path):
            add_foreign(self.connection, ours, theirs, merged)

    def _append(self, result: Result) -> bool:
        run = result.key, result.environment
        sql = "SELECT count(*) FROM records WHERE key = ? AND environment = ? AND status = 'failed'"
        attempt = self._value(sql, *run)
        question = result.task, result.question
        ending = result.status, result.fault
        release_run(self.connection, run)
        record = result.model_copy(update={"items_document": None})  # stored beside it, once
        row = *run, attempt, *question, *ending, record.model_dump_json()
        is_new = insert(self.connection, RECORDS, row)
        if is_new and result.items is not None and result.items_document is not None:
            self._keep(ITEMS, result.items, json.dumps(result.items_document))
        return is_new

    def _keep(self, kind: str, name: str, text: str) -> None:
        """Adds a document whose name stands for its content, unless it is there."""
        sql = "SELECT count(*) FROM documents WHERE kind = ? AND name = ?"
        if not self._value(sql, kind, name):
            insert(self.connection, DOCUMENTS, (kind, name, text))

    def last_attempts(self, question: str, environment: str) -> dict[str, LastAttempt]:
        """How the last attempt at every stored run of a question in an environment ended.

        By the run's key.
        """
        rows = self._records({"question": question, "environment": environment})
        return {row["key"]: LastAttempt(row["status"], row["fault"]) for row in rows}

    def results(self, question: str | None = None, environment: str | None = None) -> list[Result]:
        """The counted result of every run, by task, arm, seed and device: the last attempt.

        Of one question in one environment if so asked.
        """
        groups = (
            record_groups(self.connection, self.path)
            if question is None or environment is None
            else [{"question": question, "environment": environment}]
        )
        counted = {
            (row["key"], row["environment"]): row["record"]
            for group in groups
            for row in self._records(group)
        }
        # a text is let go once it is read: all of them take as much memory as what is read
        results = (self._parse(counted.pop(run), *run) for run in list(counted))
        return sorted(share_equal_parts(results), key=Result.sort_key)

    def _parse(self, text: str, key: str, environment: str) -> Result:
        """The result in a record. Raises SuiteError where it is none, or that of another run."""
        try:
            result = Result.model_validate_json(text)
        except ValidationError as error:
            raise SuiteError(
                f"{self.path}: record {key:.40}: not a record that this suite can read:"
                f" {refusal(error)}"
            ) from None
        if (result.key, result.environment) != (key, environment):
            raise SuiteError(f"{self.path}: record {key:.40}: its key is not the record's")
        return result

    def add_document(self, kind: str, name: str, document: Any) -> None:
        """Adds a JSON document, unless the latest of that kind and name is the same."""
        # keys keep their order: a task's first metric is its primary one
        row = (kind, name, json.dumps(document))
        sql = """SELECT sha256 FROM documents WHERE kind = ? AND name = ?
                 ORDER BY position DESC LIMIT 1"""
        with transaction(self.connection, self.path):
            if query(self.connection, self.path, sql, kind, name) != [(row_digest(row),)]:
                insert(self.connection, DOCUMENTS, row)

    def settle(self, kind: str, name: str, document: Any) -> Any:
        """The document of that kind and name: the one that is stored, or else this one, stored now.

        Of several runners that ask at once, all get the same.
        """
        sql = "SELECT count(*) FROM documents WHERE kind = ? AND name = ?"
        with transaction(self.connection, self.path):
            is_stored = self._value(sql, kind, name) > 0
            if not is_stored:
                insert(self.connection, DOCUMENTS, (kind, name, json.dumps(document)))
        return self.documents(kind)[name] if is_stored else document

    def documents(self, kind: str) -> dict[str, Any]:
        """The latest document of each name, by name."""
        rows = read_rows(self.connection, self.path, DOCUMENTS, {"kind": kind})
        latest = {row["name"]: row["document"] for row in rows}
        return {name: self._parse_document(kind, name, latest[name]) for name in sorted(latest)}

    def _parse_document(self, kind: str, name: str, text: str) -> Any:
        """The document in a row. Raises SuiteError where it is not what its kind must be."""
        location = f"{self.path}: {kind:.40} {name:.80}"
        try:
            document = parse_json(text)
        except ValueError as error:
            raise SuiteError(f"{location}: not valid JSON: {error}") from None
        check_document(location, kind, name, document)
        return document

    def newest(self) -> int:
        """The position of the newest record; 0 where there is none."""
        return int(self._value("SELECT coalesce(max(position), 0) FROM records"))

    def take(
        self,
        runs: Collection[RunKey],
        runner: str,
        *,
        since: int,
        is_gone: Callable[[str], bool],
    ) -> tuple[set[RunKey], set[RunKey]]:
        """Which of the runs now belong to `runner`, and which to another one that is not gone.

        A run of which a record is newer than `since` belongs to nobody: it is done.
        """
        with transaction(self.connection, self.path):
            return take_leases(self.connection, runs, runner, since=since, is_gone=is_gone)

    def leases(self) -> dict[RunKey, str]:
        """The runner of each run that is leased, gone or not."""
        return list_leases(self.connection)

    def give_up(self, runner: str) -> None:
        """Ends all leases of a runner."""
        with transaction(self.connection, self.path):
            release_runner(self.connection, runner)

    def _records(self, group: dict[str, str]) -> Iterator[dict[str, Any]]:
        return read_rows(self.connection, self.path, RECORDS, group)

    def _value(self, sql: str, *values: str) -> Any:
        return query(self.connection, self.path, sql, *values)[0][0]


@contextmanager
def open_store(path: Path, *, create: bool = False) -> Iterator[Store]:
    """The store at `path`, closed at the end; without `create` it is opened to read.

    Raises SuiteError where it is missing, cannot be written, is no store, is of another version,
    or, to be written, is damaged.
    """
    if not create and not path.is_file():
        raise SuiteError(f"{path}: there is no store here; `suite run` makes one")
    try:
        if create and not path.exists():
            make_store(path)
        connection = connect(path, to_write=create)
    except (OSError, *FAILURES) as error:
        raise SuiteError(f"{path}: cannot open the store: {error}") from None
    try:
        if create:
            check_everything(connection, path)
        yield Store(connection, path)
    finally:
        connection.close()
