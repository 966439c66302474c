"""The journal of a store: entries that are only ever added, each naming those before it.

The name of an entry is the SHA-256 of what it says, the names of those before it included. To
change, drop or insert one changes the names of all that follow. Every store begins a chain of its
own. Merged journals stay chains side by side, for nobody knows which of their entries came first;
an entry after the merge names the last one of each. A broken chain is said, never repaired.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from suite.errors import SuiteError
from suite.result import refusal
from suite.store.documents import JOURNAL, Documents
from suite.store.entries import AnyEntry, Entry
from suite.store.tables import DOCUMENTS
from suite.store.writing import insert

SHORT = 12  # digits of a name in messages
ADAPTER: TypeAdapter[Entry] = TypeAdapter(AnyEntry)
E = TypeVar("E")


@dataclass(frozen=True)
class Journal:
    """Entries by name, each behind those that it names, and what is wrong with their chains."""

    entries: Mapping[str, Entry]
    problems: tuple[str, ...] = ()

    def of_kind(self, kind: type[E]) -> list[E]:
        """All entries of one kind, in order."""
        return [entry for entry in self.entries.values() if isinstance(entry, kind)]

    def last_names(self) -> list[str]:
        """The entries that no other one names, in order: the end of each chain."""
        named = {name for entry in self.entries.values() for name in entry.previous}
        return [name for name in self.entries if name not in named]


def digest(document: Mapping[str, Any]) -> str:
    """The SHA-256 of JSON values: the name of the entry that says them."""
    return hashlib.sha256(json.dumps(document, allow_nan=False).encode()).hexdigest()


def read_journal(source: Documents) -> Journal:
    """The journal of a store or a folder of records; without entries where there is none.

    Raises SuiteError for what is no entry.
    """
    return make_journal(source.documents(JOURNAL))


def make_journal(documents: Mapping[str, Any]) -> Journal:
    """The journal of entries as JSON values, by their names."""
    entries = {name: parse_entry(f"journal {name[:SHORT]}", documents[name]) for name in documents}
    ordered = _in_order(entries)
    return Journal(ordered, tuple(_problems(ordered, documents)))


def parse_entry(location: str, document: Any) -> Entry:
    """The entry in a document. Raises SuiteError, with the location, where it is none."""
    try:
        return ADAPTER.validate_python(document)
    except ValidationError as error:
        raise SuiteError(
            f"{location}: not an entry of a journal that this suite can read: {refusal(error)}"
        ) from None


def _in_order(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries, each behind those that it names; of several that may come next, the oldest."""
    waits_for = {name: set(entry.previous) & entries.keys() for name, entry in entries.items()}
    followers: dict[str, list[str]] = {name: [] for name in entries}
    for name, before in waits_for.items():
        for other in before:
            followers[other].append(name)
    free = [(entries[name].when, name) for name, before in waits_for.items() if not before]
    heapq.heapify(free)
    ordered: dict[str, Entry] = {}
    while free:
        _, name = heapq.heappop(free)
        ordered[name] = entries[name]
        for follower in followers[name]:
            waits_for[follower].discard(name)
            if not waits_for[follower]:
                heapq.heappush(free, (entries[follower].when, follower))
    # only forged names can name each other in a circle
    return ordered | {name: entries[name] for name in sorted(entries.keys() - ordered.keys())}


def _problems(entries: Mapping[str, Entry], documents: Mapping[str, Any]) -> Iterable[str]:
    for name, entry in entries.items():
        title = f"journal entry {name[:SHORT]} ({entry.kind} of {entry.when})"
        if digest(documents[name]) != name:
            yield f"{title}: was changed: its SHA-256 is not its name"
        for before in entry.previous:
            if before not in entries:
                yield f"{title}: the entry before it, {before[:SHORT]}, is missing"


def add_entry(connection: sqlite3.Connection, entry: Entry) -> None:
    """Adds an entry behind the last one, inside a transaction of the caller's.

    The last row is the end of every chain: `add_foreign` sees to that.
    """
    sql = f"SELECT name FROM documents WHERE kind = '{JOURNAL}' ORDER BY position DESC LIMIT 1"  # noqa: S608
    last = connection.execute(sql).fetchone()
    _insert(connection, entry.model_copy(update={"previous": (last[0],) if last else ()}))


def add_foreign(
    connection: sqlite3.Connection, ours: Journal, theirs: Mapping[str, Any], merged: Entry
) -> None:
    """Adds entries of another journal as they are, inside a transaction of the caller's.

    `theirs`: by name, each behind those that it names. `merged` follows, to name the end of each
    chain, where there are several.
    """
    new = {name: document for name, document in theirs.items() if name not in ours.entries}
    if not new:
        return
    for name, document in new.items():
        insert(connection, DOCUMENTS, (JOURNAL, name, json.dumps(document)))
    known = {name: parse_entry(f"journal {name[:SHORT]}", new[name]) for name in new}
    ends = Journal({**ours.entries, **known}).last_names()
    if ends != [next(reversed(new))]:
        _insert(connection, merged.model_copy(update={"previous": tuple(ends)}))


def _insert(connection: sqlite3.Connection, entry: Entry) -> None:
    document = entry.document()
    insert(connection, DOCUMENTS, (JOURNAL, digest(document), json.dumps(document)))
