"""Datasets: what is drawn, and that nothing else than MNIST is taken for MNIST."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from suite.data import disc, files
from suite.data import mnist as pairs
from suite.errors import SuiteError
from suite.task.datasets import Disc, MnistDigits, MnistPairs
from tests.data.conftest import flip_a_bit


def test_halving_takes_means_of_two_by_two() -> None:
    image = torch.zeros(1, 28, 28, dtype=torch.uint8)
    image[0, 0, 0], image[0, 1, 1], image[0, 26, 27] = 255, 3, 2
    half = pairs.halve(image)
    assert half.shape == (1, 1, 14, 14)
    assert half[0, 0, 0, 0] == 64.5
    assert half[0, 0, 13, 13] == 0.5
    assert half.sum() == 65.0


@pytest.mark.usefixtures("mnist")
def test_pairs_are_drawn_by_seed_without_repeats_and_their_target_is_right() -> None:
    data = MnistPairs(name="mnist-pairs", train_pairs=50, test_pairs=30)
    drawn, again, other = (pairs.load_pairs(data, seed) for seed in (5, 5, 6))
    assert drawn.train.inputs["inputs"].shape == (50, 2, 14, 14)
    assert drawn.test.inputs["inputs"].shape == (30, 2, 14, 14)
    assert torch.equal(drawn.train.inputs["inputs"], again.train.inputs["inputs"])
    assert not torch.equal(drawn.train.inputs["inputs"], other.train.inputs["inputs"])
    digits = drawn.test.targets["digits"].tolist()
    assert drawn.test.targets["target"].tolist() == [
        int(first <= second) for first, second in digits
    ]
    assert (
        len(
            {
                tuple(image.flatten().tolist())
                for image in drawn.train.inputs["inputs"].flatten(0, 1)
            }
        )
        == 100
    )


@pytest.mark.usefixtures("mnist")
def test_inputs_are_scaled_by_the_training_draw_alone() -> None:
    drawn = pairs.load_digits(
        MnistDigits(name="mnist-digits", train_digits=400, test_digits=300), 1
    )
    assert drawn.train.inputs["inputs"].shape == (400, 1, 14, 14)
    assert drawn.train.inputs["inputs"].mean().item() == pytest.approx(0, abs=1e-5)
    assert drawn.train.inputs["inputs"].std().item() == pytest.approx(1, abs=1e-5)
    assert drawn.test.inputs["inputs"].mean().item() != pytest.approx(0, abs=1e-5)


@pytest.mark.usefixtures("mnist")
def test_test_digits_come_from_the_test_file_and_validation_digits_from_the_training_file() -> None:
    def known(part: str) -> set[bytes]:
        return {image.numpy().tobytes() for image in pairs.halve(pairs._mnist(part)[0])}

    def drawn(split: str) -> tuple[set[bytes], set[bytes]]:
        """The images of a draw, unscaled: grey values are multiples of 1/4."""
        digits = pairs.draw(200, 100, split, 3)
        chosen = torch.randperm(60_000, generator=torch.Generator().manual_seed(3))[:200]
        grey = pairs.halve(pairs._mnist("train")[0][chosen])
        images = [
            ((split.inputs["inputs"] * grey.std() + grey.mean()) * 4).round() / 4
            for split in (digits.train, digits.test)
        ]
        return {image.numpy().tobytes() for image in images[0]}, {
            image.numpy().tobytes() for image in images[1]
        }

    training, testing = known("train"), known("test")
    train, test = drawn("test")
    assert train <= training
    assert test <= testing
    assert not test & train
    train, validation = drawn("validation")
    assert validation <= training
    assert not validation & train


@pytest.mark.usefixtures("mnist")
def test_more_digits_than_there_are_are_refused() -> None:
    with pytest.raises(
        SuiteError,
        match="at most the 60000 digits of the training file and the 10000 of the test file",
    ):
        pairs.load_pairs(MnistPairs(name="mnist-pairs", train_pairs=10, test_pairs=5001), 0)


def test_half_of_the_square_lies_in_the_disc() -> None:
    corners = torch.tensor(
        [[0.5, 0.5], [0.5, 0.5 + disc.RADIUS - 1e-6], [0.5, 0.5 + disc.RADIUS + 1e-6], [0.0, 0.0]]
    )
    assert disc.inside(corners).tolist() == [1, 1, 0, 0]
    drawn = disc.load_disc(Disc(name="disc", train_points=40_000, test_points=10), 2)
    share = drawn.train.targets["label"].float().mean().item()
    assert share == pytest.approx(0.5, abs=3 * 0.5 / 200)  # 3 standard errors
    assert drawn.train.inputs["inputs"].mean(dim=0).tolist() == pytest.approx([0, 0], abs=1e-5)


def test_the_discs_validation_points_are_not_its_test_points() -> None:
    plain, held_out = (
        disc.load_disc(Disc(name="disc", train_points=9, test_points=7, split=split), 2)
        for split in ("test", "validation")
    )
    assert torch.equal(plain.train.inputs["inputs"], held_out.train.inputs["inputs"])
    assert not torch.isin(plain.test.inputs["inputs"], held_out.test.inputs["inputs"]).any()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def swap_with_other_labels(path: Path) -> None:
    shutil.copy(path.parent / "train-labels-idx1-ubyte", path)


@pytest.mark.parametrize("damage", [flip_a_bit, truncate, swap_with_other_labels, Path.unlink])
def test_a_wrong_byte_is_refused_before_training(
    copy_of_mnist: Path, damage: Callable[[Path], None]
) -> None:
    path = copy_of_mnist / "t10k-labels-idx1-ubyte"
    damage(path)
    with pytest.raises(
        SuiteError,
        match=(
            f"{path}: (expected SHA-256 {files.MNIST_FILES[path.name]}, found [0-9a-f]{{64}}|cannot"
            " read)"
        ),
    ):
        files.verify(copy_of_mnist)
