"""Records as text, one a line: the results behind a report, which git can compare and merge.

`<task>.jsonl` holds the counted runs of a task, by arm, seed and device; `_documents.jsonl` what
they refer to: tasks as they were run, questions, environments, timings, looks that are older than
the journal, and parameter tables, which are the same for all runs of an arm; `_items.jsonl` what
each run got right of its test items, where that is kept; `_journal.jsonl` the whole journal
(suite.store.journal). Every line ends with its SHA-256, which is checked when it is read (against
damage, not against forgers). No line holds a path of this machine or a user's name.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from suite.atomic_files import read_at_most
from suite.errors import SuiteError
from suite.result import MAX_REFUSAL, ModelTable, Result, refusal
from suite.store.documents import (
    ITEMS,
    JOURNAL,
    PLAN,
    check_document,
    parse_json,
    parse_plan_record,
    plan_records,
)
from suite.store.first_lines import FirstLines
from suite.store.journal import digest, parse_entry, read_journal
from suite.store.looks import LOOK, ArmId, parse_look

DOCUMENTS = "_documents.jsonl"  # no task's name starts with an underscore
JOURNAL_FILE = "_journal.jsonl"
MAX_FILE_BYTES = 256 * 1024 * 1024  # about 200,000 records
ITEMS_FILE = "_items.jsonl"
KINDS = (PLAN, "environment", "question", "timings", LOOK)


class ResultSource(Protocol):
    """Where results and documents come from: a store, or records that were read from text."""

    def results(self, question: str | None = None, environment: str | None = None) -> list[Result]:
        """The counted results, by task, arm, seed, device and environment.

        If so asked, only those of one question in one environment.
        """

    def documents(self, kind: str) -> dict[str, Any]:
        """The latest document of each name."""


@dataclass(frozen=True)
class Records:
    """Results and documents in memory. `kept`: documents by kind and name."""

    runs: tuple[Result, ...]
    kept: Mapping[str, Mapping[str, Any]]

    def results(self, question: str | None = None, environment: str | None = None) -> list[Result]:
        """As of a store."""
        if question is None or environment is None:
            return sorted(self.runs, key=Result.sort_key)
        return sorted(self._by_question.get((question, environment), ()), key=Result.sort_key)

    @cached_property
    def _by_question(self) -> dict[ArmId, list[Result]]:
        """The runs by what they ask and where they ran: a report asks for each once."""
        runs: defaultdict[ArmId, list[Result]] = defaultdict(list)
        for run in self.runs:
            runs[run.question, run.environment].append(run)
        return runs

    def documents(self, kind: str) -> dict[str, Any]:
        """As of a store."""
        return dict(sorted(self.kept.get(kind, {}).items()))


def reported_records(source: ResultSource, runs: Iterable[Result] | None = None) -> Records:
    """The part of a source that a report shows.

    It has the tasks as they were last run, and the runs that answer them: `runs`, where they were
    read already, of which each counts once.
    """
    reported = {
        name: plan for name, plan in plan_records(source).items() if not plan.task.derived_from
    }
    plans = {
        name: document for name, document in source.documents(PLAN).items() if name in reported
    }
    asked = {
        (question, plan.environment)
        for plan in reported.values()
        for question in plan.questions.values()
    }
    timings = source.documents("timings")
    environments = {environment for _, environment in asked} | timings.keys()
    wanted = {"environment": environments, "question": {question for question, _ in asked}}
    named = {
        kind: {name: document for name, document in source.documents(kind).items() if name in names}
        for kind, names in wanted.items()
    }
    if runs is None:
        runs = (run for each in sorted(asked) for run in source.results(*each))
    once = tuple({(run.key, run.environment): run for run in runs}.values())
    looks = {
        name: document
        for name, document in source.documents(LOOK).items()
        if parse_look(f"look {name}", document).concerns(asked)
    }
    others = {
        PLAN: plans,
        "timings": timings,
        LOOK: looks,
        ITEMS: items_documents(source, once),
        # the whole journal, for a chain of which a link is left out proves nothing
        JOURNAL: source.documents(JOURNAL),
    }
    return Records(once, named | others)


def items_documents(source: ResultSource, runs: Iterable[Result]) -> dict[str, Any]:
    """The documents on the test items of these runs, by name; only a source that has some is asked.

    Raises SuiteError where one is missing.
    """
    names = {run.items: run for run in runs if run.items is not None}
    documents = source.documents(ITEMS) if names else {}
    for name, run in names.items():
        if name not in documents:
            raise SuiteError(
                f"{run.task} {run.cell} seed {run.seed} ({run.key[:7]}): expected the document of"
                f" its test items, {name[:7]}, found none"
            )
    return {name: documents[name] for name in sorted(names)}


@dataclass(frozen=True)
class RunLines:
    """The lines of a file of runs, each made when it is asked for.

    `digests`: what stands for each parameter table.
    """

    runs: Sequence[Result]
    digests: Mapping[ModelTable, str]

    def __iter__(self) -> Iterator[str]:
        return (_line(_record(run, self.digests)) for run in self.runs)


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
    return [_line(documents[name]) for name in read_journal(source).entries]


def _document_lines(kept: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        _line({"kind": kind, "name": name, "document": document})
        for kind, documents in kept.items()
        for name, document in documents.items()
    ]


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
            expected = _sha256(json.dumps(line, allow_nan=False))
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


def _line(record: Mapping[str, Any]) -> str:
    """A record that is not empty as a line, with the SHA-256 of what stands before it."""
    text = json.dumps(record, allow_nan=False)
    return f'{text[:-1]}, "sha256": "{_sha256(text)}"}}\n'


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
