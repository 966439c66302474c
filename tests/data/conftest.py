"""A copy of MNIST that a test may damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from suite.data import files


@pytest.fixture
def copy_of_mnist(mnist: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = files.mnist_folder()
    monkeypatch.setenv("SUITE_DATA", str(tmp_path / "data"))
    folder = files.mnist_folder()
    folder.mkdir(parents=True)
    for name in files.MNIST_FILES:
        shutil.copy(source / name, folder / name)
    return folder


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
