"""What every test can ask for."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from suite.data.files import missing
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.tasks import write_task


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: of two workers, none is left with minutes to do alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: looking for garbage in it takes a tenth of the time."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SUITE_") and name != "SUITE_DATA"]:
        monkeypatch.delenv(name)


@pytest.fixture
def tiny(tmp_path: Path) -> Task:
    """A task that trains in a moment."""
    return load_task(write_task(tmp_path / "tasks"))


@pytest.fixture
def mnist() -> None:
    """MNIST's files. Not there: an error, not a skip, for `make test` gets them."""
    if missing():
        pytest.fail(f"{missing()[0]} is missing; run `make data`")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's package: `model` imports `helper`, and for types alone `types_only`."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "helper.py").write_text("WIDTH = 3\n")
    (folder / "types_only.py").write_text("Width = int\n")
    (folder / "unrelated.py").write_text("X = 1\n")
    (folder / "model.py").write_text(
        "from typing import TYPE_CHECKING\nfrom theirs.helper import WIDTH\n"
        "if TYPE_CHECKING:\n    from theirs.types_only import Width\n"
        "def build(): return WIDTH\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "theirs"]:
        del sys.modules[name]
