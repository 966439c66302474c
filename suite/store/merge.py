"""Brings the records of two places together. The same run in the same environment must have the
same bits."""

from __future__ import annotations

from suite.errors import SuiteError
from suite.result import Result
from suite.store.records import Evidence
from suite.store.store import Store

DOCUMENTS = ("environment", "question")  # by content; the same name says the same
LATEST = ("plan", "timings")  # one of a name counts: ours, where we have one
BITS = ("status", "metrics", "history", "hashes")


def merge(ours: Store, theirs: Evidence) -> int:
    """Adds what `theirs` holds and `ours` does not; gives the number of runs added.

    A run that failed there says nothing where it is stored here; one that failed here counts as
    tried again. Raises SuiteError, before anything is added, for a run that has other bits there.
    """
    here = {(run.key, run.environment): run for run in ours.results()}
    new = []
    for run in theirs.results():
        mine = here.get((run.key, run.environment))
        if mine is None or (mine.status == "failed" and run.status != "failed"):
            new.append(run)
        elif "failed" not in (mine.status, run.status) and differing(mine, run):
            raise SuiteError(
                f"{run.task} {run.arm} seed {run.seed} on {run.device} ({run.key[:7]}): the same"
                " run in the same environment has other bits there:"
                f" {', '.join(differing(mine, run))}; nothing was merged"
            )
    for kind in (*DOCUMENTS, *LATEST):
        known = ours.documents(kind)
        for name, document in theirs.documents(kind).items():
            if kind in DOCUMENTS or name not in known:
                ours.add_document(kind, name, document)
    return sum(ours.append(run) for run in new)


def differing(a: Result, b: Result) -> list[str]:
    """The fields, of those that must not differ between two runs of one key in one environment,
    that do."""
    return [
        name
        for name in BITS
        if a.model_dump_json(include={name}) != b.model_dump_json(include={name})
    ]
