"""What is wrong with a store, and a copy of one that is sound. Nothing is ever repaired."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pydantic import ValidationError

from suite.atomic_files import beside, sync
from suite.errors import SuiteError
from suite.result import Result
from suite.store.connection import FAILURES
from suite.store.store import open_store
from suite.store.tables import DOCUMENT_COLUMNS, RECORD_COLUMNS, chained, row_digest

SAME_IN_RECORD = ("key", "environment", "task", "question", "status", "fault")


def damage(path: Path) -> list[str]:
    """Everything that is wrong with the store at `path`, one line each; none for a sound one.
    Raises SuiteError for what is no store or a newer one."""
    with open_store(path) as store:
        store.connection.text_factory = lambda text: text.decode(
            errors="backslashreplace"
        )  # to name what is no text any more
        found: list[str] = []
        for look in (_pages, _rows):
            try:
                found += look(store.connection)
            except FAILURES as error:
                found.append(f"cannot be read on: {error}")
    return list(dict.fromkeys(found))


def _pages(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"


def _rows(connection: sqlite3.Connection) -> Iterator[str]:
    """Every row against its digest, every record against its columns, every tally against the rows."""
    tallies = {
        (room, name): (rows, digest)
        for room, name, rows, digest in connection.execute("SELECT * FROM tallies")
    }
    counted: dict[tuple[str, str], tuple[int, str]] = {}
    for table, columns in (("records", RECORD_COLUMNS), ("documents", DOCUMENT_COLUMNS)):
        one = table.removesuffix("s")
        sql = f"SELECT position, sha256, {', '.join(columns)} FROM {table} NOT INDEXED ORDER BY position"  # noqa: S608
        for position, stored, *row in connection.execute(sql):
            values = dict(zip(columns, row, strict=True))
            tally = (
                (values["question"], values["environment"])
                if table == "records"
                else (table, values["kind"])
            )
            rows, digest = counted.get(tally, (0, ""))
            counted[tally] = rows + 1, chained(digest, stored)
            name = f"{one} {position} ({_said(table, values)})"
            if row_digest(row) != stored:
                yield f"{name}: its SHA-256 is not the one that was stored with it"
            elif table == "records":
                yield from (f"{name}: {what}" for what in _wrong(values))
    for tally in sorted(tallies.keys() | counted.keys()):
        (expected, digest), (rows, found) = tallies.get(tally, (0, "")), counted.get(tally, (0, ""))
        if (expected, digest) != (rows, found):
            other = "" if expected != rows else ", but not those that were stored"
            yield f"records of {' '.join(tally)}: expected {expected}, found {rows}{other}"


def _said(table: str, values: dict[str, str]) -> str:
    return (
        f"{values['task']}, key {values['key']}"
        if table == "records"
        else f"{values['kind']} {values['name']}"
    )


def _wrong(values: dict[str, str]) -> Iterator[str]:
    try:
        record = dict(Result.model_validate_json(values["record"]))
    except ValidationError as error:
        yield f"no record of this suite: {error.errors(include_url=False)[0]['msg']}"
        return
    yield from (
        f"its {name} is not the record's" for name in SAME_IN_RECORD if record[name] != values[name]
    )


def back_up(path: Path, copy: Path) -> int:
    """Copies the store at `path`, in use or not, to a new file, and gives the number of its
    records. Raises SuiteError where it is damaged, and where the new file is there already."""
    if copy.exists():
        raise SuiteError(f"{copy}: there is a file already; name another")
    found = damage(path)
    if found:
        raise SuiteError(f"{path}: the store is damaged: {found[0]}; `suite fsck` says more")
    try:
        with beside(copy) as new:
            with closing(
                sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
            ) as connection:
                connection.execute("VACUUM INTO ?", (str(new),))
            with open_store(new) as store:
                records = len(store.results())
            sync(new)
            os.link(new, copy)
            sync(copy.parent)
    except (OSError, *FAILURES) as error:
        raise SuiteError(f"{copy}: cannot write the copy: {error}") from None
    return records
