"""Records as text, one a line: the results behind a report, which git can compare and merge.

`<task>.jsonl` holds the counted runs of a task, by arm, seed and device; `_documents.jsonl` what
they refer to: tasks as they were run, questions, environments, timings, looks at verdicts, and
parameter tables, which are the same for all runs of an arm. Every line ends with its SHA-256, which
is checked when it is read (against damage, not against forgers). No line holds a path of this
machine or a user's name.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from suite.errors import SuiteError
from suite.result import Result
from suite.store.documents import PLAN, parse_plan_record, plan_records
from suite.store.looks import LOOK, ArmId, parse_look, read_looks

DOCUMENTS = "_documents.jsonl"  # no task's name starts with an underscore
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
    looks = {look.name: look.document() for look in read_looks(source) if look.concerns(asked)}
    once = {(run.key, run.environment): run for run in runs}
    return Records(tuple(once.values()), {PLAN: plans, "timings": timings, LOOK: looks, **named})


def as_files(records: Records) -> dict[str, str]:
    """The records as texts, by the name of the file."""
    tables = {
        run.model.digest(): run.model.model_dump(mode="json") for run in records.runs if run.model
    }
    kept = {kind: records.documents(kind) for kind in KINDS} | {
        "model": dict(sorted(tables.items()))
    }
    lines = {
        DOCUMENTS: [
            _line({"kind": kind, "name": name, "document": document})
            for kind, documents in kept.items()
            for name, document in documents.items()
        ]
    }
    for run in records.results():
        lines.setdefault(f"{run.task}.jsonl", []).append(_line(_record(run)))
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
    for location, line in _lines(folder / DOCUMENTS):
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
        for location, line in _lines(path) if path.name != DOCUMENTS else ():
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
        if digest != _sha256(json.dumps(line, allow_nan=False)):
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
    """A record that is not empty as a line, with the SHA-256 of what stands before it."""
    text = json.dumps(record, allow_nan=False)
    return f'{text[:-1]}, "sha256": "{_sha256(text)}"}}\n'


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
