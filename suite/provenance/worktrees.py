"""Worktrees of revisions: one for each commit, for as long as they are used.

A worktree is locked by the process that made it, through a file beside it. The system gives the
lock up however that process ends, and whoever is next removes what nobody holds.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from types import TracebackType

from suite.errors import SuiteError
from suite.provenance.git import call_git, resolve_revision, root_of

WORKTREES = "suite-worktrees"  # in the repository's own folder, where no status shows them
LOCK = ".lock"
TRIES = 3  # another process may remove the folder of all when its last worktree goes


class Worktrees(AbstractContextManager["Worktrees"]):
    """The folders of revisions, each made when it is first asked for, all removed at the end."""

    def __init__(self) -> None:
        self._places: dict[tuple[Path, str], Path] = {}
        self._open = ExitStack()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._places.clear()
        self._open.close()

    def folder_at(self, revision: str, folder: Path) -> Path:
        """The folder as it is at a revision.

        It holds what git holds: no ignored files, such as data, and no submodules. Raises
        SuiteError where the folder is not under git, or there is no such revision or no such folder
        in it.
        """
        commit, root = resolve_revision(revision, folder), root_of(folder)
        if (root, commit) not in self._places:
            self._places[root, commit] = _add(commit, root, self._open)
        inner = self._places[root, commit] / folder.resolve().relative_to(root)
        if not inner.is_dir():
            raise SuiteError(f"revision {revision!r}: it has no folder {folder.name}")
        return inner


def remove_abandoned(folder: Path) -> None:
    """Removes the worktrees of processes that are gone, where the folder is under git."""
    with suppress(SuiteError):
        parent = _parent(folder)
        paths = list(parent.iterdir()) if parent.is_dir() else []
        for place in {path.with_name(path.name.removesuffix(LOCK)) for path in paths}:
            if (descriptor := _take(_lock_of(place))) is not None:
                _remove(place, folder)
                os.close(descriptor)


def _add(commit: str, root: Path, until: ExitStack) -> Path:
    """A new worktree of a commit, which is removed at the end of `until`."""
    remove_abandoned(root)
    place = _parent(root) / f"{commit[:12]}-{secrets.token_hex(4)}"
    for _ in range(TRIES):
        place.parent.mkdir(exist_ok=True)
        if (descriptor := _take(_lock_of(place))) is not None:
            break
    else:
        raise SuiteError(f"{place}: cannot make a worktree here: the folder cannot be written")
    until.callback(os.close, descriptor)
    until.callback(_remove, place, root)
    call_git(root, "worktree", "add", "--detach", "--force", str(place), commit)
    return place


def _take(lock: Path) -> int | None:
    """A descriptor of the file, locked until it is closed; None where another process holds it."""
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:
            return None  # of another user, or its folder was removed just now
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # otherwise another process removed it between the two lines
            if lock.exists() and lock.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:
            pass
        os.close(descriptor)


def _parent(folder: Path) -> Path:
    common = call_git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")
    return Path(common) / WORKTREES


def _lock_of(place: Path) -> Path:
    return place.with_name(f"{place.name}{LOCK}")


def _remove(place: Path, folder: Path) -> None:
    """Removes a worktree, also one that git was still making, and their folder with the last."""
    with suppress(SuiteError):  # git knows nothing of it: it had not begun to make it
        call_git(folder, "worktree", "remove", "--force", "--force", str(place))
    shutil.rmtree(place, ignore_errors=True)
    _lock_of(place).unlink(missing_ok=True)
    with suppress(OSError):
        place.parent.rmdir()
