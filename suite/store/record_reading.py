"""Reads records back from text, checking each line against its SHA-256."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from suite.atomic_files import read_at_most
from suite.errors import SuiteError
from suite.result import MAX_REFUSAL, Result, refusal
from suite.store.documents import (
    ITEMS,
    JOURNAL,
    PLAN,
    check_document,
    parse_json,
    parse_plan_record,
)
from suite.store.first_lines import FirstLines
from suite.store.journal import digest, parse_entry
from suite.store.looks import LOOK, parse_look
from suite.store.record_writing import checksum
from suite.store.records import DOCUMENTS, ITEMS_FILE, JOURNAL_FILE, KINDS, Records

MAX_FILE_BYTES = 256 * 1024 * 1024  # about 200,000 records


def read_records(folder: Path) -> Records:
    """The records in the files of `folder`.

    Raises SuiteError naming file and line where one is damaged, is none or is there twice, and
    where none are there.
    """
    paths = sorted(folder.glob("*.jsonl"))
    if folder / DOCUMENTS not in paths:
        raise SuiteError(
            f"{folder}: expected a folder with records ({DOCUMENTS} and others), found none; `suite"
            " report` writes them"
        )
    kept = _read_documents(folder / DOCUMENTS)
    if (folder / ITEMS_FILE).exists():
        kept |= _read_documents(folder / ITEMS_FILE)
    kept[JOURNAL] = _read_journal(folder / JOURNAL_FILE)
    tables = kept.pop("model", {})
    others = [path for path in paths if path.name not in (DOCUMENTS, ITEMS_FILE, JOURNAL_FILE)]
    return Records(_read_runs(others, tables), kept)


def _read_documents(path: Path) -> dict[str, dict[str, Any]]:
    """The documents in a file, by kind and name."""
    kept: dict[str, dict[str, Any]] = {}
    first = FirstLines()
    for location, line in _lines(path):
        kind, name, document = _document(location, line)
        first.add(location, f"{kind} {name}", kind, name)
        kept.setdefault(kind, {})[name] = document
    return kept


def _read_journal(path: Path) -> dict[str, Any]:
    """The entries in a file, by name; none where there is no file, as before there were journals.

    The SHA-256 of a line is the entry's name.
    """
    entries = {}
    for location, line in _lines(path) if path.exists() else ():
        parse_entry(location, line)
        entries[digest(line)] = line
    return entries


def _read_runs(paths: Iterable[Path], tables: Mapping[str, Any]) -> tuple[Result, ...]:
    """The runs of files. `tables`: the parameter tables that they refer to, by name."""
    runs, first = [], FirstLines()
    for path in paths:
        for location, line in _lines(path):
            run = _run(location, line, tables)
            title = f"{run.task} {run.cell} seed {run.seed} on {run.device}"
            first.add(location, title, run.key, run.environment)
            runs.append(run)
    return tuple(runs)


def _document(location: str, line: dict[str, Any]) -> tuple[str, str, Any]:
    """Kind, name and content of a document. Raises SuiteError."""
    if line.keys() != {"kind", "name", "document"}:
        raise SuiteError(
            f"{location}: expected a document with its kind and name, got"
            f" {', '.join(line):.{MAX_REFUSAL}}"
        )
    kind, name, document = line["kind"], line["name"], line["document"]
    if kind not in (*KINDS, ITEMS, "model") or not isinstance(name, str):
        raise SuiteError(
            f"{location}: expected a document of one of the kinds {', '.join(KINDS)} and model,"
            f" with a name, got {kind!r:.40} {name!r:.40}"
        )
    if kind == PLAN:
        parse_plan_record(location, name, document)
    if kind == LOOK:
        parse_look(location, document)
    check_document(location, kind, name, document)
    return kind, name, document


def _run(location: str, line: dict[str, Any], tables: Mapping[str, Any]) -> Result:
    """The run in a line. Raises SuiteError."""
    table = line.get("model")
    if table is not None and not (isinstance(table, str) and table in tables):
        raise SuiteError(
            f"{location}: expected the name of a model that is kept, got {table!r:.40}"
        )
    try:
        return Result.model_validate(line | ({"model": tables[table]} if table else {}))
    except ValidationError as error:
        raise SuiteError(
            f"{location}: not a record that this suite can read: {refusal(error)}"
        ) from None


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every line of a file with its location, its SHA-256 checked and taken off."""
    content = read_at_most(path, MAX_FILE_BYTES, "records", instead="write it as several files")
    for number, text in enumerate(content.splitlines(), start=1):
        location = f"{path}:{number}"
        try:
            line = parse_json(text)
            digest = line.pop("sha256")
            expected = checksum(json.dumps(line, allow_nan=False))
        except (ValueError, AttributeError, KeyError, TypeError):
            raise SuiteError(
                f"{location}: expected a record, one JSON object a line with its SHA-256"
            ) from None
        if digest != expected:
            named = " ".join(
                f"{line[name]:.80}" if isinstance(line[name], str) else f"{line[name]!r:.80}"
                for name in ("kind", "name", "task", "arm", "block", "seed")
                if name in line
            )
            raise SuiteError(
                f"{location}: {named}: is damaged: its SHA-256 is not the one that was written with"
                " it"
            )
        yield location, line
