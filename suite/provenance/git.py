"""The revision of a folder under git, and worktrees of other revisions of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from suite.errors import SuiteError

WORKTREES = "suite-worktrees"  # in the repository's own folder, where no status shows them


@dataclass(frozen=True)
class GitState:
    """The commit of a folder, 40 hexadecimal digits; whether files in it differ from that.

    Files that git does not know do not count: the store of results may be one.
    """

    revision: str
    is_dirty: bool


def git_state(folder: Path) -> GitState | None:
    """The state of a folder; None where it is not under git, or has no commit yet."""
    try:
        revision = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        changes = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    except SuiteError:
        return None
    return GitState(revision, bool(changes))


def resolve_revision(revision: str, folder: Path) -> str:
    """The commit that a revision names, 40 digits. Raises SuiteError where there is none."""
    _root(folder)
    try:
        return _git(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
    except SuiteError:
        raise SuiteError(
            f"revision {revision!r}: no such commit in {folder}: name a branch, a tag or a commit"
            " that `git log` shows"
        ) from None


@contextmanager
def worktree_of(revision: str, folder: Path) -> Iterator[Path]:
    """The folder as it is at a revision, in a worktree that is removed at the end.

    It holds what git holds: no ignored files, such as data, and no submodules. Raises SuiteError
    where the folder is not under git, or there is no such revision or no such folder in it.
    """
    commit, root = resolve_revision(revision, folder), _root(folder)
    parent = Path(_git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    parent /= WORKTREES
    _remove_abandoned(parent, folder)
    parent.mkdir(exist_ok=True)
    # the id of this process says later whether anybody still uses it
    place = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{commit[:12]}-", dir=parent))
    try:
        _git(folder, "worktree", "add", "--detach", "--force", str(place), commit)
        inner = place / folder.resolve().relative_to(root)
        if not inner.is_dir():
            raise SuiteError(f"revision {revision!r}: it has no folder {folder.name}")
        yield inner
    finally:
        _remove(place, folder)


def _remove_abandoned(parent: Path, folder: Path) -> None:
    """Removes the worktrees of processes that are gone."""
    for place in list(parent.glob("*")):
        process = place.name.partition("-")[0]
        if process.isdigit() and not _lives(int(process)):
            _remove(place, folder)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _remove(place: Path, folder: Path) -> None:
    """Removes a worktree, also one that git was still making, and their folder with the last."""
    with suppress(SuiteError):  # git knows nothing of it: it had not begun to make it
        _git(folder, "worktree", "remove", "--force", "--force", str(place))
    shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        place.parent.rmdir()


def _root(folder: Path) -> Path:
    """The top of the working tree. Raises SuiteError where there is none."""
    try:
        return Path(_git(folder, "rev-parse", "--show-toplevel")).resolve()
    except SuiteError:
        raise SuiteError(f"{folder}: expected a folder under git, to take a revision of") from None


def _git(folder: Path, *words: str) -> str:
    """What git says of a folder. Raises SuiteError with its own first line."""
    # a hook of git's that started this names another repository in these
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    try:
        done = subprocess.run(
            ["git", "-C", folder, *words],
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise SuiteError(f"git: cannot start it: {error.strerror}") from None
    if done.returncode:
        first = next(iter(done.stderr.strip().splitlines()), f"exit status {done.returncode}")
        raise SuiteError(f"git {words[0]}: {first.removeprefix('fatal: ')}")
    return done.stdout.strip()
