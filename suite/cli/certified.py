"""The certificates that words name: in files, by id, or of the runs behind the report on a task."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from suite.analysis.studies import read_studies
from suite.cli.ids import is_id, runs_behind
from suite.cli.stores import open_records
from suite.errors import SuiteError
from suite.result import Result
from suite.store.records import ResultSource
from suite.verification.certificate import Certificate, certificates, read_certificates


@dataclass(frozen=True)
class Words:
    """Words by what they name."""

    files: tuple[str, ...]
    ids: tuple[str, ...]
    tasks: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join((*self.files, *self.ids, *self.tasks)) or "tasks"


def sort_words(words: Sequence[str], tasks: Path) -> Words:
    """The words by what they name.

    Where a word looks like an id, the task of that name in the folder `tasks` comes first.
    """
    files = tuple(word for word in words if Path(word).suffix in (".json", ".jsonl"))
    others = [word for word in words if word not in files]
    ids = tuple(word for word in others if is_id(word) and not (tasks / f"{word}.toml").is_file())
    return Words(files, ids, tuple(word for word in others if word not in ids))


def choose_certificates(
    words: Words, tasks: Collection[str], device: str, store: Path, folder: Path | None
) -> list[Certificate]:
    """The certificates of what the words name, and of the tasks of these names; each run once.

    Without words, those of all tasks. Raises SuiteError where there are none.
    """
    chosen = read_certificates([Path(name) for name in words.files])
    if words.ids or tasks or not words.files:
        with open_records(store, folder) as records:
            runs = [run for word in words.ids for run in runs_behind(word, records)[1]]
            if tasks or not (words.ids or words.files):
                runs += _runs_of(tasks, device, records)
            once = {(run.key, run.environment): run for run in runs}
            chosen += certificates(once.values(), records)
    if not chosen:
        raise SuiteError(f"{words}: there is no run on {device} to verify")
    return chosen


def _runs_of(tasks: Collection[str], device: str, records: ResultSource) -> list[Result]:
    """The runs behind the report on the tasks of these names; on all tasks where there is none."""
    return [
        run
        for study in read_studies(records)
        if study.device == device and (not tasks or study.task.name in tasks)
        for results in study.results.values()
        for run in results
    ]
