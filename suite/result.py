"""One frozen record per run, for failed and diverged runs too, and what its fields may hold.

Records come from strangers: the types of their names, ids, texts and numbers are here, for
certificates and documents too. What holds them can go into a page, a terminal or the name of a
file.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    Strict,
    ValidationError,
    model_serializer,
)

from suite.errors import visible

SCHEMA_VERSION: Literal[1] = 1  # of a record, the first
NAME_PATTERN = r"[a-z0-9][a-z0-9._-]{0,63}"
MAX_SEED = (
    2**32 - 1
)  # torch's CPU generator is 32 bits wide: a higher seed would repeat a lower one
MAX_REFUSAL = 300  # characters, for a refusal may quote what it is about


def _shown_as_it_is(text: str) -> str:
    """The text, if every output shows it as it is. Raises ValueError."""
    if visible(text, keep="\n\t") != text:
        strange = next(letter for letter in text if visible(letter, keep="\n\t") != letter)
        raise ValueError(f"expected printable text, got {strange!a} in it")
    return text


def _on_one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("expected one line of text")
    return text


def _made_visible(text: Any) -> Any:
    """The text on one line, with what no output shows as escapes."""
    return visible(text) if isinstance(text, str) else text


def _moment(text: str) -> str:
    """The text, if it is a time. Raises ValueError."""
    datetime.fromisoformat(text)
    return text


Name = Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]
MetricName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,63}$")]
BlockName = Annotated[str, Field(pattern=f"^({NAME_PATTERN})?$")]  # "" where there is one data set
Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,199}$")]
Words = Annotated[str, Field(max_length=20_000), AfterValidator(_shown_as_it_is)]
Line = Annotated[
    str, Field(max_length=4_000), AfterValidator(_shown_as_it_is), AfterValidator(_on_one_line)
]
Shown = Annotated[str, BeforeValidator(_made_visible), Field(max_length=4_000)]  # of a program
Moment = Annotated[str, Field(max_length=40), AfterValidator(_moment)]  # ISO 8601
Seed = Annotated[int, Strict(), Field(ge=0, le=MAX_SEED)]
Natural = Annotated[int, Strict(), Field(ge=0, lt=2**63)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Duration = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def refusal(error: ValidationError) -> str:
    """The first thing that is wrong, as `field: why`, in one line of bounded length."""
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(map(str, first["loc"]))
    why = first["msg"].removeprefix("Value error, ")
    return visible(f"{field:.{MAX_REFUSAL}}{': ' if field else ''}{why:.{MAX_REFUSAL}}")


Status = Literal["ok", "diverged", "failed"]
Fault = Literal["arm", "outside"]
DeviceKind = Literal["cpu", "cuda"]


class Record(BaseModel):
    """Immutable; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def cell_name(arm: str, block: str) -> str:
    """What an arm on a data set is called: by the arm alone where the task has one data set."""
    return f"{arm}@{block}" if block else arm


class OnBlock(Record):
    """What was measured on one data set of a task.

    `block` is the label of the data set. It is "" where the task has only one, and is left out of
    what is written, as the unforeseen files of a result are where there are none.
    """

    LEFT_OUT_EMPTY: ClassVar[tuple[str, ...]] = ("block",)

    block: BlockName = ""

    @model_serializer(mode="wrap")
    def _leave_out_empty(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        for name in self.LEFT_OUT_EMPTY:
            if not fields.get(name):
                fields.pop(name, None)
        return fields


class Layer(Record):
    """One row of a parameter table. `output_shape` is without the batch axis."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int


class ModelTable(Record):
    """The layers of a model, in the order in which data passes, and its memory.

    The memory is what torchinfo estimates for one item, in bytes.
    """

    layers: tuple[Layer, ...]
    total_parameters: int
    trainable_parameters: int
    input_bytes: int
    forward_backward_bytes: int
    parameter_bytes: int

    def digest(self) -> str:
        """16 hexadecimal digits that stand for the table."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


class ReadNumber(Record):
    """Where a command's number stood, such as "epoch 3 val_acc=93.1%".

    `form`: "%" or "/" where it was a share, or the unit that it had; numbers of different forms do
    not compare.
    """

    where: Shown
    form: Shown = ""


class Outcome(Record):
    """What a trainer gives back for one seed.

    `fault` of a failed one: the arm, or what it met outside (a limit, a kill). `traceback`: of what
    was raised in the user's code.

    `metrics` of the last epoch; a metric that the arm does not have is absent. `history` holds a
    value an epoch, with None where it was not finite. `hashes` are SHA-256 over the bits of the
    initial weights, the final weights and the test outputs. `train_time_s` counts training steps
    alone, without evaluation, for `seeds_together` seeds at once; `first_epoch_s` is the part of
    the first epoch, in which kernels are chosen and a step is traced. `predict_time_s`: to predict
    all test items once, after the training. `train_flops`: floating-point
    operations of one seed's matrix products and convolutions in the training that was asked for.
    `readings`: of a command, where each metric stood. `items`: the name of the document of its test
    items' values (suite.store.items), and `items_document` that document, until it is stored.
    `notes`: what else a reader must know of a run, each without a full stop. `items_metric`: whose
    values those are; `test_set`: digits that are equal where runs were tested on the same items.
    """

    seed: int
    status: Status
    reason: str | None = None
    fault: Fault | None = None
    traceback: str = ""
    metrics: dict[str, float] = {}
    history: dict[str, tuple[float | None, ...]] = {}
    hashes: dict[str, str] = {}
    parameters: int | None = None
    model: ModelTable | None = None
    train_time_s: float | None = None
    first_epoch_s: float | None = None
    predict_time_s: float | None = None
    train_flops: int | None = None
    seeds_together: int = 1
    readings: dict[str, ReadNumber] = {}
    items: str | None = None
    items_document: dict[str, str | None] | None = None
    notes: tuple[str, ...] = ()
    items_metric: str | None = None
    test_set: str | None = None


def _checked_table(table: ModelTable | None) -> ModelTable | None:
    """The table, if its names are lines and its numbers counts. Raises ValueError."""
    for layer in table.layers if table else ():
        for text in (layer.name, layer.kind):
            _on_one_line(_shown_as_it_is(text))
        _require_counts(*layer.output_shape, layer.parameters)
    if table:
        _require_counts(*table.model_dump(exclude={"layers"}).values())
    return table


def _require_counts(*numbers: int) -> None:
    if any(not 0 <= number < 2**63 for number in numbers):
        raise ValueError("expected counts from 0 to 2**63 - 1")


class Result(Outcome, OnBlock):
    """An outcome with the question that it answers.

    `question` hashes the arm, protocol, metrics, data and source; `key` adds the seed;
    `environment` is the id of what else decides bits. `run_time_s` counts the data draw, training
    and evaluation, for `seeds_together` seeds at once. `peak_memory_bytes` is that of the job's
    process. `recorded_at` is in UTC; `made_by` names what does not decide bits. `unforeseen`: files
    of the user's project that the run read, or imported, and that its question does not hold: the
    digest of each, 16 hexadecimal digits, by its path in the project. `measured_costs`: the metrics
    that are times or memory.
    """

    LEFT_OUT_EMPTY: ClassVar[tuple[str, ...]] = (
        "block",
        "traceback",
        "readings",
        "items",
        "items_document",
        "notes",
        "items_metric",
        "test_set",
        "unforeseen",
        "predict_time_s",
        "measured_costs",
    )

    seed: Seed
    reason: Words | None = None
    traceback: Words = ""
    metrics: dict[MetricName, Finite] = {}
    history: dict[Line, tuple[Finite | None, ...]] = {}
    hashes: dict[Words, Line] = {}
    parameters: Natural | None = None
    model: Annotated[ModelTable | None, AfterValidator(_checked_table)] = None
    train_time_s: Duration | None = None
    first_epoch_s: Duration | None = None
    predict_time_s: Duration | None = None
    train_flops: Natural | None = None
    seeds_together: Annotated[Natural, Field(ge=1)] = 1
    items: Id | None = None
    notes: tuple[Shown, ...] = ()
    items_metric: MetricName | None = None
    test_set: Id | None = None
    schema_version: Literal[1] = SCHEMA_VERSION
    task: Name
    arm: Name
    device: DeviceKind
    trainer: Name
    key: Id
    question: Id
    environment: Id
    run_time_s: Duration | None = None
    peak_memory_bytes: Natural | None = None
    recorded_at: Moment
    made_by: dict[Line, Line] = {}
    unforeseen: dict[Line, Id] = {}
    measured_costs: tuple[MetricName, ...] = ()

    @property
    def repeatable(self) -> Result:
        """The result without metrics of time and memory, which no repetition gives again."""
        metrics = {k: v for k, v in self.metrics.items() if k not in self.measured_costs}
        return self.model_copy(update={"metrics": metrics}) if self.measured_costs else self

    @property
    def cell(self) -> str:
        """The arm and the data set, by the name that a plan has for them."""
        return cell_name(self.arm, self.block)

    def sort_key(self) -> tuple[str, str, str, int, str, str]:
        """The order in which results are listed."""
        return self.task, self.arm, self.block, self.seed, self.device, self.environment
