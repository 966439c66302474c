"""One frozen record per run, for failed and diverged runs too."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

SCHEMA_VERSION: Literal[1] = 1  # of a record, the first

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

    block: str = ""

    @model_serializer(mode="wrap")
    def _leave_out_no_block(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        for name in ("block", "unforeseen"):
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


class Outcome(Record):
    """What a trainer gives back for one seed.

    `fault` of a failed one: the arm, or what it met outside (a limit, a kill).

    `metrics` of the last epoch; a metric that the arm does not have is absent. `history` holds a
    value an epoch, with None where it was not finite. `hashes` are SHA-256 over the bits of the
    initial weights, the final weights and the test outputs. `train_time_s` counts training steps
    alone, without evaluation, for `seeds_together` seeds at once; `first_epoch_s` is the part of
    the first epoch, in which kernels are chosen and a step is traced. `train_flops`: floating-point
    operations of one seed's matrix products and convolutions in the training that was asked for.
    """

    seed: int
    status: Status
    reason: str | None = None
    fault: Fault | None = None
    metrics: dict[str, float] = {}
    history: dict[str, tuple[float | None, ...]] = {}
    hashes: dict[str, str] = {}
    parameters: int | None = None
    model: ModelTable | None = None
    train_time_s: float | None = None
    first_epoch_s: float | None = None
    train_flops: int | None = None
    seeds_together: int = 1


class Result(Outcome, OnBlock):
    """An outcome with the question that it answers.

    `question` hashes the arm, protocol, metrics, data and source; `key` adds the seed;
    `environment` is the id of what else decides bits. `run_time_s` counts the data draw, training
    and evaluation, for `seeds_together` seeds at once. `peak_memory_bytes` is that of the job's
    process. `recorded_at` is in UTC; `made_by` names what does not decide bits. `unforeseen`: files
    of the user's project that the run read, or imported, and that its question does not hold: the
    digest of each, 16 hexadecimal digits, by its path in the project.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    task: str
    arm: str
    device: DeviceKind
    trainer: str
    key: str
    question: str
    environment: str
    run_time_s: float | None = None
    peak_memory_bytes: int | None = None
    recorded_at: str
    made_by: dict[str, str] = {}
    unforeseen: dict[str, str] = {}

    @property
    def cell(self) -> str:
        """The arm and the data set, by the name that a plan has for them."""
        return cell_name(self.arm, self.block)

    def sort_key(self) -> tuple[str, str, str, int, str, str]:
        """The order in which results are listed."""
        return self.task, self.arm, self.block, self.seed, self.device, self.environment
