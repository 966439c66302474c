"""The entries of a journal: what was asked, tried and seen, each with the SHA-256 of those before.

An entry says what is known at its moment and is never changed. What a task declares is kept as it
was written, not as this suite would read it, so that a later suite can compare it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from suite.result import (
    DeviceKind,
    Fault,
    Finite,
    Id,
    Line,
    MetricName,
    Moment,
    Name,
    Natural,
    Result,
    Seed,
    Status,
)
from suite.store.documents import PlanRecord
from suite.store.looks import ArmId, Look
from suite.task.questions import readable
from suite.task.schema import Task

Declared = Annotated[dict[str, Any], AfterValidator(readable)]
BITS = ("status", "metrics", "history", "hashes")  # of a result: what a repetition must give again


class _Entry(BaseModel):
    """What all entries have. `previous`: the SHA-256 of the entries that were the last before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    previous: tuple[Id, ...] = ()
    when: Moment

    def document(self) -> dict[str, Any]:
        """The entry as JSON values."""
        return {"kind": self.kind, **self.model_dump(mode="json", exclude_defaults=True)}


class PlanEntry(_Entry):
    """A task as it is asked from here on. `seeds`: as "0-9"; missing where nothing was to run.

    `declared`: the task's fields that say something, as JSON values. `questions`: by the name of
    arm and data set. `sequential`: seeds are added until there is a verdict.
    """

    kind: Literal["plan"] = "plan"
    task: Name
    device: DeviceKind
    environment: Id
    questions: dict[Line, Id]
    declared: Declared
    seeds: Line | None = None
    sequential: bool = False

    def arm_ids(self) -> dict[str, ArmId]:
        """What the runs of each arm on each data set have, by the name of the two."""
        return {cell: (question, self.environment) for cell, question in self.questions.items()}

    def asks_the_same(self, other: PlanEntry | None) -> bool:
        """Whether both ask the same, whatever the seeds."""
        aside = {"previous", "when", "seeds"}
        return other is not None and self.model_dump(exclude=aside) == other.model_dump(
            exclude=aside
        )


class SeedsEntry(_Entry):
    """Other seeds of a task that asks the same as before."""

    kind: Literal["seeds"] = "seeds"
    task: Name
    device: DeviceKind
    seeds: Line


class AttemptEntry(_Entry):
    """How one attempt at a run ended. `bits`: the SHA-256 of what a repetition must give again."""

    kind: Literal["attempt"] = "attempt"
    task: Name
    cell: Line
    seed: Seed
    key: Id
    question: Id
    environment: Id
    status: Status
    fault: Fault | None = None
    bits: Id

    @property
    def run(self) -> tuple[str, str]:
        """The run that was tried."""
        return self.key, self.environment


class RepeatEntry(_Entry):
    """How a run that is stored ended when it was made again in a fresh process; it is no result.

    `at_once`: before other seeds ran, else after all of them. `bits`: as an attempt has them.
    `differs`: what came out otherwise than in the stored result; empty where nothing did. `left`:
    files in the folder of commands that runs made or changed, where something differs.
    """

    kind: Literal["repeat"] = "repeat"
    task: Name
    cell: Line
    seed: Seed
    key: Id
    question: Id
    environment: Id
    status: Status
    bits: Id
    differs: tuple[Line, ...] = ()
    metrics: dict[MetricName, Finite] = {}
    at_once: bool = False
    left: tuple[Line, ...] = ()

    @property
    def run(self) -> tuple[str, str]:
        """The run that was repeated."""
        return self.key, self.environment

    @property
    def arm_id(self) -> ArmId:
        """What all runs of its arm, on its data set, have."""
        return self.question, self.environment


class LookEntry(_Entry):
    """Verdicts that were shown."""

    kind: Literal["look"] = "look"
    look: Look


class RegistrationEntry(_Entry):
    """A plan that was registered. `file_sha256`: of the file that says so.

    `questions`: those of which one is what an arm runs, on each data set. `runs_before`: how many
    runs of it were stored by then.
    """

    kind: Literal["registration"] = "registration"
    task: Name
    device: DeviceKind
    questions: dict[Line, tuple[Id, ...]]
    declared: Declared
    seeds: Line
    file_sha256: Id
    runs_before: Natural = 0


class MergeEntry(_Entry):
    """Other journals came beside this one; it names the last entry of each."""

    kind: Literal["merge"] = "merge"


Entry: TypeAlias = (
    PlanEntry | SeedsEntry | AttemptEntry | RepeatEntry | LookEntry | RegistrationEntry | MergeEntry
)
AnyEntry: TypeAlias = Annotated[Entry, Field(discriminator="kind")]


def declaration(task: Task) -> dict[str, Any]:
    """A task's fields that say something, without its seeds."""
    declared: dict[str, Any] = task.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    declared.get("protocol", {}).pop("seeds", None)
    return declared


def plan_entry(record: PlanRecord, when: str, seeds: str | None = None) -> PlanEntry:
    """The entry of a plan record. `seeds`: those that are to run now."""
    return PlanEntry(
        when=when,
        task=record.task.name,
        device=record.device,
        environment=record.environment,
        questions=record.questions,
        declared=declaration(record.task),
        seeds=seeds,
        sequential=record.sequential,
    )


def attempt_entry(result: Result) -> AttemptEntry:
    """The entry of an attempt that ended with this result."""
    return AttemptEntry(
        when=result.recorded_at,
        task=result.task,
        cell=result.cell,
        seed=result.seed,
        key=result.key,
        question=result.question,
        environment=result.environment,
        status=result.status,
        fault=result.fault,
        bits=bits_of(result),
    )


def repeat_entry(
    stored: Result, again: Result, *, at_once: bool = False, left: Iterable[str] = ()
) -> RepeatEntry:
    """The entry of a repeat that ended `again`; `left`: files that its runs made or changed."""
    differs = tuple(_differing(stored, again))
    return RepeatEntry(
        when=again.recorded_at,
        task=stored.task,
        cell=stored.cell,
        seed=stored.seed,
        key=stored.key,
        question=stored.question,
        environment=stored.environment,
        status=again.status,
        bits=bits_of(again),
        differs=differs,
        metrics=again.metrics,
        at_once=at_once,
        left=tuple(left) if differs else (),
    )


def _differing(stored: Result, again: Result) -> Iterator[str]:
    """What two results of a run have otherwise: the status, or each hash, curve and metric."""
    if stored.status != again.status:
        yield "status"
        return
    for field in ("hashes", "history", "metrics"):
        before, after = (dict(getattr(result.repeatable, field)) for result in (stored, again))
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                yield f"{field} {name}"


def bits_of(result: Result) -> str:
    """The SHA-256 of what a repetition of the run must give again."""
    document = result.repeatable.model_dump_json(include=set(BITS))
    return hashlib.sha256(document.encode()).hexdigest()
