"""Whether a study follows the plans that were registered for it, and what differs, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from suite.analysis.declared import changes
from suite.analysis.study import Study
from suite.result import Result
from suite.store.entries import RegistrationEntry, declaration
from suite.store.journal import Journal
from suite.store.looks import ArmId
from suite.task.seeds import parse_seeds, seed_ranges

DIGITS = 12  # of a file's SHA-256, as reports show it
DAY = len("2026-01-02")


def registration_words(
    journal: Journal,
    study: Study,
    ids: Mapping[str, ArmId],
    results: Mapping[str, Sequence[Result]],
) -> Iterator[str]:
    """A sentence on each plan that was registered for the study's task and device, in order."""
    for entry in journal.of_kind(RegistrationEntry):
        if (entry.task, entry.device) == (study.task.name, study.device):
            late = f", with {entry.runs_before} of its runs stored already" * bool(
                entry.runs_before
            )
            differing = [*differences(entry, study, ids, results)]
            follows = f"differs in {', '.join(differing)}" if differing else "was followed"
            file = f"SHA-256 {entry.file_sha256[:DIGITS]}{late}"
            yield f"the plan registered on {entry.when[:DAY]} ({file}) {follows}"


def differences(
    entry: RegistrationEntry,
    study: Study,
    ids: Mapping[str, ArmId],
    results: Mapping[str, Sequence[Result]],
) -> Iterator[str]:
    """What the study does otherwise than the registered plan."""
    settings = changes(entry.declared, declaration(study.task))
    yield from (change.words for change in settings)
    if not any(change.moves_runs for change in settings):
        for cell, questions in entry.questions.items():
            if cell in ids and ids[cell][0] not in questions:
                yield f"what {cell} runs (code or data)"
    planned = set(parse_seeds(entry.seeds))
    ran = [{run.seed for run in runs} for runs in results.values()]
    missing = {seed for seeds in ran for seed in planned - seeds}
    added = {seed for seeds in ran for seed in seeds - planned}
    if missing:
        yield f"seeds {seed_ranges(sorted(missing))} missing"
    if added:
        yield f"seeds {seed_ranges(sorted(added))} added"
