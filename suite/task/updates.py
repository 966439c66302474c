"""How weights are updated: the optimiser and the schedule of its learning rate, as declared.

Names of torch and of users' code are checked where a plan is made (suite.provenance.signatures),
without an import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, model_validator

from suite.task.choices import ScheduleStep
from suite.task.fields import Arguments, Count, Frozen, Number, Positive, Sparse, Text

TORCH_NAME = r"[A-Z]\w{0,63}"
REFERENCE = r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*"
NAME_OR_REFERENCE = rf"^({TORCH_NAME}|{REFERENCE})$"
OF_ALL_OPTIMIZERS = ("clip_grad_norm", "accumulate", "groups")
WRITE_A_LOOP = 'write the loop, train = "my_code:train", or make the arm a command'
# parts of loops that are not built, by what people call them
NOT_BUILT = {
    "amp", "autocast", "bf16", "ema", "ema_decay", "fp16", "cutmix", "gradient_checkpointing",
    "mixed_precision", "mixup", "precision", "sam", "swa",
}  # fmt: skip
# schedules of torch that need more than numbers, and what to write in their place
NO_SCHEDULES = {
    "ReduceLROnPlateau": "looks at results on held-out data while training; name another",
    "SequentialLR": "takes other schedules: write them as a list, each but the last with until",
    "ChainedScheduler": 'takes other schedules: name a function of yours, "my_code:schedule"',
    "LambdaLR": 'takes a function: name one of yours that returns it, "my_code:schedule"',
    "MultiplicativeLR": 'takes a function: name one of yours that returns it, "my_code:schedule"',
    "LRScheduler": "is what schedules are made from; name one of them",
}


Transform = Annotated[str, Field(pattern=f"^{REFERENCE}$")]
Sampler = Annotated[str, Field(pattern=f"^(balanced|{REFERENCE})$")]


class ParameterGroup(Frozen):
    """The parameters whose names `match`, a regular expression found anywhere in them.

    `arguments`: of the optimiser, other than for the rest.
    """

    match: Text
    arguments: Arguments

    @model_validator(mode="before")
    @classmethod
    def _gather_arguments(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or "arguments" in values or "match" not in values:
            return values
        rest = {key: value for key, value in values.items() if key != "match"}
        return {"match": values["match"], "arguments": rest}

    @model_validator(mode="after")
    def _is_a_pattern(self) -> ParameterGroup:
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f"match: expected a regular expression, got {error}") from None
        if not self.arguments:
            raise ValueError("expected an argument of the optimiser beside match, got none")
        return self


class Optimizer(Sparse):
    """torch.optim's optimiser of that name, or "package.module:function", with its arguments.

    Of Adam and SGD the usual ones are fields; whatever else is given goes to `arguments`, and what
    is not given is as torch has it. A function or class of the user's is called as
    `function(parameters, lr=..., **arguments)`.

    `clip_grad_norm`: the largest norm of all gradients together. `accumulate`: of how many batches
    a step is, as of one batch of all their items. `groups`: each parameter is in the first that
    matches it.
    """

    SPARSE = OF_ALL_OPTIMIZERS

    name: Annotated[str, Field(pattern=NAME_OR_REFERENCE)]
    lr: Positive
    momentum: Annotated[Number, Field(ge=0)] = 0.0
    weight_decay: Annotated[Number, Field(ge=0)] = 0.0
    arguments: Arguments | None = None
    clip_grad_norm: Positive | None = None
    accumulate: Count | None = None
    groups: Annotated[tuple[ParameterGroup, ...], Field(min_length=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather_arguments(cls, values: Any) -> Any:
        usual = {"name", "lr", "momentum", "weight_decay"}
        if not isinstance(values, Mapping) or "lr" not in values or "arguments" in values:
            return values
        of_all = {key: values[key] for key in OF_ALL_OPTIMIZERS if key in values}
        rest = {key: value for key, value in values.items() if key not in of_all}
        if values.get("name") in ("Adam", "SGD") and rest.keys() <= usual:
            return values
        rest = {key: value for key, value in rest.items() if key not in ("name", "lr")}
        return {"name": values.get("name"), "lr": values["lr"], "arguments": rest, **of_all}

    @model_validator(mode="after")
    def _is_consistent(self) -> Optimizer:
        if self.momentum and self.name != "SGD":
            raise ValueError(f"momentum: expected only with SGD, got {self.name}")
        for field in OF_ALL_OPTIMIZERS if self.name == "LBFGS" else ():
            if getattr(self, field) is not None:
                raise ValueError(
                    f"{field}: expected none with LBFGS, which evaluates a batch many times and has"
                    f" one group of parameters; {WRITE_A_LOOP}"
                )
        return self


class Schedule(Sparse):
    """torch.optim.lr_scheduler's schedule of that name, or "package.module:function".

    With its arguments; a function is called as `function(optimizer, **arguments)`. It takes one
    step every epoch or every step of the optimiser. In a file a list is a chain of schedules: each
    but the last has `until`, the number of epochs or steps from the start at which the one in
    `then` begins.
    """

    SPARSE = ("until", "then")

    name: Annotated[str, Field(pattern=NAME_OR_REFERENCE)]
    every: ScheduleStep = "epoch"
    arguments: Arguments = {}
    until: Count | None = None
    then: Schedule | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather_arguments(cls, values: Any) -> Any:
        if isinstance(values, str):
            return {"name": values}
        if isinstance(values, list | tuple) and values:
            values = _chain(values)
        if not isinstance(values, Mapping) or "arguments" in values:
            return values
        own = {key: value for key, value in values.items() if key in cls.model_fields}
        return own | {"arguments": {key: value for key, value in values.items() if key not in own}}

    @model_validator(mode="after")
    def _can_be_made(self) -> Schedule:
        if self.name in NO_SCHEDULES:
            raise ValueError(f"name: {self.name} {NO_SCHEDULES[self.name]}")
        return self

    @model_validator(mode="after")
    def _is_a_chain(self) -> Schedule:
        following = self.then
        if (self.until is None) != (following is None):
            expected = "until, where the next begins" if following else "no until in the last"
            raise ValueError(f"{self.name}: expected {expected}, got {self.until}")
        if following is None or self.until is None:
            return self
        if following.every != self.every:
            raise ValueError(
                f"every: expected one in all schedules of a chain, got {self.every} and"
                f" {following.every}"
            )
        if following.until is not None and following.until <= self.until:
            raise ValueError(
                f"until: expected more than {self.until} after it, got {following.until}"
            )
        return self

    @property
    def chain(self) -> tuple[Schedule, ...]:
        """The schedule, and those that follow it."""
        return (self, *(self.then.chain if self.then else ()))


def _chain(values: Sequence[Any]) -> Any:
    """The first of some schedules with the others in it."""
    first, *rest = ({"name": value} if isinstance(value, str) else value for value in values)
    return {**first, "then": list(rest)} if rest and isinstance(first, Mapping) else first


def refuse_not_built(values: Any) -> Any:
    """`values`. Raises ValueError for what people write in loops, and is no part of this one."""
    for key in values if isinstance(values, Mapping) else ():
        if str(key).lower() in NOT_BUILT:
            raise ValueError(f"{key}: not a part of the loop of this suite; {WRITE_A_LOOP}")
    return values
