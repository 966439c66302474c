"""The certificates that words name: in files, by id, or of the runs behind the report on a task."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from suite.cli.ids import is_id, runs_behind
from suite.cli.stores import open_records
from suite.errors import SuiteError
from suite.result import Result
from suite.verification.certificate import Certificate, certificates, read_certificates
from suite.verification.published import Published, read_published


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


@dataclass(frozen=True)
class Chosen:
    """The runs to run again, and what was published of the tasks that they are of.

    Nothing is published by certificates in files: they name no verdict.
    """

    certificates: list[Certificate]
    published: list[Published] = field(default_factory=list)


def choose_runs(
    words: Words, tasks: Collection[str], device: str, store: Path, folder: Path | None
) -> Chosen:
    """What the words name, and the tasks of these names; each run once.

    Without words, all tasks. Raises SuiteError where there is no run.
    """
    chosen = read_certificates([Path(name) for name in words.files])
    published: list[Published] = []
    if words.ids or tasks or not words.files:
        with open_records(store, folder) as records:
            runs = [run for word in words.ids for run in runs_behind(word, records)[1]]
            of_tasks = read_published(records)
            if tasks or not (words.ids or words.files):
                runs += _runs_of(tasks, device, of_tasks)
            once = {(run.key, run.environment): run for run in runs}
            chosen += certificates(once.values(), records, with_failed=True)
            published = [one for one in of_tasks if _has_any(one, once)]
    if not chosen:
        raise SuiteError(f"{words}: there is no run on {device} to verify")
    return Chosen(chosen, published)


def _runs_of(tasks: Collection[str], device: str, published: Sequence[Published]) -> list[Result]:
    """The runs behind the report on the tasks of these names; on all tasks where there is none."""
    return [
        run
        for one in published
        if one.study.device == device and (not tasks or one.study.task.name in tasks)
        for run in one.runs
    ]


def _has_any(published: Published, runs: Collection[tuple[str, str]]) -> bool:
    return any((run.key, run.environment) in runs for run in published.runs)
