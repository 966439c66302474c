"""Records as text, one a line: the results behind a report, which git can compare and merge.

`<task>.jsonl` holds the counted runs of a task, by arm, seed and device; `_documents.jsonl` what
they refer to: tasks as they were run, questions, environments, timings, looks that are older than
the journal, and parameter tables, which are the same for all runs of an arm; `_items.jsonl` what
each run got right of its test items, where that is kept; `_journal.jsonl` the whole journal
(suite.store.journal). Every line ends with its SHA-256, which is checked when it is read (against
damage, not against forgers). No line holds a path of this machine or a user's name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from suite.errors import SuiteError
from suite.result import Result
from suite.store.documents import (
    ITEMS,
    JOURNAL,
    PLAN,
    plan_records,
)
from suite.store.looks import LOOK, ArmId, parse_look

DOCUMENTS = "_documents.jsonl"  # no task's name starts with an underscore
JOURNAL_FILE = "_journal.jsonl"
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
