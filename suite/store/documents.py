"""Plan records: what a task asked for when it was last run.

Later commands read them to choose results.
"""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from suite.errors import SuiteError
from suite.result import DeviceKind, cell_name
from suite.task.schema import Task

PLAN = "plan"  # the kind of document
ITEMS = "items"  # that of suite.store.items


class PlanRecord(BaseModel):
    """A task as it was run on a device, with the ids of its questions and of the environment.

    `questions`: the id of each arm's question on each data set, by the name of the two
    (`cell_name`). `sequential`: whether seeds are added until a verdict is reached.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task
    device: DeviceKind
    questions: dict[str, str]
    environment: str
    sequential: bool

    @model_validator(mode="after")
    def _has_a_question_for_every_arm(self) -> PlanRecord:
        if list(self.questions) != [cell_name(*cell) for cell in self.task.cells()]:
            raise ValueError("expected a question for every arm on every data set")
        return self

    @property
    def name(self) -> str:
        """The name of its document."""
        return _name(self.task.name, self.device)

    def shares_a_pair(self, other: PlanRecord) -> bool:
        """Whether two arms or more ask the same in both, so that a verdict on them is on both."""
        return len(set(self.questions.values()) & set(other.questions.values())) > 1

    def document(self) -> dict[str, Any]:
        """The record as JSON values."""
        return self.model_dump(mode="json", by_alias=True)


class Documents(Protocol):
    """Where documents come from: a store, or records that were read from text."""

    def documents(self, kind: str) -> dict[str, Any]:
        """The latest document of each name."""


class DocumentStore(Documents, Protocol):
    """Where documents are kept."""

    def add_document(self, kind: str, name: str, document: Any) -> None:
        """Adds a document, unless the latest of that kind and name is the same."""


def parse_plan_record(location: str, document: Any) -> PlanRecord:
    """The record in a document. Raises SuiteError, with the location, where it is none."""
    try:
        return PlanRecord.model_validate(document)
    except ValidationError as error:
        raise SuiteError(
            f"{location}: not a task that this suite can read: {error}".replace("\n", " ")
        ) from None


def plan_records(documents: Documents) -> dict[str, PlanRecord]:
    """The last record of every task and device, by the name of its document."""
    return {
        name: parse_plan_record(f"plan {name}", document)
        for name, document in documents.documents(PLAN).items()
    }


def last_plan_record(documents: Documents, task: str, device: DeviceKind) -> PlanRecord | None:
    """The last record of a task on a device; None where it was not run there."""
    name = _name(task, device)
    document = documents.documents(PLAN).get(name)
    return None if document is None else parse_plan_record(f"plan {name}", document)


def add_plan_record(store: DocumentStore, record: PlanRecord) -> None:
    """Stores a record, unless the last one of its task and device is the same."""
    store.add_document(PLAN, record.name, record.document())


def _name(task: str, device: DeviceKind) -> str:
    return f"{task}/{device}"
