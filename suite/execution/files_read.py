"""Which files of the user's project a run reads or imports, noted while it runs.

Python's audit hooks tell of every file that Python code opens. What a library opens in compiled
code alone (HDF5, Arrow), and what other processes read, they do not tell. A hook stays for the life
of a process, so there is one, which rests between jobs.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from suite.data.files import data_folder
from suite.data.registry import source_of
from suite.plan.job import Job
from suite.provenance.project import (
    MISSING,
    by_folder,
    digest_in_project,
    name_in_project,
    project_folders,
)
from suite.provenance.references import module_path
from suite.provenance.source import is_planned
from suite.provenance.user_code import surrounding_packages

WRITING = os.O_WRONLY | os.O_RDWR


@dataclass
class FilesNoted:
    """The paths that were opened to be read and those opened to be written, in the order of that.

    `project`: the folder that the runner works in; `apart`: where the job itself works.
    """

    project: str
    apart: str
    read: dict[str, None] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)


_noted: list[FilesNoted] = []  # the job's that runs now, if any
_hooks: list[object] = []


def note_files(project: str) -> FilesNoted:
    """Begins to note the files of a job; `forget_files` ends it."""
    if not _hooks:
        sys.addaudithook(_hook)
        _hooks.append(_hook)
    _noted[:] = [FilesNoted(project, str(Path.cwd()))]
    return _noted[0]


def forget_files() -> None:
    """Notes nothing more."""
    _noted.clear()


def unforeseen_files(job: Job, noted: FilesNoted | None) -> dict[str, str]:
    """The digests of the project's files that were read and that the job's question does not hold.

    By their names in the project. What the run wrote itself, and what is gone, is left out.
    """
    if noted is None:
        return {}
    folders = project_folders(noted.project)
    apart = [data_folder().resolve(), Path(noted.apart).resolve()]
    named = {path: name_in_project(path, folders, apart) for path in list(noted.read)}
    written = {name_in_project(path, folders, apart) for path in noted.written}
    names = {name for name in named.values() if name is not None and name not in written}
    if not names:
        return {}
    foreseen = {name_in_project(str(path), folders, apart) for path in _foreseen(job)}
    new = sorted(by_folder(names - foreseen))
    digests = {name: digest_in_project(name, noted.project) for name in new}
    return {name: digest for name, digest in digests.items() if digest != MISSING}


def _foreseen(job: Job) -> set[Path]:
    """The files that the job's question holds: of the code that it reaches, and of its data.

    A module of the user's that was not there when the job was planned is none of them.
    """
    named = {unit.partition(":")[0] for unit in job.references.units()}
    modules = {name for name in named if not job.code or is_planned(job.code, name)}
    modules |= {package for module in modules for package in surrounding_packages(module)}
    files = {path for path in map(module_path, modules) if path is not None}
    return files | set(source_of(job.data).digests())


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _noted or event not in ("open", "import"):
        return
    noted = _noted[0]
    path = arguments[1] if event == "import" else arguments[0]
    if not isinstance(path, str | bytes | os.PathLike):
        return
    with suppress(OSError):  # an error here would be the arm's; links are followed later
        _note(noted, event, os.path.abspath(os.fsdecode(path)), arguments)  # noqa: PTH100


def _note(noted: FilesNoted, event: str, name: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _is_to_write(arguments[1], arguments[2]):
        noted.written.add(name)
    else:
        noted.read.setdefault(name)


def _is_to_write(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wxa+")
    return isinstance(flags, int) and bool(flags & WRITING)
