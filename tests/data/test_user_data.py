"""Data of the user's: files of declared bytes, functions; and that the test part is kept apart."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from suite.data.classes import class_numbers
from suite.data.registry import source_of
from suite.data.sampling import rows, scaled
from suite.data.user_files import load_table
from suite.data.user_functions import load_function
from suite.errors import SuiteError
from suite.plan.plan import make_plan
from suite.task.datasets import Digits, FunctionData, TableFile
from tests.support.own_code import load_own
from tests.support.tasks import DIGITS_TASK

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
    data = TableFile.model_validate(settings)
    data.resolve_from(path.parent)
    return data


@pytest.fixture
def frame() -> pd.DataFrame:
    """Twelve rows: the last four are test rows, and the label is the row's number."""
    number = np.arange(12)
    side = ["train"] * 8 + ["test"] * 4
    frame: pd.DataFrame = pd.DataFrame(
        {"a": number * 2.0, "b": number**2.0, "label": number, "side": side}
    )
    return frame


def test_draws_are_from_their_parts_without_repeats() -> None:
    is_test = torch.arange(12) >= 8
    for seed in range(30):
        train, test, numbers = rows(
            DIGITS.model_copy(update={"train_items": 8, "test_items": 4}), is_test, 12, seed
        )
        assert sorted(train.tolist()) == list(range(8))
        assert sorted(test.tolist()) == [8, 9, 10, 11]
        assert torch.equal(numbers + 8, test)  # their rows in the test part
    chosen, held_out, numbers = rows(
        DIGITS.model_copy(update={"train_items": 5, "test_items": 3, "split": "validation"}),
        is_test,
        12,
        1,
    )
    assert sorted([*chosen.tolist(), *held_out.tolist()]) == list(range(8))
    assert torch.equal(numbers, held_out)  # of the training part, which comes first


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
    dataset = load_table(file(path, part="side", standardize=False), 3)
    for split, allowed in ((dataset.train, range(8)), (dataset.test, range(8, 12))):
        labels = split.targets["label"]
        assert set(labels.tolist()) <= set(allowed)
        assert split.inputs["inputs"].tolist() == [
            [2.0 * n, float(n) ** 2] for n in labels.tolist()
        ]
    assert dataset.train.inputs["inputs"].dtype == torch.float32
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
        SuiteError,
        match="a: expected a number in every row, got 1 missing of 12; leave these rows out",
    ):
        load_table(file(tmp_path / "holes.csv", part="side"), 0)


def test_another_file_is_another_question(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(tmp_path / "table.csv", index=False)

    def asked() -> str:
        digest = hashlib.sha256((tmp_path / "table.csv").read_bytes()).hexdigest()
        head, _, rest = DIGITS_TASK.partition("[data]")
        text = (
            f'{head}[data]\npath = "table.csv"\nsha256 = "{digest}"\ntrain_items = 4\ntest_items ='
            f" 2\n\n[protocol]{rest.partition('[protocol]')[2]}"
        )
        task = load_own(tmp_path, text)
        source_of(task.only_data_set).verify()
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
    dataset = load_function(
        function(tmp_path, monkeypatch, '{"train": (x, y), "test": (x[:2], y[:2])}', n=4), 7
    )
    assert dataset.train.inputs["inputs"].tolist() == [[7.0, 7.0]] * 4
    assert dataset.test.targets["label"].tolist() == [0, 1]
    assert (dataset.train.inputs["inputs"].dtype, dataset.train.targets["label"].dtype) == (
        torch.float32,
        torch.int64,
    )


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("x, y", 'expected {"train": (inputs, targets), "test": (inputs, targets)}, got tuple'),
        ('{"train": (x, y)}', "got dict ['train']"),
        ('{"train": x, "test": (x, y)}', "train: expected (inputs, targets), got ndarray"),
        (
            '{"train": (x, y[:2]), "test": (x, y)}',
            "expected as many rows in every input and target, got {'inputs': 6, 'label': 2}",
        ),
        (
            '{"train": (x, y), "test": (x[:, :1], y)}',
            "expected the same inputs and targets in train and test, got inputs (2,), label () and"
            " inputs (1,), label ()",
        ),
        (
            '{"train": (x, ["a"] * 6), "test": (x, y)}',
            "label: expected an array of numbers, got list",
        ),
        (
            '{"train": (x, 3), "test": (x, y)}',
            "expected an array with a row for each item, got a single number",
        ),
        ('{"train": (x[:0], y[:0]), "test": (x, y)}', "expected as many rows"),
    ],
)
def test_a_function_that_gives_nonsense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: str, message: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        load_function(function(tmp_path, monkeypatch, result), 0)
    assert message in str(caught.value)


def test_signs_are_classes_as_0_and_1_are() -> None:
    """A class's number is the place of its score, and there is no place -1."""
    train, test = class_numbers(torch.tensor([-1, 1, -1]), torch.tensor([1, 1]))
    assert (train.tolist(), test.tolist()) == ([0, 1, 0], [1, 1])
    for other in ([-1.0, 1.0], [-1, 0, 1], [0, 1], [1, 1]):
        (kept,) = class_numbers(torch.tensor(other))
        assert kept.tolist() == other
