"""The arms of a task: the things compared, as they are declared and with the protocol filled in."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from suite.task.choices import Numerics, Stream, Trainer, TrainerChoice
from suite.task.commands import Command
from suite.task.components import Loss
from suite.task.fields import Arguments, Count, Frozen, Name, Sparse, Text
from suite.task.measured import Measured
from suite.task.updates import (
    OF_ALL_OPTIMIZERS,
    Optimizer,
    Sampler,
    Schedule,
    Transform,
    refuse_not_built,
)


class Arm(Sparse):
    """One of the things compared: a model and what differs from the protocol.

    `trainer`: "autograd" trains one seed after another, "vectorized" all seeds of a job at once,
    "manual" by the framework that is written by hand, "portable" by the engine whose bits are the
    same on every processor; "auto": the faster of the first two, as measured before its first run,
    or with portable numerics the engine where it has a kernel for every layer. "own": by `train`.

    `model` is a name in suite.models.registry.MODELS or "package.module:factory"; `arguments` go to
    its factory. `train`: "package.module:function", a training loop of the arm's own
    (suite.training.custom says what it is given and gives), which may do without a model. `levels`:
    the arm's level of every factor, by the factor's name, where the arms of a task are all
    combinations of two-level factors.

    `command`: any program, in the place of a model: a line, words, or a table of the fields of
    suite.task.commands.Command.

    `measured`: that the runs were measured elsewhere, in the place of a model.

    `at`: where the arm stands in a sweep, by the names of its axes (suite.task.sweeps).
    """

    SPARSE = ("command", "measured", "at", "transform", "sampler")

    model: Text
    train: Text | None = None
    arguments: Arguments = {}
    trainer: TrainerChoice = "auto"
    loss: Loss | None = None
    epochs: Count | None = None
    batch_size: Count | None = None
    optimizer: Optimizer | None = None
    schedule: Schedule | None = None
    transform: Transform | None = None
    sampler: Sampler | None = None
    levels: dict[Name, Name] = {}
    command: Command | None = None
    at: Arguments | None = None
    measured: Measured | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_what_is_built(cls, values: Any) -> Any:
        return refuse_not_built(values)

    @model_validator(mode="before")
    @classmethod
    def _measured_stands_for_more(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("measured") is None:
            return values
        extra = values.keys() - {"measured", "levels", "model", "trainer"}
        written = [name for name in sorted(extra) if values[name] not in (None, {}, [])]
        if written and values.get("trainer") != "measured":
            raise ValueError(f"expected nothing beside measured, got {', '.join(written)}")
        return {**values, "model": "measured", "trainer": "measured"}

    @model_validator(mode="before")
    @classmethod
    def _command_stands_for_more(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("command") is None:
            return values
        command = values["command"]
        if not isinstance(command, dict | Command):
            command = {"command": command}
        extra = values.keys() - {"command", "levels", "model", "trainer", "at"}
        is_written = {name for name in extra if values[name] not in (None, {}, [])}
        if is_written and not values.get("trainer") == "command":
            raise ValueError(f"expected nothing beside command, got {', '.join(sorted(extra))}")
        return {**values, "model": "command", "trainer": "command", "command": command}

    @model_validator(mode="before")
    @classmethod
    def _train_stands_for_more(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("train") is None:
            return values
        return {"model": values["train"], "trainer": "own", **values}

    @model_validator(mode="after")
    def _own_is_for_train(self) -> Arm:
        if (self.trainer == "own") != (self.train is not None):
            expected = (
                '"own"' if self.train else 'a training loop, train = "package.module:function"'
            )
            raise ValueError(f"trainer: expected {expected}, got {self.trainer!r}")
        return self

    @property
    def is_model(self) -> bool:
        """Whether it is trained by this suite: neither a command, nor measured elsewhere."""
        return self.command is None and self.measured is None


class ResolvedArm(Frozen):
    """An arm with the protocol filled in: all that decides how one run is trained.

    Data, seed and device decide it too, and are not part of this.
    """

    model: str
    arguments: dict[str, Any]
    trainer: Trainer
    loss: Loss
    epochs: int
    batch_size: int
    optimizer: Optimizer
    threads: int
    numerics: Numerics
    shared_initialisation: bool
    vary: tuple[Stream, ...]
    schedule: Schedule | None = None
    train: str | None = None
    command: Command | None = None
    transform: str | None = None
    sampler: str | None = None


# Of torch.optim. The others look at a weight's whole tensor (Adafactor, Muon), at all weights
# (LBFGS), or at gradients of another form (SparseAdam).
ELEMENTWISE_OPTIMIZERS = (
    "ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD",
)  # fmt: skip


def one_after_another(settings: ResolvedArm) -> str | None:
    """Why an arm of these settings is trained one seed after another; None where it is not.

    With None, many seeds may be trained at once.
    """
    name, optimizer = settings.optimizer.name, settings.optimizer
    for field in OF_ALL_OPTIMIZERS:
        if getattr(optimizer, field) is not None:
            return f"that takes an optimiser without {field}"
    if settings.transform is not None:
        return f"that takes inputs as they are, and {settings.transform} changes them"
    if name in ELEMENTWISE_OPTIMIZERS:
        return None
    return f"that takes an optimiser that changes every weight by itself, and this is {name}"


def is_users_loop(arm: Arm | ResolvedArm) -> bool:
    """Whether the arm is trained by a loop of the user's, which nobody calls to try it."""
    return arm.train is not None and arm.train.partition(".")[0] != "suite"
