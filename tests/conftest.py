"""What every test can ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from suite.data.files import missing
from suite.task import Task, load_task
from tests.fakes import write_task


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
