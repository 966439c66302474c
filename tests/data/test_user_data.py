"""Data of the user's: files of declared bytes, functions, image sets; and that the test part is
kept apart."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from suite.data import archives
from suite.data.image_downloads import obtain_images
from suite.data.images import load_digits, load_images
from suite.data.registry import source_of
from suite.data.sampling import rows, scaled
from suite.data.user_files import load_table
from suite.data.user_functions import load_function
from suite.errors import SuiteError
from suite.plan.plan import make_plan
from suite.task.components import Digits, FunctionData, Images, TableFile
from tests.support.own_code import TASK, load_own

DIGITS = Digits(name="digits", train_items=30, test_items=20)


def file(path: Path, **changes: object) -> TableFile:
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "0" * 64
    settings = {
        "name": "file",
        "path": path.name,
        "sha256": digest,
        "train_items": 4,
        "test_items": 2,
    } | changes
    made = TableFile.model_validate(settings)
    made.beside(path.parent)
    return made


@pytest.fixture
def frame() -> pd.DataFrame:
    """Twelve rows: the last four are test rows, and the label is the row's number."""
    number = np.arange(12)
    return pd.DataFrame(
        {"a": number * 2.0, "b": number**2.0, "label": number, "side": ["train"] * 8 + ["test"] * 4}
    )


def test_draws_are_from_their_parts_without_repeats() -> None:
    is_test = torch.arange(12) >= 8
    for seed in range(30):
        train, test = rows(
            DIGITS.model_copy(update={"train_items": 8, "test_items": 4}), is_test, 12, seed
        )
        assert sorted(train.tolist()) == list(range(8))
        assert sorted(test.tolist()) == [8, 9, 10, 11]
    chosen, held_out = rows(
        DIGITS.model_copy(update={"train_items": 5, "test_items": 3, "split": "validation"}),
        is_test,
        12,
        1,
    )
    assert sorted([*chosen.tolist(), *held_out.tolist()]) == list(range(8))


def test_the_test_part_is_the_same_third_under_every_seed() -> None:
    tested = {row for seed in range(60) for row in rows(DIGITS, None, 90, seed)[1].tolist()}
    trained = {row for seed in range(60) for row in rows(DIGITS, None, 90, seed)[0].tolist()}
    assert len(tested) == 30
    assert not tested & trained
    assert len(trained) == 60
    with pytest.raises(
        SuiteError,
        match="at most the 60 items of the training part and the 30 of the test part, got 61 for",
    ):
        rows(DIGITS.model_copy(update={"train_items": 61}), None, 90, 0)


def test_scaling_is_by_the_training_items_alone() -> None:
    train, test = scaled(torch.tensor([[1.0, 5.0], [3.0, 5.0]]), torch.tensor([[5.0, 6.0]]))
    torch.testing.assert_close(train, torch.tensor([[-(0.5**0.5), 0.0], [0.5**0.5, 0.0]]))
    assert test[0].tolist() == pytest.approx([3 / 2**0.5, 1.0])


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz"])
def test_a_file_is_read_as_declared(tmp_path: Path, frame: pd.DataFrame, kind: str) -> None:
    path = tmp_path / f"table.{kind}"
    if kind == "csv":
        frame.to_csv(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    else:
        np.savez(
            path, a=frame["a"], b=frame["b"], label=frame["label"], side=frame["side"].to_numpy(str)
        )
    found = load_table(file(path, part="side", standardize=False), 3)
    for split, allowed in ((found.train, range(8)), (found.test, range(8, 12))):
        labels = split.targets["label"]
        assert set(labels.tolist()) <= set(allowed)
        assert split.inputs["inputs"].tolist() == [
            [2.0 * n, float(n) ** 2] for n in labels.tolist()
        ]
    assert found.train.inputs["inputs"].dtype == torch.float32
    several = load_table(
        file(path, part="side", inputs={"x": ["b"], "y": ["a", "b"]}, standardize=False), 3
    ).train
    assert {name: tuple(values.shape) for name, values in several.inputs.items()} == {
        "x": (4, 1),
        "y": (4, 2),
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": "0" * 64}, "expected SHA-256 0000"),
        ({"targets": ["lable"]}, "data: table.csv: expected one of a, b, label, side, got 'lable'"),
        ({"inputs": ["side"]}, "side: expected numbers, got"),
        ({"part": "label"}, "label: expected the words train and test, got 0, 1, 10, 11"),
        ({"part": "sied"}, "expected one of a, b, label, side, got 'sied'"),
        ({"train_items": 9, "part": "side"}, "at most the 8 items of the training part"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(
    tmp_path: Path, frame: pd.DataFrame, changes: dict[str, object], message: str
) -> None:
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    with pytest.raises(SuiteError) as caught:
        load_table(file(path, **changes), 0)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none_of_its_kind_or_has_holes_is_refused(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    (tmp_path / "bad.npz").write_bytes(b"no zip")
    with pytest.raises(SuiteError, match="data: bad.npz: cannot be read as npz: "):
        load_table(file(tmp_path / "bad.npz"), 0)
    with pytest.raises(SuiteError, match="cannot read the data: No such file"):
        load_table(file(tmp_path / "none.csv"), 0)
    (tmp_path / "table.txt").write_text("a")
    with pytest.raises(SuiteError, match="table.txt: expected a file of .npz, .csv, .parquet"):
        load_table(file(tmp_path / "table.txt"), 0)
    frame.loc[3, "a"] = float("nan")
    frame.to_csv(tmp_path / "holes.csv", index=False)
    with pytest.raises(
        SuiteError, match="a: expected finite numbers, got a missing or infinite one"
    ):
        load_table(file(tmp_path / "holes.csv", part="side"), 0)


def test_another_file_is_another_question(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(tmp_path / "table.csv", index=False)

    def asked() -> str:
        digest = hashlib.sha256((tmp_path / "table.csv").read_bytes()).hexdigest()
        head, _, rest = TASK.partition("[data]")
        text = (
            f'{head}[data]\npath = "table.csv"\nsha256 = "{digest}"\ntrain_items = 4\ntest_items ='
            f" 2\n\n[protocol]{rest.partition('[protocol]')[2]}"
        )
        task = load_own(tmp_path, text)
        source_of(task.data).verify()
        return make_plan(task, device="cpu").questions["one"]

    before = asked()
    frame.loc[0, "a"] = 9.0
    frame.to_csv(tmp_path / "table.csv", index=False)
    assert asked() != before


FUNCTION = (
    "import numpy as np\n\n\ndef load(seed, n=6):\n    x, y = np.full((n, 2), float(seed)),"
    " np.arange(n)\n    return {}\n"
)


def function(
    folder: Path, monkeypatch: pytest.MonkeyPatch, result: str, **arguments: object
) -> FunctionData:
    name = f"own_data_{abs(hash(result)) % 10**8}"
    (folder / f"{name}.py").write_text(FUNCTION.replace("return {}", f"return {result}"))
    monkeypatch.syspath_prepend(str(folder))
    return FunctionData(name="function", load=f"{name}:load", arguments=arguments)


def test_a_function_gives_arrays_or_dicts_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = load_function(
        function(tmp_path, monkeypatch, '{"train": (x, y), "test": (x[:2], y[:2])}', n=4), 7
    )
    assert found.train.inputs["inputs"].tolist() == [[7.0, 7.0]] * 4
    assert found.test.targets["label"].tolist() == [0, 1]
    assert (found.train.inputs["inputs"].dtype, found.train.targets["label"].dtype) == (
        torch.float32,
        torch.int64,
    )


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("x, y", 'expected {"train": (inputs, targets), "test": (inputs, targets)}, got tuple'),
        ('{"train": (x, y)}', "got dict ['train']"),
        ('{"train": x, "test": (x, y)}', "train: expected (inputs, targets), got ndarray"),
        ('{"train": (x, y[:2]), "test": (x, y)}', "expected as many rows in every input and target, got {'inputs': 6, 'label': 2}"),
        ('{"train": (x, y), "test": (x[:, :1], y)}', "expected the same inputs and targets in train and test, got inputs (2,), label () and inputs (1,), label ()"),
        ('{"train": (x, ["a"] * 6), "test": (x, y)}', "label: expected an array of numbers, got list"),
        ('{"train": (x, 3), "test": (x, y)}', "expected an array with a row for each item, got a single number"),
        ('{"train": (x[:0], y[:0]), "test": (x, y)}', "expected as many rows"),
    ],
)  # fmt: skip
def test_a_function_that_gives_nonsense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: str, message: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        load_function(function(tmp_path, monkeypatch, result), 0)
    assert message in str(caught.value)


def test_digits_are_drawn_and_scaled() -> None:
    found = load_digits(DIGITS, 1)
    assert found.train.inputs["inputs"].shape == (30, 1, 8, 8)
    assert found.train.inputs["inputs"].mean().abs() < 1e-6
    assert torch.equal(found.train.inputs["inputs"], load_digits(DIGITS, 1).train.inputs["inputs"])
    assert not torch.equal(
        found.train.inputs["inputs"], load_digits(DIGITS, 2).train.inputs["inputs"]
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
    monkeypatch.setattr("suite.data.image_downloads.DEBIAN", debian)
    monkeypatch.setattr(archives, "FASHION_FILES", digests)
    return debian


def test_an_image_set_is_obtained_checked_and_read(fashion: Path) -> None:
    assert len(archives.missing("fashion-mnist")) == 4
    assert next(obtain_images("fashion-mnist")).startswith("unpacking fashion-mnist from ")
    list(obtain_images("fashion-mnist"))
    assert archives.missing("fashion-mnist") == []
    assert next(obtain_images("fashion-mnist")).startswith("checking fashion-mnist")
    data = Images(name="fashion-mnist", train_items=9, test_items=4, size=16, channels=3)
    found = load_images(data, 0)
    assert found.train.inputs["inputs"].shape == (9, 3, 16, 16)
    assert torch.equal(found.train.inputs["inputs"][:, 0], found.train.inputs["inputs"][:, 2])
    assert set(found.test.targets["label"].tolist()) <= set(range(6))
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
