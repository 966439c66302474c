"""A journal -> which runs of a study were repeated in a fresh process, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from suite.result import Result, Status
from suite.store.entries import RepeatEntry, bits_of
from suite.store.journal import Journal

# "order": the repeats after all other runs agree with each other and not with the first run
Finding: TypeAlias = Literal["same", "order", "varies"]


@dataclass(frozen=True)
class RepeatedRun:
    """A stored run that was made again, and the last repeat that gave something else.

    `differs`: what was otherwise, as "hashes final_weights". `ended`: how that repeat did.
    `metrics` and `again`: the values of both. `left`: files in the folder of commands that were
    made or changed meanwhile.
    """

    arm: str
    cell: str
    seed: int
    is_command: bool
    finding: Finding
    differs: tuple[str, ...] = ()
    ended: Status = "ok"
    metrics: Mapping[str, float] = field(default_factory=dict)
    again: Mapping[str, float] = field(default_factory=dict)
    left: tuple[str, ...] = ()


def find_repeats(journal: Journal, results: Iterable[Result]) -> tuple[RepeatedRun, ...]:
    """The runs among these results that were repeated, in the order of the results."""
    entries: dict[tuple[str, str], list[RepeatEntry]] = {}
    for entry in journal.of_kind(RepeatEntry):
        entries.setdefault(entry.run, []).append(entry)
    return tuple(
        _judge(result, entries[result.key, result.environment])
        for result in (results if entries else ())
        if (result.key, result.environment) in entries
    )


def _judge(result: Result, entries: Sequence[RepeatEntry]) -> RepeatedRun:
    """What is said of a run by its repeats, by the bits of each; never by what they say of it."""
    stored = bits_of(result)
    others = [entry for entry in entries if entry.bits != stored]
    last = others[-1] if others else None
    return RepeatedRun(
        result.arm,
        result.cell,
        result.seed,
        is_command=result.trainer == "command",
        finding=_finding(stored, entries) if others else "same",
        differs=last.differs if last else (),
        ended=last.status if last else "ok",
        metrics=result.metrics,
        again=last.metrics if last else {},
        left=last.left if last else (),
    )


def _finding(stored: str, entries: Sequence[RepeatEntry]) -> Finding:
    """What other bits come from. Order is said only where no repeat speaks against it.

    A run that gives other bits each time gives two equal ones only by chance, so two repeats at the
    end must agree, and one right after the run must be as the run or as they are.
    """
    at_end = [entry.bits for entry in entries if not entry.at_once]
    at_once = {entry.bits for entry in entries if entry.at_once}
    agree = len(at_end) > 1 and len(set(at_end)) == 1 and stored not in at_end
    return "order" if agree and at_once <= {stored, at_end[0]} else "varies"
