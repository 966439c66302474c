"""Adds the records of another source to a store.

The same run in the same environment must have the same bits.
"""

from __future__ import annotations

from suite.errors import SuiteError
from suite.result import Result
from suite.store.documents import ITEMS, JOURNAL, PLAN, add_plan_record, plan_records
from suite.store.entries import BITS, MergeEntry
from suite.store.journal import read_journal
from suite.store.looks import LOOK, present_time
from suite.store.records import ResultSource
from suite.store.store import Store

NAMED_BY_CONTENT = ("environment", "question", LOOK, ITEMS)  # the same name means the same document
LATEST = (PLAN, "timings")  # only one of a name counts: ours, where we have one
BATCH = 1000  # results a commit: each waits for the disk, and other runners wait for each


def merge(store: Store, other: ResultSource) -> int:
    """Adds to `store` what `other` holds and it does not; gives the number of runs added.

    A run that failed there changes nothing where it is stored here; one that failed here counts as
    tried again. Raises SuiteError, before anything is added, for a run that has other bits there.
    """
    new = _new_results(store, other)
    for kind in (*NAMED_BY_CONTENT, *LATEST):
        known = store.documents(kind)
        for name, document in other.documents(kind).items():
            if kind in NAMED_BY_CONTENT or name not in known:
                store.add_document(kind, name, document)
    _keep_marks(store, other)
    documents = other.documents(JOURNAL)
    entries = {name: documents[name] for name in read_journal(other).entries}
    store.note_foreign(entries, MergeEntry(when=present_time()))
    batches = (new[start : start + BATCH] for start in range(0, len(new), BATCH))
    return sum(store.append_foreign(batch) for batch in batches)


def _keep_marks(store: Store, other: ResultSource) -> None:
    """Marks tasks as sequential here that are sequential there, where a pair of arms is the same.

    Looks say that too; a store of before there were looks has the mark alone.
    """
    ours = plan_records(store)
    for name, theirs in plan_records(other).items():
        if theirs.sequential and not ours[name].sequential and ours[name].shares_a_pair(theirs):
            add_plan_record(store, ours[name].model_copy(update={"sequential": True}))


def _new_results(store: Store, other: ResultSource) -> list[Result]:
    """The results of `other` to add. Raises SuiteError for a run that has other bits there."""
    stored = {(result.key, result.environment): result for result in store.results()}
    new = []
    for theirs in other.results():
        ours = stored.get((theirs.key, theirs.environment))
        if ours is None or (ours.status == "failed" and theirs.status != "failed"):
            new.append(theirs)
        elif "failed" not in (ours.status, theirs.status) and differing(ours, theirs):
            raise SuiteError(
                f"{theirs.task} {theirs.cell} seed {theirs.seed} on {theirs.device}"
                f" ({theirs.key[:7]}): the same run in the same environment has other bits there:"
                f" {', '.join(differing(ours, theirs))}; nothing was merged"
            )
    return new


def differing(a: Result, b: Result) -> list[str]:
    """The names of the fields that differ, of those that must be equal in both runs.

    The runs have one key and one environment.
    """
    return [
        name
        for name in BITS
        if a.repeatable.model_dump_json(include={name})
        != b.repeatable.model_dump_json(include={name})
    ]
