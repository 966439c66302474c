"""Writes records as text: files of lines, each with its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from suite.result import Result
from suite.store.documents import ITEMS, JOURNAL
from suite.store.journal import read_journal
from suite.store.records import (
    DOCUMENTS,
    ITEMS_FILE,
    JOURNAL_FILE,
    KINDS,
    Records,
    ResultSource,
)


def as_files(records: Records) -> dict[str, str]:
    """The records as texts, by the name of the file."""
    tables = {
        run.model.digest(): run.model.model_dump(mode="json") for run in records.runs if run.model
    }
    kept = {kind: records.documents(kind) for kind in KINDS} | {
        "model": dict(sorted(tables.items()))
    }
    lines = {DOCUMENTS: _document_lines(kept)}
    if items := records.documents(ITEMS):
        lines[ITEMS_FILE] = _document_lines({ITEMS: items})
    if journal := journal_lines(records):
        lines[JOURNAL_FILE] = journal
    for run in records.results():
        lines.setdefault(f"{run.task}.jsonl", []).append(line_of(_record(run)))
    return {name: "".join(of_file) for name, of_file in lines.items()}


def _record(run: Result) -> dict[str, Any]:
    """A result as JSON values, what tells runs apart first; of its model only the digest."""
    record = run.model_dump(mode="json", exclude_defaults=True)
    record["schema_version"] = run.schema_version
    leading = {
        name: record.pop(name)
        for name in ("arm", "block", "seed", "device", "status", "metrics")
        if name in record
    }
    table = {"model": run.model.digest()} if run.model else {}
    return leading | record | table


def journal_lines(source: ResultSource) -> list[str]:
    """The entries of the journal as lines of JSON, each behind those that it names."""
    documents = source.documents(JOURNAL)
    return [line_of(documents[name]) for name in read_journal(source).entries]


def _document_lines(kept: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        line_of({"kind": kind, "name": name, "document": document})
        for kind, documents in kept.items()
        for name, document in documents.items()
    ]


def line_of(record: Mapping[str, Any]) -> str:
    """A record that is not empty as a line, with the SHA-256 of what stands before it."""
    text = json.dumps(record, allow_nan=False)
    return f'{text[:-1]}, "sha256": "{checksum(text)}"}}\n'


def checksum(text: str) -> str:
    """The SHA-256 that a line ends with, of the text before it."""
    return hashlib.sha256(text.encode()).hexdigest()
