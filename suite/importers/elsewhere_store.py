"""Runs that were measured elsewhere -> records of a store, with the SHA-256 of their files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from suite import __version__
from suite.errors import SuiteError, visible
from suite.importers.elsewhere import PARTED, ElsewhereRun, ElsewhereRuns
from suite.importers.elsewhere_task import configuration_id, known_arms
from suite.plan.plan import Plan
from suite.provenance.file_digests import sha256_of_file
from suite.provenance.identity import run_key
from suite.result import ReadNumber, Result
from suite.store.looks import present_time
from suite.store.records import ResultSource

LOG = "log "  # what the name of a hash begins with that is of a file of a log
MOST_WORDS = 500  # characters that say where a run stands


@dataclass(frozen=True)
class Kept:
    """Results to store, and how many runs of the log are stored already."""

    new: tuple[Result, ...]
    stored: int


def choose_new(
    found: ElsewhereRuns, words: Sequence[str], plan: Plan, source: ResultSource
) -> Kept:
    """The results of runs that `source` does not hold.

    A stored run that had failed is new where it has a value now. Raises SuiteError for one whose
    value is another than the stored one, and for two runs of one arm and seed.
    """
    results = list(_results(found, words, plan))
    _require_one_each(results, found.source)
    known = {
        run.key: run
        for question in plan.questions.values()
        for run in source.results(question, plan.environment)
    }
    changed = [run for run in results if _is_changed(known.get(run.key), run)]
    if changed:
        first = changed[0]
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise SuiteError(
            f"{found.source}: {first.arm}, seed {first.seed}: expected"
            f" {_value(known[first.key])}, as it is stored, got {_value(first)}{more}: the log was"
            f" changed; raise version in the file of task {plan.task.name} to import all anew"
        )
    new = tuple(r for r in results if r.key not in known or _is_repaired(known[r.key], r))
    return Kept(new, len(results) - len(new))


def stored_seeds(plan: Plan, source: ResultSource) -> dict[str, set[int]]:
    """The seeds of each arm that are stored, by its name."""
    return {
        arm: {run.seed for run in source.results(question, plan.environment)}
        for arm, question in plan.questions.items()
    }


def _results(found: ElsewhereRuns, words: Sequence[str], plan: Plan) -> Iterator[Result]:
    names, metric = known_arms(plan.task), next(iter(plan.task.metrics))
    when = present_time()
    for run in found.runs:
        arm = names[configuration_id(run.configuration)]
        where = visible(_location(run, words))[:MOST_WORDS]
        yield Result(
            task=plan.task.name,
            arm=arm,
            seed=run.seed,
            device=plan.device,
            status=run.status,
            reason=run.reason or None,
            metrics={} if run.value is None else {metric: run.value},
            hashes=_hashes(run, words),
            readings={metric: ReadNumber(where=where)},
            trainer="measured",
            key=run_key(plan.questions[arm], run.seed),
            question=plan.questions[arm],
            environment=plan.environment,
            recorded_at=when,
            made_by={"suite": __version__, "read from": visible(found.program)},
        )


def _require_one_each(results: Iterable[Result], source: str) -> None:
    seen: set[str] = set()
    for result in results:
        if result.key in seen:
            raise SuiteError(
                f"{source}: {result.arm}: expected one run of seed {result.seed}, got two"
            )
        seen.add(result.key)


def _is_changed(before: Result | None, now: Result) -> bool:
    """Whether a run has another value than the stored one; one without a value was no result."""
    if before is None or before.status == "failed":
        return False
    return (before.status, before.metrics) != (now.status, now.metrics)


def _is_repaired(before: Result, now: Result) -> bool:
    return before.status == "failed" and now.status != "failed"


def _value(result: Result) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in result.metrics.items()) or result.status


def _hashes(run: ElsewhereRun, words: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of the files of a run, by their names; with the run, where they hold several.

    Of a table in several files it is one of all, for no row says which file it is from.
    """
    if run.inside is not None:
        name = f"{LOG}{_shown(run.files, words)}{PARTED}{run.inside}"
        return {visible(name): digest_of_files(run.files)}
    return {visible(f"{LOG}{_shown([file], words)}"): digest_of_files([file]) for file in run.files}


def _shown(files: Sequence[Path], words: Sequence[str]) -> str:
    """What files are called in a record: from here, or else from the folder of the log.

    No path of this machine is kept.
    """
    if len(files) != 1:
        return ", ".join(_from_here(Path(word)) or Path(word).name for word in words)
    (file,) = files
    for word in map(Path, words):
        if file == word or word in file.parents:
            return _from_here(file) or (Path(word.name) / file.relative_to(word)).as_posix()
    return _from_here(file) or file.name


def _from_here(path: Path) -> str | None:
    """The path from the current folder; None where it is not in it."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links are not followed
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else None


def digest_of_files(files: Sequence[Path]) -> str:
    """The SHA-256 of a file; of several, that of the list of theirs, by name.

    The list is that of `sha256sum`, with the names of the files alone. What SQLite has not yet
    written into its file, in a file of its own beside it, belongs to it. Raises SuiteError.
    """
    beside = (file.with_name(f"{file.name}-wal") for file in files)
    files = [*files, *(file for file in beside if file.is_file() and file.stat().st_size)]
    digests = [_digest(file) for file in files]
    if len(digests) == 1:
        return digests[0]
    lines = sorted(f"{digest}  {file.name}\n" for file, digest in zip(files, digests, strict=True))
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _digest(file: Path) -> str:
    try:
        return sha256_of_file(file)
    except OSError as error:
        raise SuiteError(f"{file}: cannot read it: {error.strerror}") from None


def _location(run: ElsewhereRun, words: Sequence[str]) -> str:
    """Where a run stands in its log: a file, the folder of its files, or a run in a file."""
    if run.inside is not None:
        return f"{_shown(run.files, words)}{PARTED}{run.inside}"
    return os.path.commonpath([_shown([file], words) for file in run.files])
