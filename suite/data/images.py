"""Labelled images: the sets that torchvision reads, and scikit-learn's digits.

torchvision reads Fashion-MNIST, KMNIST, EMNIST and CIFAR-10.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import torch

from suite.data import archives
from suite.data.dataset import Dataset, Split
from suite.data.files import data_folder
from suite.data.sampling import labelled
from suite.errors import SuiteError

if TYPE_CHECKING:
    from suite.task.datasets import Digits, Images

# of images as bytes, then labels as bytes
DIGITS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def load_images(data: Images, stream_seed: int) -> Dataset:
    """Inputs (N, C, H, W), targets "label" (N,), drawn from the authors' own parts."""
    archives.verify(data.name)
    (train, train_labels), (test, test_labels) = (
        _read(data.name, data.part, part) for part in ("train", "test")
    )
    is_test = torch.arange(len(train) + len(test)) >= len(train)
    drawn = labelled(
        data, torch.cat((train, test)), torch.cat((train_labels, test_labels)), is_test, stream_seed
    )
    return Dataset(
        *(_reshaped(split, data.size, data.channels) for split in (drawn.train, drawn.test))
    )


def load_digits(data: Digits, stream_seed: int) -> Dataset:
    """Inputs (N, 1, 8, 8), targets "label" (N,)."""
    images, labels = _digits()
    return labelled(data, images, labels, None, stream_seed)


def _reshaped(split: Split, size: int | None, channels: int | None) -> Split:
    inputs = {"inputs": _shaped(split.inputs["inputs"], size, channels)}
    return Split(inputs, split.targets, split.rows)


def _shaped(images: torch.Tensor, size: int | None, channels: int | None) -> torch.Tensor:
    if channels == 1:
        images = images.mean(dim=1, keepdim=True)
    if size is not None and size != images.shape[-1]:
        images = torch.nn.functional.interpolate(
            images, size=(size, size), mode="bilinear", antialias=True
        )
    return images.expand(-1, 3, -1, -1).contiguous() if channels == 3 else images


@cache
def _read(name: str, part: str, side: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (N, C, H, W) bytes, labels (N,) from 0."""
    from torchvision import datasets  # 4 s: only where images are read

    options = {"split": part} if name == "emnist" else {}
    dataset = getattr(datasets, archives.CLASSES[name])(
        str(data_folder()), train=side == "train", download=False, **options
    )
    labels = torch.as_tensor(dataset.targets).long()
    images = torch.as_tensor(dataset.data)
    return (images.permute(0, 3, 1, 2) if images.ndim == 4 else images.unsqueeze(1)), labels - int(
        labels.min()
    )


@cache
def _digits() -> tuple[torch.Tensor, torch.Tensor]:
    from sklearn.datasets import load_digits as read  # seconds: only where digits are read

    digits = read()
    images, labels = digits.images.astype("uint8"), digits.target.astype("uint8")
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    if digest != DIGITS_SHA256:
        raise SuiteError(
            f"data: digits: expected scikit-learn's digits, SHA-256 {DIGITS_SHA256}, got {digest}"
        )
    return torch.from_numpy(images).unsqueeze(1), torch.from_numpy(labels).long()
