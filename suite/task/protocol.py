"""What the arms of a task share, and what a job may take of a machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from suite.task.choices import STREAMS, Numerics, SequenceName, Stream
from suite.task.components import Loss
from suite.task.fields import Count, Frozen, Number, Positive, Sparse
from suite.task.seeds import parse_seeds
from suite.task.updates import Optimizer, Sampler, Schedule, Transform, refuse_not_built


class Protocol(Sparse):
    """What every arm shares.

    `threads` is the number of CPU threads of a run: another number gives
    other bits. `numerics`: "portable" keeps torch to what every x86-64 processor can do, for the
    same bits on all of them, and is slower. `vary` names the random streams that differ between
    seeds; the others are the same for all of them. There is no verdict on an arm of whose runs more
    than `max_failed_share` failed or diverged. `timeout_s`, `memory_bytes` and `gpu_share`: see
    `Limits`; an arm whose model is "package.module:factory" has limits in any case. `sequence`:
    how seeds are judged that are added until there is a verdict, by "t" where nothing is said;
    "betting" holds however the seeds are distributed, and takes more of them. `transform`:
    "package.module:function", which changes the inputs of each batch that is trained on. `sampler`:
    "balanced", or a function of the targets that gives each training item's weight: an epoch then
    draws as many items with replacement.
    """

    SPARSE = ("sequence", "transform", "sampler")

    seeds: Annotated[tuple[int, ...], BeforeValidator(parse_seeds)]
    epochs: Count
    batch_size: Count
    optimizer: Optimizer
    schedule: Schedule | None = None
    loss: Loss | None = None
    threads: Count = 1
    numerics: Numerics = "native"
    shared_initialisation: bool = False
    vary: tuple[Stream, ...] = STREAMS
    max_failed_share: Annotated[Number, Field(ge=0, lt=1)] = 0.1
    timeout_s: Positive | None = None
    memory_bytes: Count | None = None
    gpu_share: Annotated[Positive, Field(le=1)] = 1.0
    sequence: SequenceName | None = None
    transform: Transform | None = None
    sampler: Sampler | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_what_is_built(cls, values: Any) -> Any:
        return refuse_not_built(values)


class Limits(Frozen):
    """What a job may take of a machine.

    `timeout_s`: seconds without a further result. `memory_bytes`: private memory, torch's own 0.5
    GB or so included. `gpu_share`: the part of a graphics card; on a cluster, as many jobs share
    one as fit.

    Reaching one of the first two fails the run. None of the three changes a result that is there,
    so they are no part of its question.
    """

    timeout_s: float | None = None
    memory_bytes: int | None = None
    gpu_share: float = 1.0


USER_CODE_LIMITS = Limits(
    timeout_s=3600.0, memory_bytes=8 * 2**30
)  # where a task says nothing else

# What a task of commands leaves out, for a command has its own; no part of what its runs ask.
OF_COMMANDS: Mapping[str, Any] = {
    "epochs": 1,
    "batch_size": 1,
    "optimizer": {"name": "SGD", "lr": 1.0},
}
