"""Writes records as text: files of lines, each with its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from suite.result import ModelTable, Result
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


@dataclass(frozen=True)
class RunLines:
    """The lines of a file of runs, each made when it is asked for.

    `digests`: what stands for each parameter table.
    """

    runs: Sequence[Result]
    digests: Mapping[ModelTable, str]

    def __iter__(self) -> Iterator[str]:
        return (line_of(_record(run, self.digests)) for run in self.runs)


def as_files(records: Records) -> dict[str, str]:
    """The records as texts, by the name of the file."""
    return {name: "".join(lines) for name, lines in file_lines(records).items()}


def file_lines(records: Records) -> dict[str, Iterable[str]]:
    """The lines of the records, by the name of the file.

    Those of runs are made one by one: all of them take as much memory as the runs.
    """
    tables = {run.model for run in records.runs if run.model}
    digests = {table: table.digest() for table in tables}
    models = {digests[table]: table.model_dump(mode="json") for table in tables}
    kept = {kind: records.documents(kind) for kind in KINDS} | {
        "model": dict(sorted(models.items()))
    }
    lines: dict[str, Iterable[str]] = {DOCUMENTS: _document_lines(kept)}
    if items := records.documents(ITEMS):
        lines[ITEMS_FILE] = _document_lines({ITEMS: items})
    if journal := journal_lines(records):
        lines[JOURNAL_FILE] = journal
    for task, runs in groupby(records.results(), key=lambda run: run.task):
        lines[f"{task}.jsonl"] = RunLines(tuple(runs), digests)
    return lines


def _record(run: Result, digests: Mapping[ModelTable, str]) -> dict[str, Any]:
    """A result as JSON values, what tells runs apart first; of its model only the digest."""
    record = run.model_dump(mode="json", exclude_defaults=True, exclude={"model"})
    if run.model:  # where it stands among the fields
        record["model"] = digests[run.model]
        record = {name: record[name] for name in Result.model_fields if name in record}
    record["schema_version"] = run.schema_version
    leading = {
        name: record.pop(name)
        for name in ("arm", "block", "seed", "device", "status", "metrics")
        if name in record
    }
    return leading | record


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
