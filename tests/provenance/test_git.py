"""Revisions of a folder under git, and their worktrees."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.provenance.git import GitState, git_state, resolve_revision
from suite.provenance.worktrees import Worktrees, remove_abandoned

AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *AUTHOR, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits; `exp/train.py` says which."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "repository"
    (folder / "exp").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for text in ("first", "second"):
        (folder / "exp/train.py").write_text(text)
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", text)
    return folder


def worktrees(repository: Path) -> int:
    return git(repository, "worktree", "list").count("\n") + 1


def test_a_state_is_a_commit_and_whether_files_differ_from_it(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert git_state(repository / "exp") == GitState(commit, is_dirty=False)
    (repository / "new").touch()  # git does not know it
    assert git_state(repository) == GitState(commit, is_dirty=False)
    (repository / "exp/train.py").write_text("edited")
    assert git_state(repository / "exp") == GitState(commit, is_dirty=True)


def test_a_folder_outside_has_no_state(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None


def test_a_worktree_has_the_folder_as_it_was_and_is_removed(repository: Path) -> None:
    (repository / "exp/train.py").write_text("edited")
    with Worktrees() as made:
        old, same, new = (
            made.folder_at(revision, repository / "exp")
            for revision in ("HEAD~1", "HEAD~1", "main")
        )
        texts = [(place / "train.py").read_text() for place in (old, same, new)]
        assert texts == ["first", "first", "second"]
        assert old == same
        assert made.folder_at("HEAD", repository) == new.parent  # one for each commit
        assert worktrees(repository) == 3
        (old / "left").touch()
        (old / "train.py").write_text("edited there")
    assert worktrees(repository) == 1
    assert not old.exists()
    assert not (repository / ".git/suite-worktrees").exists()
    assert (repository / "exp/train.py").read_text() == "edited"


def test_a_worktree_of_a_process_that_was_killed_is_removed_by_the_next(repository: Path) -> None:
    place = repository / ".git/suite-worktrees/999999999-abc-x"  # no process has this id
    git(repository, "worktree", "add", "--detach", str(place), "HEAD")
    with Worktrees() as made:
        made.folder_at("HEAD", repository)
        assert not place.exists()
        assert worktrees(repository) == 2
        remove_abandoned(repository)  # what is in use stays
        assert worktrees(repository) == 2


def test_a_hook_of_another_repository_leads_nowhere_else(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/no/such/repository")
    assert git_state(repository) is not None


@pytest.mark.parametrize("revision", ["nope", "--help", "HEAD:exp", ""])
def test_a_revision_that_is_none_is_refused(repository: Path, revision: str) -> None:
    with pytest.raises(SuiteError, match=f"revision {revision!r}: no such commit in "):
        resolve_revision(revision, repository)


def test_a_folder_that_git_does_not_know_is_refused(repository: Path, tmp_path: Path) -> None:
    with (
        Worktrees() as made,
        pytest.raises(SuiteError, match="expected a folder under git, to take a revision of"),
    ):
        made.folder_at("HEAD", tmp_path)
    (repository / "later").mkdir()
    with (
        Worktrees() as made,
        pytest.raises(SuiteError, match="revision 'HEAD': it has no folder later"),
    ):
        made.folder_at("HEAD", repository / "later")
    assert worktrees(repository) == 1


def test_what_is_not_under_git_has_no_worktrees_to_remove(tmp_path: Path) -> None:
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []
