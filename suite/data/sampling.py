"""Drawing a replicate: which items to train on and which to test on.

Every seed draws anew, without repeats. Test items come from the test part, which nothing else
touches. Where a source declares no test part, it is a third of the items, the same third for every
task and seed.
"""

from __future__ import annotations

from typing import Protocol

import torch

from suite.data.dataset import Dataset, Split
from suite.errors import SuiteError
from suite.provenance.seeding import stream_seed as seed_of

TEST_SHARE = 3  # one item in so many


class Amounts(Protocol):
    """How many items to draw, and from which part the test items come; None means all there are.

    With the split "validation" the test items come from the training part.
    """

    @property
    def train_items(self) -> int | None:
        """To train on."""

    @property
    def test_items(self) -> int | None:
        """To test on."""

    @property
    def split(self) -> str:
        """What the items are tested on: "test" or "validation"."""


def rows(
    of: Amounts, is_test: torch.Tensor | None, count: int, stream_seed: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The rows to train on and those to test on, of `count`; and where the latter stand.

    Among the rows of the part that they are drawn from. Raises SuiteError where there are too few.
    """
    if is_test is None:
        is_test = torch.zeros(count, dtype=torch.bool)
        fixed = torch.Generator().manual_seed(seed_of("test part", count))
        is_test[torch.randperm(count, generator=fixed)[: count // TEST_SHARE]] = True
    generator = torch.Generator().manual_seed(stream_seed)
    train, test = is_test.logical_not().nonzero().flatten(), is_test.nonzero().flatten()
    order = train[torch.randperm(len(train), generator=generator)]
    train_items, test_items = _amounts(of, len(train), len(test))
    chosen = order[:train_items]
    if of.split == "validation":
        held_out = order[train_items : train_items + test_items]
    else:
        held_out = test[torch.randperm(len(test), generator=generator)[:test_items]]
    if not 0 < train_items == len(chosen) or not 0 < test_items == len(held_out):
        raise SuiteError(
            f"data: expected at most the {len(train)} items of the training part and the"
            f" {len(test)} of the test part, got {_words(of.train_items)} for training and"
            f" {_words(of.test_items)} for test"
        )
    part = train if of.split == "validation" else test
    return chosen, held_out, torch.searchsorted(part, held_out)


def _amounts(of: Amounts, train: int, test: int) -> tuple[int, int]:
    """How many items to train on and to test on, of parts of `train` and `test` items.

    Of one part for both, all that the other does not take; where neither says, a third is for test.
    """
    if of.split != "validation":
        return (
            train if of.train_items is None else of.train_items,
            test if of.test_items is None else of.test_items,
        )
    if of.test_items is not None:
        return (max(train - of.test_items, 0) if of.train_items is None else of.train_items), (
            of.test_items
        )
    train_items = train - train // TEST_SHARE if of.train_items is None else of.train_items
    return train_items, max(train - train_items, 0)


def _words(items: int | None) -> str:
    return "all" if items is None else str(items)


def scaled(train: torch.Tensor, test: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Both tensors, shifted and scaled so that `train` has mean 0 and standard deviation 1.

    This is done for every column of (N, C), and for every channel of images (N, C, H, W). A column
    or channel that does not vary in `train` is only shifted, which leaves it at 0 there.
    """
    axes = [axis for axis in range(train.ndim) if axis != 1]
    mean, deviation = train.mean(dim=axes, keepdim=True), train.std(dim=axes, keepdim=True)
    deviation = torch.where(deviation > 0, deviation, torch.ones(()))
    return (train - mean) / deviation, (test - mean) / deviation


def labelled(
    of: Amounts,
    images: torch.Tensor,
    labels: torch.Tensor,
    is_test: torch.Tensor | None,
    stream_seed: int,
) -> Dataset:
    """A draw of images (N, C, H, W), scaled, with the target "label" (N,)."""
    chosen, held_out, numbers = rows(of, is_test, len(images), stream_seed)
    train, test = scaled(images[chosen].float(), images[held_out].float())
    return Dataset(
        Split({"inputs": train}, {"label": labels[chosen]}),
        Split({"inputs": test}, {"label": labels[held_out]}, numbers),
    )
