"""A journal -> what a reader of a study must know of how it came about, a sentence each.

What changed after results were seen, which runs were repeated after they had failed, which planned
seeds are missing, whether the study is the registered one. Nothing is said where nothing happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from suite.analysis.declared import changes, metric_changes, subjects
from suite.analysis.registered import registration_words
from suite.analysis.study import Study
from suite.importers.measured import MeasuredArm
from suite.result import Result, cell_name
from suite.store.entries import (
    AttemptEntry,
    LookEntry,
    PlanEntry,
    SeedsEntry,
    bits_of,
    declaration,
)
from suite.store.in_force import plans_in_force
from suite.store.journal import Journal
from suite.store.looks import ArmId, Look
from suite.task.seeds import parse_seeds

RunId = tuple[str, str]  # key and environment


@dataclass(frozen=True)
class Asked:
    """A study with what its runs ask: the id of each arm on each data set, by their name."""

    study: Study
    ids: Mapping[str, ArmId]
    results: Mapping[str, tuple[Result, ...]] = field(init=False)

    def __post_init__(self) -> None:
        by_cell: dict[str, list[Result]] = {cell: [] for cell in self.ids}
        for result in (result for results in self.study.results.values() for result in results):
            by_cell.setdefault(cell_name(result.arm, result.block), []).append(result)
        object.__setattr__(self, "results", {c: tuple(found) for c, found in by_cell.items()})


def tell_history(journal: Journal, asked: Asked) -> tuple[str, ...]:
    """What happened, each a sentence without its full stop; empty where nothing did."""
    sentences = [
        *_changes(journal, asked.study),
        *_repeats(journal, asked),
        *_missing_seeds(journal, asked),
        *_other_results(journal, asked),
        *registration_words(journal, asked.study, asked.ids, asked.results),
        *_broken(journal),
    ]
    return tuple(sentences)


def was_sequential(journal: Journal, asked: Asked) -> bool:
    """Whether seeds of two of these arms were ever added until there was a verdict."""
    wanted = set(asked.ids.values())
    return any(
        entry.sequential and len(wanted & set(entry.arm_ids().values())) > 1
        for entry in journal.of_kind(PlanEntry)
    )


def unjournaled(journal: Journal, asked: Asked) -> tuple[int, str]:
    """How many counted runs the journal does not know, and when the newest was recorded."""
    known = {entry.run for entry in journal.of_kind(AttemptEntry)}
    older = [run for run in _runs(asked) if (run.key, run.environment) not in known]
    return len(older), max((run.recorded_at for run in older), default="")


def _changes(journal: Journal, study: Study) -> Iterator[str]:
    """What was declared otherwise when a verdict was first seen, by how many seeds that was on."""
    now, judged = declaration(study.task), set[tuple[str, ...]]()
    said: dict[int, dict[str, None]] = {}
    for entry, plans in plans_in_force(journal):
        if not isinstance(entry, LookEntry):
            continue
        devices = [arm.device for arm in entry.look.arms.values() if arm.task == study.task.name]
        plan = plans.get((study.task.name, devices[0])) if devices else None
        if plan is None:
            continue
        words = said.setdefault(seeds_seen(entry.look, study.task.name), {})
        for change in changes(plan.declared, now):
            if change.subject not in judged:
                words.setdefault(change.words)
        judged |= subjects(plan.declared)
    for seeds, words in said.items():
        if words:
            yield f"{', '.join(words)} after {_seeds(seeds)} seen"


def seeds_seen(look: Look, task: str) -> int:
    """On how many seeds a look's verdicts on a task were, at most."""
    return max(
        pair.count_seen()
        for pair in look.pairs
        if task in (look.arms[pair.first].task, look.arms[pair.second].task)
    )


def rule_words(
    looks: Sequence[Look],
    arms: tuple[MeasuredArm, MeasuredArm],
    given: Mapping[str, float | str],
) -> tuple[str, ...]:
    """The margin or direction of two stored arms, where it is another than at the first look.

    `given`: what is given now in the place of the task's.
    """
    stored = {arm.stored.id for arm in arms if arm.stored}
    rules = [arm.rule for arm in arms if arm.rule]
    known = (look for look in looks if look.concerns(stored) and _notes_rule(look))
    first = next(known, None)
    if first is None or len(stored) < 2 or not rules:
        return ()
    rule = rules[0].model_dump(mode="json", include={"direction", "margin", "unit"})
    changed = metric_changes("", {**rule, **(first.given or {})}, {**rule, **given})
    seen = max(p.count_seen() for p in first.pairs if {*first.ids(p)} <= stored)
    words = ", ".join(change.words for change in changed)
    return (f"{words} after {_seeds(seen)} seen",) if changed else ()


def _notes_rule(look: Look) -> bool:
    """Whether it is known by which rule a look was judged: any but an old one by `compare`."""
    return look.given is not None or not look.command.startswith("compare")


def _seeds(number: int) -> str:
    return "1 seed was" if number == 1 else f"{number} seeds were"


def _repeats(journal: Journal, asked: Asked) -> Iterator[str]:
    """How many runs were tried again after they had failed: by their own fault, or from outside."""
    counted = {(run.key, run.environment): run for run in _runs(asked)}
    failed: dict[RunId, list[AttemptEntry]] = {}
    for entry in journal.of_kind(AttemptEntry):
        if entry.status == "failed" and entry.run in counted:
            failed.setdefault(entry.run, []).append(entry)
    times, outside = dict[RunId, int](), dict[RunId, int]()
    for run, entries in failed.items():
        repeats = len(entries) - (counted[run].status == "failed")
        if repeats:
            by_arm = any(entry.fault != "outside" for entry in entries[:repeats])
            (times if by_arm else outside)[run] = repeats
    for found, reason in (
        (times, "failing"),
        (outside, "being killed, timing out or lacking memory"),
    ):
        if found:
            yield _repeat_words(Counter(counted[run].cell for run in found), found, reason)


def _repeat_words(cells: Mapping[str, int], times: Mapping[RunId, int], reason: str) -> str:
    were = "run was" if len(times) == 1 else "runs were"
    most = max(times.values())
    often = "" if most == 1 else f", up to {most} times" if len(times) > 1 else f", {most} times"
    which = ", ".join(f"{number} of {cell}" for cell, number in sorted(cells.items()))
    return f"{len(times)} {were} repeated after {reason}{often} ({which})"


def _missing_seeds(journal: Journal, asked: Asked) -> Iterator[str]:
    """The seeds of the first plan that some arm has no record of."""
    wanted = set(asked.ids.values())
    key = asked.study.task.name, asked.study.device
    for entry, plans in plans_in_force(journal):
        plan = plans.get(key) if isinstance(entry, PlanEntry | SeedsEntry) else None
        if plan is None or plan.seeds is None or not wanted & set(plan.arm_ids().values()):
            continue
        cells = [cell for cell, arm in asked.ids.items() if arm in plan.arm_ids().values()]
        planned = parse_seeds(plan.seeds)
        missing = {
            seed
            for cell in cells
            for seed in set(planned) - {run.seed for run in asked.results[cell]}
        }
        if missing:
            are = (
                "seed of the first plan is" if len(missing) == 1 else "seeds of the first plan are"
            )
            yield f"{len(missing)} {are} missing"
        return


def _other_results(journal: Journal, asked: Asked) -> Iterator[str]:
    """Counted results that the journal has with other numbers."""
    seen: dict[RunId, set[str]] = {}
    for entry in journal.of_kind(AttemptEntry):
        seen.setdefault(entry.run, set()).add(entry.bits)
    others = [
        f"{run.cell} seed {run.seed}"
        for run in _runs(asked)
        if bits_of(run) not in seen.get((run.key, run.environment), {bits_of(run)})
    ]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        yield f"{others[0]}{more}: the journal has another result of it"


def _broken(journal: Journal) -> Iterator[str]:
    if journal.problems:
        yield (
            f"the journal is broken in {len(journal.problems)} place"
            f"{'s' * (len(journal.problems) > 1)}: entries were changed or are missing"
        )


def _runs(asked: Asked) -> list[Result]:
    return [run for results in asked.results.values() for run in results]
