"""What records refer to: plan records, questions, environments and timings, and their checks.

A plan record is what a task asked for when it was last run; later commands read them to choose
results. Like records, documents come from strangers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import from_json

from suite.errors import SuiteError
from suite.result import DeviceKind, Duration, Id, Line, Record, cell_name, refusal
from suite.task.questions import Question
from suite.task.schema import Task

PLAN = "plan"  # the kind of document
ITEMS = "items"  # that of suite.store.items
JOURNAL = "journal"  # the kind of documents that are entries of the journal


class Timing(Record):
    """Samples of pytest-benchmark, in seconds."""

    model_config = ConfigDict(extra="ignore")

    task: Line
    arm: Line
    what: Line
    device: Line
    environment: Id
    seconds: Annotated[list[Duration], Field(min_length=1)]


class Timings(Record):
    """Timings that were taken in one environment."""

    benchmarks: list[Timing]


KNOWN: Mapping[str, TypeAdapter[Any]] = {  # what documents of a kind must be
    "environment": TypeAdapter(dict[Line, Line]),
    "question": TypeAdapter(Question),
    "timings": TypeAdapter(Timings),
}
ID: TypeAdapter[str] = TypeAdapter(Id)


def check_document(location: str, kind: str, name: str, document: Any) -> None:
    """Raises SuiteError, with the location, for a document that is not what its kind must be.

    Plan records and looks are parsed where they are read.
    """
    if kind not in KNOWN:
        return
    try:
        ID.validate_python(name)
        KNOWN[kind].validate_python(document)
    except ValidationError as error:
        raise SuiteError(f"{location}: not a document of kind {kind}: {refusal(error)}") from None


def parse_json(text: str | bytes) -> Any:
    """The value that JSON text from a stranger stands for.

    Raises ValueError also for NaN and Infinity, and for more than 200 levels, by which no reader of
    it can run out of stack.
    """
    return from_json(text, allow_inf_nan=False)


class PlanRecord(BaseModel):
    """A task as it was run on a device, with the ids of its questions and of the environment.

    `questions`: the id of each arm's question on each data set, by the name of the two
    (`cell_name`). `sequential`: whether seeds are added until a verdict is reached.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task
    device: DeviceKind
    questions: dict[Line, Id]
    environment: Id
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


def parse_plan_record(location: str, name: str, document: Any) -> PlanRecord:
    """The record in the document of that name. Raises SuiteError, with the location."""
    try:
        record = PlanRecord.model_validate(document)
    except ValidationError as error:
        raise SuiteError(
            f"{location}: not a task that this suite can read: {refusal(error)}"
        ) from None
    if name != record.name:
        raise SuiteError(f"{location}: expected the plan of {record.name}, got that of {name:.80}")
    return record


def plan_records(documents: Documents) -> dict[str, PlanRecord]:
    """The last record of every task and device, by the name of its document."""
    return {
        name: parse_plan_record(f"plan {name}", name, document)
        for name, document in documents.documents(PLAN).items()
    }


def last_plan_record(documents: Documents, task: str, device: DeviceKind) -> PlanRecord | None:
    """The last record of a task on a device; None where it was not run there."""
    name = _name(task, device)
    document = documents.documents(PLAN).get(name)
    return None if document is None else parse_plan_record(f"plan {name}", name, document)


def add_plan_record(store: DocumentStore, record: PlanRecord) -> None:
    """Stores a record, unless the last one of its task and device is the same."""
    store.add_document(PLAN, record.name, record.document())


def _name(task: str, device: DeviceKind) -> str:
    return f"{task}/{device}"
