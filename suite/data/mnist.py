"""MNIST digits at 14x14, single or in pairs.

Target of a pair: is the first digit lesser than or equal to the second?

28x28 is averaged down by 2, and scaled to mean 0 and standard deviation 1 of the training draw
alone. Training digits come from the training file, test digits from the test file; both are drawn
anew for every replicate, without repeats.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import torch

from suite.data import files
from suite.data.dataset import Dataset, Split
from suite.errors import SuiteError

if TYPE_CHECKING:
    from suite.task.datasets import MnistDigits, MnistPairs


def load_pairs(data: MnistPairs, stream_seed: int) -> Dataset:
    """Pairs of digits, and whether the first digit is at most the second.

    Inputs (N, 2, 14, 14); targets "digits" (N, 2) and "target" (N,): 1 where first <= second, else
    0.
    """
    digits = draw(2 * data.train_pairs, 2 * data.test_pairs, data.split, stream_seed)
    return Dataset(_paired(digits.train), _paired(digits.test))


def load_digits(data: MnistDigits, stream_seed: int) -> Dataset:
    """Inputs (N, 1, 14, 14), targets "digits" (N,)."""
    return draw(data.train_digits, data.test_digits, data.split, stream_seed)


def _paired(split: Split) -> Split:
    digits = split.targets["digits"].reshape(-1, 2)
    target = (digits[:, 0] <= digits[:, 1]).long()
    pairs = split.inputs["inputs"].reshape(-1, 2, 14, 14)
    return Split({"inputs": pairs}, {"digits": digits, "target": target})


def draw(train_digits: int, test_digits: int, split: str, stream_seed: int) -> Dataset:
    """Single digits (N, 1, 14, 14).

    Raises SuiteError where the files hold fewer than are asked for.
    """
    generator = torch.Generator().manual_seed(stream_seed)
    images, labels = _mnist("train")
    order = torch.randperm(len(images), generator=generator)
    if split == "validation":
        chosen, held_out = order[:train_digits], order[train_digits : train_digits + test_digits]
        test_images, test_labels = images, labels
    else:
        test_images, test_labels = _mnist("test")
        chosen, held_out = (
            order[:train_digits],
            torch.randperm(len(test_images), generator=generator)[:test_digits],
        )
    if len(chosen) < train_digits or len(held_out) < test_digits:
        raise SuiteError(
            f"data: expected at most the {len(order)} digits of the training file and the"
            f" {len(test_images)} of the test file, got {train_digits} for training and"
            f" {test_digits} for test"
        )
    train, test = halve(images[chosen]), halve(test_images[held_out])
    mean, deviation = train.mean(), train.std()
    return Dataset(
        Split({"inputs": (train - mean) / deviation}, {"digits": labels[chosen]}),
        Split({"inputs": (test - mean) / deviation}, {"digits": test_labels[held_out]}, held_out),
    )


def halve(images: torch.Tensor) -> torch.Tensor:
    """Means of 2x2 blocks: (N, 28, 28) bytes to (N, 1, 14, 14) floats in [0, 255].

    Exact: sums of four bytes over 4.
    """
    blocks = images.to(torch.float32).reshape(len(images), 1, 14, 2, 14, 2)
    return blocks.sum(dim=(3, 5)) / 4


@cache
def _mnist(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (N, 28, 28) bytes, labels (N,), checked and read by torchvision."""
    from torchvision.datasets import MNIST  # 4 s: only where digits are read

    files.verify(files.mnist_folder())
    dataset = MNIST(str(files.data_folder()), train=part == "train", download=False)
    return dataset.data, dataset.targets.long()
