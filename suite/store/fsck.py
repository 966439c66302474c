"""What is wrong with a store, and a copy of one that is sound. Nothing is ever repaired."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from suite.atomic_files import partial_file, sync
from suite.errors import SuiteError
from suite.result import Result, refusal
from suite.store.connection import FAILURES
from suite.store.documents import JOURNAL
from suite.store.journal import make_journal
from suite.store.reading import OTHER_DIGEST
from suite.store.store import open_store
from suite.store.tables import DOCUMENTS, RECORDS, Table, Tally, TallyKey, row_digest

REPEATED_FIELDS = ("key", "environment", "task", "question", "status", "fault")  # as columns


def damage(path: Path) -> list[str]:
    """Everything that is wrong with the store at `path`, one line for each problem.

    Empty for a sound store. Raises SuiteError for what is no store of this version.
    """
    with open_store(path) as store:
        # to name what is no text any more
        store.connection.text_factory = lambda text: text.decode(errors="backslashreplace")
        problems: list[str] = []
        for check in (_page_problems, _row_problems, _chain_problems):
            try:
                problems += check(store.connection)
            except FAILURES as error:
                problems.append(f"cannot be read on: {error}")
    return list(dict.fromkeys(problems))


def _page_problems(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"


def _row_problems(connection: sqlite3.Connection) -> Iterator[str]:
    """Rows against their digests, records against their columns, tallies against the rows."""
    stored = {
        (scope, name): Tally(rows, digest)
        for scope, name, rows, digest in connection.execute("SELECT * FROM tallies")
    }
    counted: dict[TallyKey, Tally] = {}
    for table in (RECORDS, DOCUMENTS):
        columns = ", ".join(table.columns)
        sql = f"SELECT position, sha256, {columns} FROM {table.name} NOT INDEXED ORDER BY position"  # noqa: S608
        for position, sha256, *cells in connection.execute(sql):
            row = dict(zip(table.columns, cells, strict=True))
            key = table.tally_key(row)
            counted[key] = counted.get(key, Tally()).with_row(sha256)
            title = _row_title(table, position, row)
            if row_digest(cells) != sha256:
                yield f"{title}: {OTHER_DIGEST}"
            elif table is RECORDS:
                yield from (f"{title}: {problem}" for problem in _record_problems(row))
    for key in sorted(stored.keys() | counted.keys()):
        expected, found = stored.get(key, Tally()), counted.get(key, Tally())
        if expected != found:
            which = "" if expected.rows != found.rows else ", but not those that were stored"
            yield f"records of {' '.join(key)}: expected {expected.rows}, found {found.rows}{which}"


def _chain_problems(connection: sqlite3.Connection) -> Iterator[str]:
    """What is wrong with the chains of the journal."""
    sql = "SELECT name, document FROM documents WHERE kind = ?"
    try:
        documents = {name: json.loads(text) for name, text in connection.execute(sql, (JOURNAL,))}
        yield from make_journal(documents).problems
    except (ValueError, SuiteError) as error:
        yield f"the journal cannot be read: {error}"


def _row_title(table: Table, position: int, row: Mapping[str, Any]) -> str:
    if table is RECORDS:
        return f"record {position} ({row['task']}, key {row['key']})"
    return f"document {position} ({row['kind']} {row['name']})"


def _record_problems(row: Mapping[str, Any]) -> Iterator[str]:
    try:
        record = dict(Result.model_validate_json(row["record"]))
    except ValidationError as error:
        yield f"no record of this suite: {refusal(error)}"
        return
    for name in REPEATED_FIELDS:
        if record[name] != row[name]:
            yield f"its {name} is not the record's"


def back_up(path: Path, copy: Path) -> int:
    """Copies the store at `path` to a new file and returns the number of its records.

    The store may be in use. Raises SuiteError where it is damaged, and where the new file is there
    already.
    """
    if copy.exists():
        raise SuiteError(f"{copy}: there is a file already; name another")
    if problems := damage(path):
        raise SuiteError(f"{path}: the store is damaged: {problems[0]}; `suite fsck` says more")
    try:
        with partial_file(copy) as new:
            uri = f"{path.absolute().as_uri()}?mode=rw"
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                connection.execute("VACUUM INTO ?", (str(new),))
            with open_store(new) as store:
                records = len(store.results())
            sync(new)
            os.link(new, copy)
            sync(copy.parent)
    except (OSError, *FAILURES) as error:
        raise SuiteError(f"{copy}: cannot write the copy: {error}") from None
    return records
