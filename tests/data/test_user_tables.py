"""Tables as users have them: words, missing values, indices, and how many rows are taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import ValidationError
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from suite.analysis.study import Study
from suite.data.dataset import Dataset
from suite.data.user_files import load_table
from suite.errors import SuiteError
from suite.plan.plan import make_plan
from suite.reports.protocol import protocol_words
from suite.task.datasets import TableFile
from tests.data.test_user_data import file
from tests.support.own_code import load_own

ROWS = 40
Load = Callable[..., Dataset]


def passengers() -> pd.DataFrame:
    """40 rows with words, missing words and numbers; the label is `number % 2` as words."""
    number = np.arange(ROWS)
    frame: pd.DataFrame = pd.DataFrame(
        {
            "age": np.where(number % 7 == 0, np.nan, number * 1.5),
            "port": np.array(["Q", "C", "S"], dtype=object)[number % 3],
            "deck": [None if n % 4 == 0 else "AB"[n % 2] for n in range(ROWS)],
            "class": number % 5 % 3 + 1,
            "label": np.array(["no", "yes"], dtype=object)[number % 2],
            "side": ["train"] * 30 + ["test"] * 10,
        }
    )
    frame.loc[35, "port"] = "Z"  # a word of the test part alone
    return frame


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a frame that was written as a file, with the settings given."""

    def loaded(frame: pd.DataFrame, kind: str = "csv", seed: int = 3, **changes: object) -> Dataset:
        path = tmp_path / f"table.{kind}"
        if kind == "csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path)
        whole = {"train_items": None, "test_items": None}
        return load_table(file(path, **(whole | changes)), seed)

    return loaded


def by_row(frame: pd.DataFrame, dataset: Dataset) -> tuple[list[int], list[int]]:
    """The rows of the frame that the two sides have, by the column "row" that comes last."""
    train, test = (
        split.inputs["inputs"][:, -1].int().tolist() for split in (dataset.train, dataset.test)
    )
    assert len(train) + len(test) <= len(frame)
    return train, test


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("missing", ["mean", "median"])
def test_encoding_equals_that_of_scikit_learn_on_the_training_rows(
    load: Load, kind: str, missing: str
) -> None:
    frame = passengers().assign(row=np.arange(ROWS))
    columns = ["age", "port", "deck", "class", "row"]
    dataset = load(
        frame,
        kind,
        part="side",
        inputs=columns,
        standardize=False,
        encode={"categories": "one-hot", "missing": missing, "as_categories": ["class"]},
    )
    words = frame[["port", "deck", "class"]].astype(object)
    frame[["port", "deck", "class"]] = words.where(words.notna(), "~missing").astype(str)
    train, test = by_row(frame, dataset)
    transformer = ColumnTransformer(
        [
            ("age", SimpleImputer(strategy=missing), ["age"]),
            ("words", OneHotEncoder(handle_unknown="ignore"), ["port", "deck", "class"]),
            ("row", "passthrough", ["row"]),
        ],
        sparse_threshold=0,
    ).fit(frame.iloc[train])
    expected = torch.from_numpy(transformer.transform(frame.iloc[test])).float()
    found = dataset.test.inputs["inputs"]
    never_seen = (
        4  # the place of "Z": a column that is 0 in all rows, which scikit-learn leaves out
    )
    assert found[:, never_seen].eq(0).all()
    kept = [place for place in range(found.shape[1]) if place != never_seen]
    torch.testing.assert_close(found[:, kept], expected)
    assert dataset.test.targets["label"].tolist() == [row % 2 for row in test]  # no, yes


def test_ordinal_places_and_scaled_numbers_equal_those_of_scikit_learn(load: Load) -> None:
    frame = passengers()
    dataset = load(
        frame, part="side", inputs=["port", "deck", "age"],
        encode={"categories": "ordinal", "missing": "keep"},
    )  # fmt: skip
    ages = make_pipeline(StandardScaler()).fit(frame[["age"]][:30])
    places = OrdinalEncoder(
        categories=[["C", "Q", "S", "Z"], ["A", "B"]],
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        encoded_missing_value=-1,
    )
    words = frame[["port", "deck"]].copy()
    words.loc[35, "port"] = "never"  # in the training rows
    encoded = places.fit(words.fillna("A").replace("never", "Z")).transform(words.fillna("never"))
    seen = frame["age"][:30].notna().sum()
    scale = np.sqrt((seen - 1) / seen)  # scikit-learn divides by n, torch by n - 1
    expected = np.concatenate([encoded, ages.transform(frame[["age"]]) * scale], axis=1)
    found = torch.cat([dataset.train.inputs["inputs"], dataset.test.inputs["inputs"]])
    order = np.lexsort(np.nan_to_num(expected, nan=99).T)
    found_order = np.lexsort(np.nan_to_num(found.numpy(), nan=99).T)
    np.testing.assert_allclose(found.numpy()[found_order], expected[order], rtol=1e-5)


def test_the_test_rows_decide_nothing_of_the_encoding(load: Load) -> None:
    encode = {"categories": "one-hot", "missing": "mean"}
    frame = passengers()
    before = load(frame, part="side", encode=encode)
    frame.loc[30:, "age"] = 1e6
    frame.loc[30:, "deck"] = "A"
    after = load(frame, part="side", encode=encode)
    assert before.train.inputs["inputs"].equal(after.train.inputs["inputs"])
    assert not before.test.inputs["inputs"].equal(after.test.inputs["inputs"])


def test_the_width_is_that_of_the_file_under_every_seed(load: Load) -> None:
    frame = passengers()
    encode = {"categories": "one-hot", "missing": "median"}
    widths = {
        load(frame, seed=seed, part="side", train_items=3, encode=encode)
        .train.inputs["inputs"]
        .shape
        for seed in range(20)
    }
    assert widths == {(3, 1 + 4 + 3 + 1)}  # age, ports, decks and none, class


def test_ordered_categories_keep_their_order(load: Load) -> None:
    sizes = ["small", "large", "huge"]
    frame = pd.DataFrame(
        {"size": pd.Categorical(sizes * 4, sizes, ordered=True), "label": [0, 1] * 6}
    )
    dataset = load(frame, "parquet", encode={"categories": "ordinal"}, inputs=["size"])
    places = torch.cat([dataset.train.inputs["inputs"], dataset.test.inputs["inputs"]])
    assert sorted(places.flatten().tolist()) == [0] * 4 + [1] * 4 + [2] * 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, 'port: expected numbers, got words; add encode = { categories = "one-hot" }, or "ordinal"'),
        ({"inputs": ["age"]}, 'age: expected a number in every row, got 6 missing of 40; leave these'),
        ({"encode": {"missing": "mean"}}, 'port: expected numbers, got words; add categories = "one-hot"'),
        ({"encode": {"categories": "ordinal"}}, "age: expected a number in every row, got 6 missing"),
        ({"targets": ["deck"]}, "deck: expected a target in every row, got 10 missing of 40; leave"),
        ({"targets": ["age"]}, "age: expected a target in every row, got 6 missing of 40"),
        ({"part": "deck"}, "deck: expected the words train and test, got A, B, nothing"),
        ({"ignore": ["ports"]}, "expected one of age, port, deck, class, label, side, got 'ports'"),
        (
            {"encode": {"categories": "ordinal", "as_categories": ["clas"]}},
            "expected one of age, port, deck, class, label, side, got 'clas'",
        ),
    ],
)  # fmt: skip
def test_what_is_not_declared_is_refused_with_the_line_to_add(
    load: Load, changes: dict[str, object], message: str
) -> None:
    inputs = {"inputs": ["port", "age"]} if changes.get("encode") == {"missing": "mean"} else {}
    side = {"part": "side", "ignore": ["deck"]}
    if not changes:
        inputs = {"inputs": ["port", "age"]}
    with pytest.raises(SuiteError) as caught:
        load(passengers(), **(side | inputs | changes))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encode": {}}, "expected categories, missing or both, got neither"),
        ({"encode": {"missing": "mean", "as_categories": ["a"]}}, "as_categories: expected categories"),
        ({"encode": {"categories": "hash"}}, "'one-hot' or 'ordinal'"),
        ({"inputs": ["a", "label"]}, "inputs: expected no target or part among them, got label"),
        ({"inputs": ["a", "a"]}, "inputs: expected each column once, got a, a"),
        ({"inputs": {"x": []}}, "inputs: expected a column or more for every input, got none"),
        ({"path": "t.parquet", "na_values": ["?"]}, "na_values: expected a CSV file"),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_be_is_refused_when_it_is_read(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        TableFile.model_validate({"name": "file", "path": "t.csv", "sha256": "0" * 64} | changes)


def test_an_index_is_no_feature(load: Load, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": np.arange(12) * 2.0, "label": [0, 1] * 6}, index=np.arange(12) + 5)
    frame.to_csv(tmp_path / "indexed.csv")
    dataset = load_table(file(tmp_path / "indexed.csv"), 0)
    assert dataset.train.inputs["inputs"].shape == (4, 1)
    assert load(frame, "parquet").train.inputs["inputs"].shape == (8, 1)


def test_columns_that_only_tell_rows_apart_are_refused_until_named(load: Load) -> None:
    frame = passengers().drop(columns=["port", "deck", "age"])
    frame = frame.assign(id=np.arange(ROWS) + 1)
    with pytest.raises(
        SuiteError,
        match=r'id: expected a feature, got a column that counts the rows from 1; add ignore = \["id"\]',
    ):
        load(frame.sample(frac=1, random_state=1), part="side")
    assert load(frame, part="side", ignore=["id"]).train.inputs["inputs"].shape == (30, 1)
    assert load(frame, part="side", inputs=["class", "id"]).train.inputs["inputs"].shape == (30, 2)
    with pytest.raises(SuiteError, match="expected a column for the input, got none beside"):
        load(frame, part="side", ignore=["id", "class"])
    frame["id"] = [f"passenger {n}" for n in range(ROWS)]
    with pytest.raises(SuiteError, match="got a column with 40 different words in 40 rows"):
        load(frame, part="side", encode={"categories": "one-hot"})


def test_words_for_missing_are_read_as_declared(load: Load) -> None:
    frame = pd.DataFrame({"a": ["1", "?", *map(str, range(2, 12))], "label": [0, 1] * 6})
    with pytest.raises(
        SuiteError, match=r"a: expected numbers or words, got both, such as 1 and \?"
    ):
        load(frame, encode={"categories": "one-hot"}, inputs=["a"])
    dataset = load(frame, encode={"missing": "keep"}, na_values=["?"], standardize=False)
    values = torch.cat([dataset.train.inputs["inputs"], dataset.test.inputs["inputs"]])
    assert values.isnan().sum() == 1


def test_words_that_are_numbers_are_in_their_order(load: Load) -> None:
    frame = pd.DataFrame({"a": ["10", "9", "2"] * 4, "label": ["2", "10", "1"] * 4})
    dataset = load(frame, "parquet", inputs=["a"], encode={"categories": "ordinal"})
    pairs = torch.cat([dataset.train.inputs["inputs"][:, 0], dataset.test.inputs["inputs"][:, 0]])
    labels = torch.cat([dataset.train.targets["label"], dataset.test.targets["label"]])
    assert {(int(a), int(label)) for a, label in zip(pairs, labels, strict=True)} == {
        (2, 1),  # 10 and 2
        (1, 2),  # 9 and 10
        (0, 0),  # 2 and 1
    }


def test_columns_are_what_pandas_says_they_are(load: Load) -> None:
    label = [0, 1] * 6
    flags = {
        "csv": [True, False, None] * 4,
        "parquet": pd.array([True, False, None] * 4, "boolean"),
    }
    for kind, flag in flags.items():
        frame = pd.DataFrame({"a": flag, "label": label})
        dataset = load(frame, kind, encode={"missing": "keep"}, standardize=False)
        values = torch.cat([dataset.train.inputs["inputs"], dataset.test.inputs["inputs"]])
        assert sorted(values[values.isfinite()].tolist()) == [0.0] * 4 + [1.0] * 4
    days = pd.date_range("2020-01-01", periods=12)
    for dates in (days, days.tz_localize("UTC"), days.date, days - days[0]):
        with pytest.raises(SuiteError, match="a: expected numbers, got dates; write them as numb"):
            load(pd.DataFrame({"a": dates, "label": label}), "parquet", encode={"missing": "mean"})
    prices = [Decimal("1.5"), None, Decimal("2.5")] * 4
    priced = load(
        pd.DataFrame({"a": prices, "label": label}), "parquet",
        encode={"missing": "mean"}, standardize=False,
    )  # fmt: skip
    assert {1.5, 2.5} <= set(priced.train.inputs["inputs"].flatten().tolist())
    with pytest.raises(SuiteError, match="a: expected a number or a word in every row, got a list"):
        load(pd.DataFrame({"a": [[1, 2]] * 12, "label": label}), "parquet")
    with pytest.raises(SuiteError, match="label: expected numbers or words, got both, such as 1"):
        load(pd.DataFrame({"a": np.ones(12), "label": ["1", "2", "?"] * 4}))


def test_arrays_of_other_lengths_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.ones(12), label=np.arange(11), once=np.array(3))
    with pytest.raises(SuiteError, match="as many rows in every array, got 12 of a, 11 of label"):
        load_table(file(tmp_path / "x.npz", inputs=["a"]), 0)
    with pytest.raises(SuiteError, match="got 12 of a, 0 of once, 11 of label"):
        load_table(file(tmp_path / "x.npz"), 0)


def test_items_left_out_mean_all(load: Load) -> None:
    frame = passengers().assign(row=np.arange(ROWS))
    settings = {"part": "side", "inputs": ["row"], "standardize": False}
    train, test = by_row(frame, load(frame, **settings))
    assert sorted(train) == list(range(30))
    assert sorted(test) == list(range(30, 40))
    for amounts, expected in (
        ({}, (20, 10)),
        ({"train_items": 22}, (22, 8)),
        ({"test_items": 4}, (26, 4)),
    ):
        train, test = by_row(frame, load(frame, split="validation", **settings, **amounts))
        assert (len(train), len(test)) == expected
        assert sorted([*train, *test]) == list(range(30))
    with pytest.raises(SuiteError, match="got all for training and 30 for test"):
        load(frame, split="validation", test_items=30, **settings)


TASK = """
schema = 1
version = 1
question = "Is a forest better than boosting?"
source = "a test"

[data]
path = "table.csv"
sha256 = "{digest}"
part = "side"
{encode}

[protocol]
seeds = "0-2"
epochs = 1
batch_size = 8
loss = {{ CrossEntropyLoss = 1.0 }}
optimizer = {{ name = "SGD", lr = 0.1 }}

[arms.forest]
train = "suite.training.estimators:train"
model = "sklearn.ensemble:RandomForestClassifier"
arguments = {{ n_estimators = 3 }}

[arms.boosting]
train = "suite.training.estimators:train"
model = "sklearn.ensemble:HistGradientBoostingClassifier"

[metrics.accuracy]
direction = "higher"
"""


def test_the_recipe_is_part_of_the_question_and_in_the_report(tmp_path: Path) -> None:
    passengers().to_csv(tmp_path / "table.csv", index=False)
    digest = hashlib.sha256((tmp_path / "table.csv").read_bytes()).hexdigest()
    recipes = (
        'encode = { categories = "one-hot", missing = "mean" }',
        'encode = { categories = "one-hot", missing = "median" }',
        'encode = { categories = "ordinal", missing = "keep", as_categories = ["class"] }',
    )
    asked, said = set(), []
    for recipe in recipes:
        task = load_own(tmp_path, TASK.format(digest=digest, encode=recipe))
        asked.add(make_plan(task, device="cpu").questions["forest"])
        said.append(protocol_words(Study(task, "cpu", "here", {})).rpartition("; ")[2])
    assert len(asked) == 3
    assert said[0] == (
        "table.csv: words encoded one-hot, missing numbers replaced by the mean, learned from"
        " training items alone."
    )
    assert said[2].startswith("table.csv: words and class encoded ordinal, missing numbers kept, ")
