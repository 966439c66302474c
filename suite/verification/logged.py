"""Runs that were measured elsewhere: nobody can run them here, but their log can be looked at.

A file that only this run is in must be what it was, byte for byte. One that holds many runs may
have grown since: then nothing can be said of it here, and importing it again names what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from suite.errors import SuiteError
from suite.importers.elsewhere import PARTED
from suite.importers.elsewhere_store import LOG, digest_of_files
from suite.importers.found_files import find_files
from suite.verification.certificate import Certificate
from suite.verification.checks import Check


@dataclass(frozen=True)
class LogChecks:
    """The verdicts on runs whose log is here, and why there is none on others, a line each."""

    checks: tuple[Check, ...]
    unchecked: tuple[str, ...]


@dataclass(frozen=True)
class _Log:
    """What a hash of a run is of. `is_shared`: whether the files hold other runs too."""

    name: str
    sha256: str
    files: tuple[Path, ...]
    is_shared: bool


def check_logs(certificates: Iterable[Certificate]) -> LogChecks:
    """Compares the files of logs, as the current folder has them, with their SHA-256."""
    checks: list[Check] = []
    reasons: dict[tuple[str, str], list[int]] = {}
    for certificate in certificates:
        logs = [_find(name, digest) for name, digest in certificate.hashes.items()]
        why, changed = _compare(logs)
        if why is not None:
            reasons.setdefault((f"{certificate.task} {certificate.cell}", why), []).append(
                certificate.seed
            )
        elif changed:
            checks.append(Check(certificate, "AS LOGGED", "FAIL", tuple(changed)))
        else:
            checks.append(Check(certificate, "AS LOGGED", "AS LOGGED", (), certificate))
    lines = [
        f"{arm}: {len(seeds)} run{'s' * (len(seeds) > 1)}: measured elsewhere, and cannot be run"
        f" again here: {why}"
        for (arm, why), seeds in reasons.items()
    ]
    return LogChecks(tuple(checks), tuple(lines))


def _find(name: str, sha256: str) -> _Log:
    """The files that a hash is of; none where they are not here, or lie outside of this folder."""
    place = name.removeprefix(LOG)
    file, _, inside = place.rpartition(PARTED)
    is_shared = bool(inside) and bool(file) and not _files(place)
    where = file if is_shared else place
    while is_shared and PARTED in where and not _files(where):
        where = where.rpartition(PARTED)[0]
    return _Log(where, sha256, _files(where), is_shared)


def _files(place: str) -> tuple[Path, ...]:
    path = PurePath(place)
    if path.is_absolute() or ".." in path.parts:
        return ()
    if Path(place).is_file():
        return (Path(place),)
    try:
        return tuple(file.path for file in find_files(place).files)
    except SuiteError:
        return ()


def _compare(logs: Sequence[_Log]) -> tuple[str | None, list[str]]:
    """Why nothing can be said of a run's log, if so; and which of its files are others."""
    if not logs:
        return "its record has no SHA-256 of a log", []
    absent = [log for log in logs if not log.files]
    if absent:
        return _absent_words(absent[0]), []
    changed = []
    for log in logs:
        now = digest_of_files(log.files)
        if now == log.sha256:
            continue
        if log.is_shared:
            return (
                f"{log.name} changed since (SHA-256 was {log.sha256}, is {now}): `suite import`"
                " again names every value that is another"
            ), []
        changed.append(f"{log.name}: another content: SHA-256 was {log.sha256}, is {now}")
    return None, changed


def _absent_words(log: _Log) -> str:
    """That a log is not here, by the folder of it where it has a file for each run."""
    sha256 = f", whose SHA-256 is {log.sha256}," if log.is_shared else ""
    name = log.name if log.is_shared else f"{PurePath(log.name).parts[0]}, with files for each run,"
    return f"its log {name}{sha256} is not in this folder"
