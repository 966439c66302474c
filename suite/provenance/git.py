"""The revision of a folder under git, and what git says of it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from suite.errors import SuiteError


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
        revision = call_git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        changes = call_git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    except SuiteError:
        return None
    return GitState(revision, bool(changes))


def resolve_revision(revision: str, folder: Path) -> str:
    """The commit that a revision names, 40 digits. Raises SuiteError where there is none."""
    root_of(folder)
    try:
        return call_git(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
    except SuiteError:
        raise SuiteError(
            f"revision {revision!r}: no such commit in {folder}: name a branch, a tag or a commit"
            " that `git log` shows"
        ) from None


def root_of(folder: Path) -> Path:
    """The top of the working tree. Raises SuiteError where there is none."""
    try:
        return Path(call_git(folder, "rev-parse", "--show-toplevel")).resolve()
    except SuiteError:
        raise SuiteError(f"{folder}: expected a folder under git, to take a revision of") from None


def call_git(folder: Path, *words: str) -> str:
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
