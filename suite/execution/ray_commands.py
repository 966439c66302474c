"""Commands on a node of a Ray cluster: they run where their files are, which Ray does not move.

A node runs a command where it has the same folder, with the same files in it and the same
interpreter, as when a network drive holds the folder. Anything else is refused by name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from suite.errors import SuiteError
from suite.execution.commands.jobs import CommandJobs
from suite.execution.executor import run_jobs
from suite.plan.job import Job
from suite.provenance.commands import command_digest
from suite.provenance.identity import ABSENT
from suite.result import Result
from suite.task.commands import Command


@dataclass(frozen=True)
class CommandPlace:
    """The folder in which the driver was called, and the parts of a command's digest there."""

    folder: str
    files: Mapping[str, str]


def is_of(jobs: Sequence[Job]) -> bool:
    """Whether jobs that go together are commands."""
    return jobs[0].settings.command is not None


def place_of(command: Command) -> CommandPlace:
    """Where a command runs, as the files are here. Raises SuiteError for one at a revision."""
    if command.revision is not None:
        raise SuiteError(
            f"git:{command.revision}: expected a command of the files as they are: those at a"
            " revision run on this machine alone"
        )
    here = Path.cwd()
    return CommandPlace(str(here), _files(command, here))


def run_commands(
    jobs: Sequence[Job], places: Sequence[CommandPlace], node: str
) -> Iterator[Result]:
    """One result a run. Raises SuiteError naming the `node` where it lacks what a command needs."""
    for job, place in zip(jobs, places, strict=True):
        _require_place(job, place, node)
    with _inside(places[0].folder):
        executor = CommandJobs(1).fitted(jobs, {})
        yield from run_jobs(executor, jobs)


def _require_place(job: Job, place: CommandPlace, node: str) -> None:
    command, folder = job.settings.command, Path(place.folder)
    if command is None:
        raise ValueError(f"{job.field}: expected a command")
    if not (folder / (command.folder or "")).is_dir():
        raise SuiteError(
            f"{job.field}: {node} has no folder {folder / (command.folder or '')}: commands run on"
            " nodes that share it"
        )
    try:
        files = _files(command, folder)
    except SuiteError as error:
        raise SuiteError(f"{job.field}: {node}: {error}") from None
    for name in sorted(files.keys() | place.files.keys()):
        there, expected = files.get(name, ABSENT), place.files.get(name, ABSENT)
        if there != expected:
            how = "lacks" if there == ABSENT else "has" if expected == ABSENT else "has another"
            raise SuiteError(
                f"{job.field}: {node} {how} {name}: commands run on nodes that have the same files"
                " and programs"
            )


def _files(command: Command, folder: Path) -> dict[str, str]:
    return command_digest(command.words, folder / (command.folder or ""), command.inputs)


@contextmanager
def _inside(folder: str) -> Iterator[None]:
    """Works in the folder; contextlib's own came with Python 3.11."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
