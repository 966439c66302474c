"""Looks: when a verdict on stored runs was seen, and which seeds it rested on.

Whoever sees a verdict on 10 seeds and then adds 20 has looked twice, and a test of all 30 that does
not know it errs more often than it says. So every look is an entry of the store's journal, which
travels with the records, and marks the seeds that were added after it.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from suite.errors import SuiteError
from suite.result import DeviceKind, Id, Line, Moment, Name, refusal
from suite.store.documents import JOURNAL, Documents
from suite.task.seeds import split_ranges

LOOK = "look"  # the kind of documents that held looks before there was a journal
DIGITS = 16  # of a look's name, which is the SHA-256 of what it says

ArmId: TypeAlias = "tuple[str, str]"  # of an arm's runs: their question and their environment


class SeenArm(BaseModel):
    """An arm whose runs were seen: what they ask, and where they ran."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Name
    arm: Line  # with its data set, where the task has several
    device: DeviceKind
    question: Id
    environment: Id

    @property
    def id(self) -> ArmId:
        """What the runs of no other arm have."""
        return self.question, self.environment


class SeenPair(BaseModel):
    """Two arms of a look by their names in it, and what was said of them.

    `seeds`: those with a result of both, as "0-9". `verdicts`: the word under every metric.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: Line
    second: Line
    seeds: str
    verdicts: dict[Line, Line]

    @field_validator("seeds")
    @classmethod
    def _has_each_seed_once(cls, seeds: str) -> str:
        parts = sorted(split_ranges(seeds), key=lambda part: part.start)
        if any(part.stop > other.start for part, other in pairwise(parts)):
            raise ValueError("expected different seeds")
        return seeds

    def count_seen(self) -> int:
        """How many seeds had a result of both arms."""
        return sum(map(len, split_ranges(self.seeds)))

    def list_new(self, seeds: Collection[int]) -> list[int]:
        """Those of the seeds that had none: of ranges, which may be long, and are never listed."""
        parts = sorted(split_ranges(self.seeds), key=lambda part: part.start)
        starts = [part.start for part in parts]
        return [s for s in seeds if (i := bisect(starts, s)) == 0 or s not in parts[i - 1]]


class Look(BaseModel):
    """Verdicts that were shown: when (UTC), by which command, and on what.

    `until_decided`: seeds were being added until there was a verdict, so the last look ended it.
    `given`: the margin or direction that was given in the place of the task's; None where nobody
    noted that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Moment
    command: Line
    arms: dict[Line, SeenArm]
    pairs: tuple[SeenPair, ...]
    until_decided: bool = False
    given: dict[str, float | str] | None = None

    @model_validator(mode="after")
    def _has_the_arms_of_its_pairs(self) -> Look:
        for pair in self.pairs:
            if not {pair.first, pair.second} <= self.arms.keys():
                raise ValueError("expected the arms of every pair")
        return self

    @property
    def name(self) -> str:
        """The name of its document: equal looks have one name."""
        text = json.dumps(self.document(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]

    def document(self) -> dict[str, Any]:
        """The look as JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def ids(self, pair: SeenPair) -> tuple[ArmId, ArmId]:
        """The arms of one of its pairs."""
        return self.arms[pair.first].id, self.arms[pair.second].id

    def concerns(self, arms: Collection[ArmId]) -> bool:
        """Whether two of these arms were compared in it."""
        return any(set(self.ids(pair)) <= set(arms) for pair in self.pairs)


@dataclass(frozen=True)
class TopUp:
    """Seeds that were added after a look: how many had been `seen`, and how many were `added`.

    `until_decided`: the look was one of those after each seed. None was added where it was the
    last. `unit`: data sets may have been added instead.
    """

    seen: int
    added: int
    until_decided: bool = False
    unit: Literal["seed", "data set"] = "seed"


def present_time() -> str:
    """Now, in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def parse_look(location: str, document: Any) -> Look:
    """The look in a document. Raises SuiteError, with the location, where it is none."""
    try:
        return Look.model_validate(document)
    except ValidationError as error:
        raise SuiteError(
            f"{location}: not a look that this suite can read: {refusal(error)}"
        ) from None


def read_looks(source: Documents) -> list[Look]:
    """All looks that a store or a folder of records holds, the earliest first."""
    documents = list(source.documents(LOOK).items())
    for name, entry in source.documents(JOURNAL).items():
        if isinstance(entry, dict) and entry.get("kind") == LOOK:
            documents.append((name, entry.get("look")))
    looks = [parse_look(f"look {name}", document) for name, document in documents]
    return sorted({look.name: look for look in looks}.values(), key=lambda x: (x.when, x.name))


def find_top_up(
    looks: Iterable[Look], seeds_by_arm: Mapping[ArmId, Collection[int]]
) -> TopUp | None:
    """What was added after the first look at two of these arms; None where nothing was.

    `looks`: the earliest first. `seeds_by_arm`: the seeds with a result of each arm now.
    """
    for look in looks:
        found = []
        for pair in look.pairs:
            first, second = look.ids(pair)
            if first in seeds_by_arm and second in seeds_by_arm:
                common = {*seeds_by_arm[first]} & {*seeds_by_arm[second]}
                added = len(pair.list_new(common))
                if added or look.until_decided:
                    found.append(TopUp(pair.count_seen(), added, look.until_decided))
        if found:
            return max(found, key=lambda top_up: top_up.added)
    return None


def shows_something_new(look: Look, earlier: Iterable[Look]) -> bool:
    """Whether a pair of the look was not seen before with the same seeds and verdicts."""
    seen = {fact for known in earlier for fact in _facts(known)}
    return not _facts(look) <= seen


def _facts(look: Look) -> set[tuple[frozenset[ArmId], str, str, str, bool]]:
    return {
        (frozenset(look.ids(pair)), pair.seeds, metric, word, decided)
        for pair in look.pairs
        for metric, word in pair.verdicts.items()
        for decided in {False, look.until_decided}
    }
