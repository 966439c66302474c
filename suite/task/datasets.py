"""The data of a task: which dataset, how much of it, and which losses and metrics it allows.

A task over several data sets has a list of them, each with a label of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PrivateAttr, Tag, model_validator

from suite.task.choices import TestPart
from suite.task.fields import NAME_PATTERN, Arguments, AtLeastTwo, Count, Frozen, Name, Text

# Which losses and metrics of suite.training.losses and suite.training.metrics the targets of a
# dataset allow, by name, so that a task can be read without torch (a test compares these with the
# functions).
LOSS_NAMES = {
    "mnist-pairs": ["digit_cross_entropy", "target_cross_entropy"],
    "mnist-digits": ["digit_cross_entropy"],
    "disc": ["half_squared_error"],
}
LABEL_LOSSES = ["half_squared_error"]  # of any data with the target "label"
METRIC_NAMES = {
    "mnist-pairs": [
        "digit_accuracy",
        "digit_accuracy_first",
        "digit_accuracy_second",
        "target_accuracy",
        "target_accuracy_head",
    ],
    "mnist-digits": ["digit_accuracy"],
    "disc": ["accuracy"],
}
LABEL_METRICS = ["accuracy"]


class MnistPairs(Frozen):
    """Pairs of digits. The target says whether the first is lesser than or equal to the second.

    `split = "validation"` tests on pairs drawn from the training file instead of the test file: for
    choosing a protocol without looking at the test set.
    """

    name: Literal["mnist-pairs"]
    train_pairs: Count
    test_pairs: Count
    split: TestPart = "test"


class MnistDigits(Frozen):
    """Single digits, drawn and scaled as `MnistPairs` are."""

    name: Literal["mnist-digits"]
    train_digits: AtLeastTwo
    test_digits: Count
    split: TestPart = "test"


class Disc(Frozen):
    """Points in the unit square, inside (1) or outside (0) a disc of area 1/2 around its centre."""

    name: Literal["disc"]
    train_points: AtLeastTwo
    test_points: Count
    split: TestPart = "test"


class Images(Frozen):
    """Labelled images through torchvision: targets "label".

    `size`: resized to so many rows and columns. `channels`: 3 makes grey images coloured, 1 takes
    the mean of the colours. `part` chooses one of EMNIST's.
    """

    name: Literal["fashion-mnist", "kmnist", "emnist", "cifar10"]
    train_items: AtLeastTwo
    test_items: Count
    split: TestPart = "test"
    size: Annotated[int, Field(ge=4, le=512)] | None = None
    channels: Literal[1, 3] | None = None
    part: Literal["balanced", "letters", "digits", "byclass", "bymerge", "mnist"] = "balanced"


class Digits(Frozen):
    """scikit-learn's 1,797 digits of 8x8: inputs (N, 1, 8, 8), targets "label".

    A third of them is the test part.
    """

    name: Literal["digits"]
    train_items: AtLeastTwo
    test_items: Count
    split: TestPart = "test"


class Encoding(Frozen):
    """How columns of words and missing numbers become numbers, learned from training items alone.

    `categories`: of words, and of the number columns in `as_categories`. "one-hot": a column for
    each word of the file, and one for missing. "ordinal": the place of each word in order, -1 for
    missing. A word that the training items do not have is 0 in all columns, or -1. `missing`: what
    stands for a missing number, the mean or median of the training items; "keep" leaves nan, for
    models that take it.
    """

    categories: Literal["one-hot", "ordinal"] | None = None
    missing: Literal["mean", "median", "keep"] | None = None
    as_categories: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Encoding:
        if self.categories is None and self.missing is None:
            raise ValueError("expected categories, missing or both, got neither")
        if self.as_categories and self.categories is None:
            raise ValueError('as_categories: expected categories = "one-hot" or "ordinal" with it')
        return self


class TableFile(Frozen):
    """A file beside the task, of exactly these bytes: NPZ, CSV or Parquet.

    NPZ has arrays by name, CSV and Parquet have columns. `inputs`: the names that make up the
    input, in this order, or several inputs by name; if left out, all that are not named otherwise,
    in `ignore` for one, and that are no index. `encode`: how words and missing numbers become
    numbers; without it there may be none. `na_values`: words of a CSV that mean missing, beside
    those that pandas knows. `part` names a column that says "train" or "test" of every row; without
    it, a third is the test part, the same third always. Training and test items are drawn from
    their parts, anew for every seed; all of them where their number is left out.
    """

    name: Literal["file"]
    path: Text
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    inputs: tuple[str, ...] | dict[str, tuple[str, ...]] = ()
    targets: Annotated[tuple[str, ...], Field(min_length=1)] = ("label",)
    part: Text | None = None
    ignore: tuple[str, ...] = ()
    encode: Encoding | None = None
    na_values: tuple[str, ...] = ()
    train_items: AtLeastTwo | None = None
    test_items: Count | None = None
    split: TestPart = "test"
    standardize: bool = True
    _folder: Path = PrivateAttr(Path())

    @model_validator(mode="after")
    def _columns_are_named_once(self) -> TableFile:
        others = {*self.targets, *([self.part] if self.part else [])}
        given = self.inputs.values() if isinstance(self.inputs, dict) else [self.inputs]
        for names in given:
            if taken := others.intersection(names):
                raise ValueError(f"inputs: expected no target or part among them, got {min(taken)}")
            if len(set(names)) < len(names):
                raise ValueError(f"inputs: expected each column once, got {', '.join(names)}")
        if isinstance(self.inputs, dict) and not all(given):
            raise ValueError("inputs: expected a column or more for every input, got none")
        if self.na_values and not self.path.endswith(".csv"):
            raise ValueError("na_values: expected a CSV file, which has words for missing")
        return self

    def resolve_from(self, folder: Path) -> None:
        """Sets the folder in which a relative path starts: that of the task's file."""
        self._folder = folder.absolute()

    @property
    def file(self) -> Path:
        """The file's path."""
        return self._folder / self.path


class FunctionData(Frozen):
    """Data that the user's function `load` returns, given as "package.module:function".

    It is called with the seed of the data draw and `arguments`; see suite.data.user_functions.
    """

    name: Literal["function"]
    load: Text
    arguments: Arguments = {}


class NoData(Frozen):
    """None: commands find their data by themselves."""

    name: Literal["none"] = "none"


def _named_data(value: Any) -> Any:
    """The table that a short form of `data` stands for.

    Short forms: "my_data:load", a dataset's name, or a table with `load` or `path` and no name.
    """
    if isinstance(value, str):
        return {"name": "function", "load": value} if ":" in value else {"name": value}
    if isinstance(value, Mapping) and "name" not in value:
        if "load" in value:
            return {"name": "function", **value}
        if "path" in value:
            return {"name": "file", **value}
    return value


Data = Annotated[
    MnistPairs | MnistDigits | Disc | Images | Digits | TableFile | FunctionData | NoData,
    Field(discriminator="name"),
    BeforeValidator(_named_data),
]


def _by_label(value: Any) -> Any:
    """The data sets of a list by their labels, in its order. Raises ValueError.

    What a stored task has, they by their labels, stays as it is.
    """
    if not isinstance(value, list | tuple):
        return value
    if len(value) < 2:
        raise ValueError(f"expected two data sets or more in a list, got {len(value)}; use [data]")
    by_label: dict[str, Any] = {}
    for number, item in enumerate(value, start=1):
        named = _named_data(item)
        if not isinstance(named, Mapping) or "name" not in named:
            raise ValueError(
                f"data set {number}: expected a table with a name, a path or load, got {item!r:.80}"
            )
        label = named.get("label", _default_label(named))
        if not isinstance(label, str) or not re.fullmatch(NAME_PATTERN, label):
            raise ValueError(
                f"data set {number}: expected a label like my-data (small letters, digits, . _ -),"
                f" got {label!r:.80}; add label"
            )
        if label in by_label:
            raise ValueError(
                f"data set {number}: expected a label of its own, got {label!r} again; add label"
            )
        by_label[label] = {key: part for key, part in named.items() if key != "label"}
    return by_label


def _default_label(data: Mapping[Any, Any]) -> Any:
    """What a data set is called without a label: its name, or that of its file without ending."""
    path = data.get("path")
    return Path(path).stem if data["name"] == "file" and isinstance(path, str) else data["name"]


def _how_many(value: Any) -> Literal["one", "several"]:
    """Whether `data` is one data set or several: a list, or tables by their labels."""
    parts = value.values() if isinstance(value, Mapping) else ()
    by_label = bool(parts) and all(
        isinstance(part, Frozen) or (isinstance(part, Mapping) and "name" in part) for part in parts
    )
    return "several" if isinstance(value, list | tuple) or by_label else "one"


DataSets = Annotated[dict[Name, Data], BeforeValidator(_by_label)]
TaskData = Annotated[
    Annotated[Data, Tag("one")] | Annotated[DataSets, Tag("several")], Discriminator(_how_many)
]
