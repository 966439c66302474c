"""Records as text, one a line: the results behind a report, which git can compare and merge.

`<task>.jsonl` holds the counted runs of a task, by arm, seed and device; `_documents.jsonl` what
they refer to: tasks as they were run, questions, environments, timings, looks at verdicts, and
parameter tables, which are the same for all runs of an arm; `_items.jsonl` what each run got right
of its test items, where that is kept. Every line ends with its SHA-256, which
is checked when it is read (against damage, not against forgers). No line holds a path of this
machine or a user's name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from suite.errors import SuiteError
from suite.result import Result
from suite.store.documents import ITEMS, PLAN, parse_plan_record, plan_records
from suite.store.looks import LOOK, parse_look, read_looks

DOCUMENTS = "_documents.jsonl"  # no task's name starts with an underscore
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
        chosen = [
            run
            for run in self.runs
            if question is None or (run.question, run.environment) == (question, environment)
        ]
        return sorted(chosen, key=Result.sort_key)

    def documents(self, kind: str) -> dict[str, Any]:
        """As of a store."""
        return dict(sorted(self.kept.get(kind, {}).items()))


def reported_records(source: ResultSource) -> Records:
    """The part of a source that a report shows.

    It has the tasks as they were last run, and the runs that answer them.
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
    runs = tuple(
        run
        for question, environment in sorted(asked)
        for run in source.results(question, environment)
    )
    looks = {look.name: look.document() for look in read_looks(source) if look.concerns(asked)}
    items = items_documents(source, runs)
    return Records(runs, {PLAN: plans, "timings": timings, LOOK: looks, ITEMS: items, **named})


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


def as_files(records: Records) -> dict[str, str]:
    """The records as texts, by the name of the file."""
    tables = {
        run.model.digest(): run.model.model_dump(mode="json") for run in records.runs if run.model
    }
    kept = {kind: records.documents(kind) for kind in KINDS} | {
        "model": dict(sorted(tables.items()))
    }
    files = {DOCUMENTS: _document_lines(kept)}
    if items := records.documents(ITEMS):
        files[ITEMS_FILE] = _document_lines({ITEMS: items})
    for run in records.results():
        record = run.model_dump(mode="json", exclude_defaults=True) | {
            "schema_version": run.schema_version
        }
        leading = {
            name: record.pop(name)
            for name in ("arm", "block", "seed", "device", "status", "metrics")
            if name in record
        }
        table = {"model": run.model.digest()} if run.model else {}
        files[f"{run.task}.jsonl"] = files.get(f"{run.task}.jsonl", "") + _line(
            leading | record | table
        )
    return files


def _document_lines(kept: Mapping[str, Mapping[str, Any]]) -> str:
    return "".join(
        _line({"kind": kind, "name": name, "document": document})
        for kind, documents in kept.items()
        for name, document in documents.items()
    )


def read_records(folder: Path) -> Records:
    """The records in the files of `folder`.

    Raises SuiteError naming file and line where one is damaged, or where none are there.
    """
    paths = sorted(folder.glob("*.jsonl"))
    if folder / DOCUMENTS not in paths:
        raise SuiteError(
            f"{folder}: expected a folder with records ({DOCUMENTS} and others), found none; `suite"
            " report` writes them"
        )
    kept: dict[str, dict[str, Any]] = {}
    of_documents = [path for path in paths if path.name in (DOCUMENTS, ITEMS_FILE)]
    for location, line in chain.from_iterable(map(_lines, of_documents)):
        if line.keys() != {"kind", "name", "document"}:
            raise SuiteError(
                f"{location}: expected a document with its kind and name, got {', '.join(line)}"
            )
        if line["kind"] == PLAN:
            parse_plan_record(location, line["document"])
        if line["kind"] == LOOK:
            parse_look(location, line["document"])
        kept.setdefault(line["kind"], {})[line["name"]] = line["document"]
    tables = kept.pop("model", {})
    runs = []
    for path in paths:
        for location, line in _lines(path) if path not in of_documents else ():
            try:
                table = {"model": tables[line["model"]]} if "model" in line else {}
                runs.append(Result.model_validate(line | table))
            except (KeyError, ValidationError) as error:
                raise SuiteError(
                    f"{location}: not a record that this suite can read: {error}".replace("\n", " ")
                ) from None
    return Records(tuple(runs), kept)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every line of a file with its location, its SHA-256 checked and taken off."""
    for number, text in enumerate(_texts(path), start=1):
        location = f"{path}:{number}"
        try:
            line = json.loads(text)
            digest = line.pop("sha256")
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            raise SuiteError(
                f"{location}: expected a record, one JSON object a line with its SHA-256"
            ) from None
        if digest != _sha256(line):
            named = " ".join(
                str(line[name])
                for name in ("kind", "name", "task", "arm", "block", "seed")
                if name in line
            )
            raise SuiteError(
                f"{location}: {named}: is damaged: its SHA-256 is not the one that was written with"
                " it"
            )
        yield location, line


def _texts(path: Path) -> Iterable[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(
            f"{path}: cannot read records: {getattr(error, 'strerror', None) or error}"
        ) from None


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps({**record, "sha256": _sha256(record)}, allow_nan=False) + "\n"


def _sha256(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, allow_nan=False).encode()).hexdigest()
