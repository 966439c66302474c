"""Stand-ins for this package, whose files a test may edit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import suite
from suite.provenance import graph
from suite.provenance.references import module_path
from suite.provenance.source import read_source
from suite.provenance.user_code import imported_module
from tests.support.tasks import ROOT

Edit = Callable[[Path], object]


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """From now on the code of this package is what lies in `folder`, for whoever reads it."""
    assert suite.__spec__ is not None
    monkeypatch.setattr(suite.__spec__, "submodule_search_locations", [str(folder)])
    monkeypatch.setattr(suite.__spec__, "origin", str(folder / "__init__.py"))
    # which modules there are is remembered of the package that runs
    monkeypatch.setattr(graph, "_own_path", module_path)
    monkeypatch.setattr(graph, "_own_imported", imported_module)


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Writes files by their paths below a folder.

    They are old, so that an edit is seen by its time however soon it comes.
    """
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1, 1))


def copy_of_suite(folder: Path) -> Path:
    """A copy of this package in a folder of its own."""
    ignored = shutil.ignore_patterns("__pycache__", "assets")
    return Path(shutil.copytree(ROOT / "suite", folder / "suite", ignore=ignored))


def replace(file: str, *pairs: tuple[str, str]) -> Edit:
    """An edit of one file: texts by other texts, which must be there."""

    def edit(folder: Path) -> None:
        text = (folder / file).read_text()
        for old, new in pairs:
            assert old in text, (file, old)
            text = text.replace(old, new)
        (folder / file).write_text(text)

    return edit


def digests(references: Mapping[str, str] | list[str]) -> dict[str, str]:
    """The digests of references, by what they are called before an edit; `references` may give what
    they are called now.
    """
    now = dict(references) if isinstance(references, Mapping) else {r: r for r in references}
    found = read_source(now.values()).digests
    return {before: found[after] for before, after in now.items()}
