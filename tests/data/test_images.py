"""Labelled images: scikit-learn's digits, and the sets that torchvision reads, byte by byte."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import pytest
import torch

from suite.data import archives
from suite.data.downloads.images import obtain_images
from suite.data.images import load_digits, load_images
from suite.errors import SuiteError
from suite.task.datasets import Digits, Images

DIGITS = Digits(name="digits", train_items=30, test_items=20)


def test_digits_are_drawn_and_scaled() -> None:
    digits = load_digits(DIGITS, 1)
    assert digits.train.inputs["inputs"].shape == (30, 1, 8, 8)
    assert digits.train.inputs["inputs"].mean().abs() < 1e-6
    assert torch.equal(digits.train.inputs["inputs"], load_digits(DIGITS, 1).train.inputs["inputs"])
    assert not torch.equal(
        digits.train.inputs["inputs"], load_digits(DIGITS, 2).train.inputs["inputs"]
    )


@pytest.fixture
def fashion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian folder with a tiny Fashion-MNIST, whose digests count as the real ones."""
    debian, digests = tmp_path / "debian", {}
    debian.mkdir()
    for part, count in (("train", 12), ("t10k", 6)):
        images = struct.pack(">HBB3I", 0, 8, 3, count, 28, 28) + bytes(
            n % 251 for n in range(count * 784)
        )
        labels = struct.pack(">HBBI", 0, 8, 1, count) + bytes(n % 10 for n in range(count))
        for name, content in (
            (f"{part}-images-idx3-ubyte", images),
            (f"{part}-labels-idx1-ubyte", labels),
        ):
            (debian / f"{name}.gz").write_bytes(gzip.compress(content))
            digests[name] = hashlib.sha256(content).hexdigest()
    monkeypatch.setenv("SUITE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("suite.data.downloads.images.DEBIAN", debian)
    monkeypatch.setattr(archives, "FASHION_FILES", digests)
    return debian


def test_an_image_set_is_obtained_checked_and_read(fashion: Path) -> None:
    assert len(archives.missing("fashion-mnist")) == 4
    assert next(obtain_images("fashion-mnist")).startswith("unpacking fashion-mnist from ")
    list(obtain_images("fashion-mnist"))
    assert archives.missing("fashion-mnist") == []
    assert next(obtain_images("fashion-mnist")).startswith("checking fashion-mnist")
    data = Images(name="fashion-mnist", train_items=9, test_items=4, size=16, channels=3)
    images = load_images(data, 0)
    assert images.train.inputs["inputs"].shape == (9, 3, 16, 16)
    assert torch.equal(images.train.inputs["inputs"][:, 0], images.train.inputs["inputs"][:, 2])
    assert set(images.test.targets["label"].tolist()) <= set(range(6))
    path = archives.folder_of("fashion-mnist") / "t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x09")
    with pytest.raises(
        SuiteError,
        match=(
            r"t10k-labels-idx1-ubyte: expected SHA-256 .*; remove the file and run `suite data"
            r" fashion-mnist` again"
        ),
    ):
        load_images(data, 1)


def test_a_damaged_source_puts_nothing_in_place(fashion: Path) -> None:
    (fashion / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"other"))
    with pytest.raises(SuiteError, match="t10k-images-idx3-ubyte: expected SHA-256"):
        list(obtain_images("fashion-mnist"))
    assert len(archives.missing("fashion-mnist")) == 4


def test_a_set_without_its_sums_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUITE_DATA", str(tmp_path))
    with pytest.raises(SuiteError, match="kmnist is not there; run `suite data kmnist`"):
        archives.verify("kmnist")
    folder = archives.folder_of("kmnist")
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte").write_bytes(b"abc")
    archives.write_sums("kmnist")
    archives.verify("kmnist")
    assert archives.missing("kmnist") == []
    (folder / "train-images-idx3-ubyte").write_bytes(b"abd")
    with pytest.raises(
        SuiteError, match="expected SHA-256 ba7816bf"
    ):  # of "abc", in every textbook
        archives.verify("kmnist")
