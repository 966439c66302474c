"""What a task names and does not define: data, optimiser, learning-rate schedule, terms of a loss,
metrics.

Names of torch, torchmetrics and of users' code are checked where a plan is made
(suite.provenance.signatures), without an import.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from suite.task.fields import AtLeastTwo, Count, Frozen, Number, Positive, Text, finite

TORCH_NAME = r"[A-Z]\w{0,63}"
Arguments = Annotated[dict[str, Any], AfterValidator(finite)]


class MnistPairs(Frozen):
    """Pairs of digits; target: is the first lesser than or equal to the second? `split =
    "validation"` tests on pairs drawn from the training file instead of the test file: for choosing
    a protocol without looking at the test set."""

    name: Literal["mnist-pairs"]
    train_pairs: Count
    test_pairs: Count
    split: Literal["test", "validation"] = "test"


class MnistDigits(Frozen):
    """Single digits, drawn and scaled as `MnistPairs` are."""

    name: Literal["mnist-digits"]
    train_digits: AtLeastTwo
    test_digits: Count
    split: Literal["test", "validation"] = "test"


class Disc(Frozen):
    """Points in the unit square, inside (1) or outside (0) a disc of area 1/2 around its centre."""

    name: Literal["disc"]
    train_points: AtLeastTwo
    test_points: Count
    split: Literal["test", "validation"] = "test"


class Images(Frozen):
    """Labelled images through torchvision: targets "label". `size`: resized to so many rows and
    columns. `channels`: 3 makes grey images coloured, 1 takes the mean of the colours. `part`
    chooses one of EMNIST's."""

    name: Literal["fashion-mnist", "kmnist", "emnist", "cifar10"]
    train_items: AtLeastTwo
    test_items: Count
    split: Literal["test", "validation"] = "test"
    size: Annotated[int, Field(ge=4, le=512)] | None = None
    channels: Literal[1, 3] | None = None
    part: Literal["balanced", "letters", "digits", "byclass", "bymerge", "mnist"] = "balanced"


class Digits(Frozen):
    """scikit-learn's 1,797 digits of 8x8: inputs (N, 1, 8, 8), targets "label". A third of them is
    the test part."""

    name: Literal["digits"]
    train_items: AtLeastTwo
    test_items: Count
    split: Literal["test", "validation"] = "test"


class TableFile(Frozen):
    """A file beside the task, of exactly these bytes: NPZ (arrays by name), CSV or Parquet
    (columns).

    `inputs`: the names that make up the input, in this order, or several inputs by name; all that
    are not named otherwise, if left out. `part` names a column that says "train" or "test" of every
    row; without it, a third is the test part, the same third always. Training and test items are
    drawn from their parts, anew for every seed.
    """

    name: Literal["file"]
    path: Text
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    inputs: tuple[str, ...] | dict[str, tuple[str, ...]] = ()
    targets: Annotated[tuple[str, ...], Field(min_length=1)] = ("label",)
    part: Text | None = None
    train_items: AtLeastTwo
    test_items: Count
    split: Literal["test", "validation"] = "test"
    standardize: bool = True
    _folder: Path = PrivateAttr(Path())

    def resolve_from(self, folder: Path) -> None:
        """Says where the task's file lies: a relative path starts there."""
        self._folder = folder.absolute()

    @property
    def file(self) -> Path:
        """Where the file is."""
        return self._folder / self.path


class FunctionData(Frozen):
    """`load`: "package.module:function", called with the seed of the data draw and `arguments`; see
    suite.data.user_functions."""

    name: Literal["function"]
    load: Text
    arguments: Arguments = {}


def _named_data(value: Any) -> Any:
    """The table that a short form of `data` stands for: "my_data:load", or a table with `load` or
    `path` and no name."""
    if isinstance(value, str):
        return {"name": "function", "load": value} if ":" in value else {"name": value}
    if isinstance(value, Mapping) and "name" not in value:
        if "load" in value:
            return {"name": "function", **value}
        if "path" in value:
            return {"name": "file", **value}
    return value


Data = Annotated[
    MnistPairs | MnistDigits | Disc | Images | Digits | TableFile | FunctionData,
    Field(discriminator="name"),
    BeforeValidator(_named_data),
]


class Optimizer(Frozen):
    """torch.optim's optimiser of that name, with its arguments. Of Adam and SGD the usual ones are
    fields; whatever else is given goes to `arguments`, and what is not given is as torch has it."""

    name: Annotated[str, Field(pattern=f"^{TORCH_NAME}$")]
    lr: Positive
    momentum: Annotated[Number, Field(ge=0)] = 0.0
    weight_decay: Annotated[Number, Field(ge=0)] = 0.0
    arguments: Arguments | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather_arguments(cls, values: Any) -> Any:
        usual = {"name", "lr", "momentum", "weight_decay"}
        if not isinstance(values, Mapping) or "lr" not in values or "arguments" in values:
            return values
        if values.get("name") in ("Adam", "SGD") and values.keys() <= usual:
            return values
        rest = {key: value for key, value in values.items() if key not in ("name", "lr")}
        return {"name": values.get("name"), "lr": values["lr"], "arguments": rest}

    @model_validator(mode="after")
    def _momentum_is_for_sgd(self) -> Optimizer:
        if self.momentum and self.name != "SGD":
            raise ValueError(f"momentum: expected only with SGD, got {self.name}")
        return self


class Schedule(Frozen):
    """torch.optim.lr_scheduler's schedule of that name, with its arguments, one step every epoch or
    every step of the optimiser."""

    name: Annotated[str, Field(pattern=f"^{TORCH_NAME}$")]
    every: Literal["epoch", "step"] = "epoch"
    arguments: Arguments = {}

    @model_validator(mode="before")
    @classmethod
    def _gather_arguments(cls, values: Any) -> Any:
        if isinstance(values, str):
            return {"name": values}
        if not isinstance(values, Mapping) or "arguments" in values:
            return values
        own = {key: value for key, value in values.items() if key in ("name", "every")}
        return own | {"arguments": {key: value for key, value in values.items() if key not in own}}

    @model_validator(mode="after")
    def _needs_no_measure(self) -> Schedule:
        if self.name == "ReduceLROnPlateau":
            raise ValueError(
                "name: ReduceLROnPlateau looks at results on held-out data while training; name"
                " another"
            )
        return self


class Term(Frozen):
    """A term of a loss: torch.nn's loss of that name, or "package.module:function" of outputs and
    targets by name. `output` and `target`: which of several it is of; left out, the first target
    and the output of its name, or the only one."""

    name: Text
    factor: Positive = 1.0
    output: Text | None = None
    target: Text | None = None
    arguments: Arguments = {}


def _terms(value: Any) -> Any:
    """The terms by label, each a weight or a `Term`. Raises ValueError."""
    if isinstance(value, str):
        value = {value: 1.0}
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a name or a table of names with weights, got {value!r:.80}")
    return {str(label): _term(str(label), one) for label, one in value.items()}


def _term(label: str, value: Any) -> float | Term:
    if isinstance(value, Term):
        return value
    if isinstance(value, Mapping):
        try:
            return Term.model_validate({"name": label, **value})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join([label, *map(str, first["loc"])])
            raise ValueError(f"{place}: {first['msg'].removeprefix('Value error, ')}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"{label}: expected a weight above 0 or a table, got {value!r:.80}")
    return float(value)


Loss = Annotated[dict[str, float | Term], BeforeValidator(_terms)]


class Metric(Frozen):
    """`margin`: a difference smaller than this does not matter, in the metric's own unit. A ratio
    prints as percent.

    `name`: torchmetrics' metric of that name with `arguments`, "package.module:function" of outputs
    and targets by name, or "reported": what an arm's own training loop gives under the metric's
    key. Without it the key names a metric of the suite. `output` and `target` as of a `Term`.
    """

    direction: Literal["higher", "lower"]
    margin: Positive | None = None
    unit: Literal["ratio", "none"] = "ratio"
    name: Text | None = None
    output: Text | None = None
    target: Text | None = None
    arguments: Arguments = {}
