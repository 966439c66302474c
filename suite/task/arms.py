"""The arms of a task: the things compared, as they are declared and with the protocol filled in."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from suite.task.choices import Numerics, Stream, Trainer, TrainerChoice
from suite.task.commands import Command
from suite.task.components import Loss, Optimizer, Schedule
from suite.task.fields import Arguments, Count, Frozen, Name, Sparse, Text


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
    """

    SPARSE = ("command",)

    model: Text
    train: Text | None = None
    arguments: Arguments = {}
    trainer: TrainerChoice = "auto"
    loss: Loss | None = None
    epochs: Count | None = None
    batch_size: Count | None = None
    optimizer: Optimizer | None = None
    schedule: Schedule | None = None
    levels: dict[Name, Name] = {}
    command: Command | None = None

    @model_validator(mode="before")
    @classmethod
    def _command_stands_for_more(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("command") is None:
            return values
        command = values["command"]
        if not isinstance(command, dict | Command):
            command = {"command": command}
        extra = values.keys() - {"command", "levels", "model", "trainer"}
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


# Of torch.optim. The others look at a weight's whole tensor (Adafactor, Muon), at all weights
# (LBFGS), or at gradients of another form (SparseAdam).
ELEMENTWISE_OPTIMIZERS = (
    "ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD",
)  # fmt: skip


def one_after_another(settings: ResolvedArm) -> str | None:
    """Why an arm of these settings is trained one seed after another; None where it is not.

    With None, many seeds may be trained at once.
    """
    name = settings.optimizer.name
    if name in ELEMENTWISE_OPTIMIZERS:
        return None
    return f"that takes an optimiser that changes every weight by itself, and this is {name}"
