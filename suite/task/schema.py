"""One declared comparison: the models behind `tasks/<name>.toml`.

Everything is frozen, and unknown keys are refused with the nearest known one. No torch is imported
here.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from suite.errors import suggestion
from suite.task.components import (
    TORCH_NAME,
    Arguments,
    FunctionData,
    Loss,
    Schedule,
    Term,
)
from suite.task.components import Data as Data
from suite.task.components import Disc as Disc
from suite.task.components import Metric as Metric
from suite.task.components import MnistDigits as MnistDigits
from suite.task.components import MnistPairs as MnistPairs
from suite.task.components import Optimizer as Optimizer
from suite.task.fields import Count, Frozen, MetricName, Number, Positive, Text
from suite.task.fields import Name as Name
from suite.task.seeds import parse_seeds

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


Numerics = Literal["native", "portable"]
Stream = Literal["data", "initialisation", "batch_order"]


class Protocol(Frozen):
    """What every arm shares. `threads` is the number of CPU threads of a run: another number gives
    other bits. `numerics`: "portable" keeps torch to what every x86-64 processor can do, for the
    same bits on all of them, and is slower. `vary` names the random streams that differ between
    seeds; the others are the same for all of them. There is no verdict on an arm of whose runs more
    than `max_failed_share` failed or diverged. `timeout_s`, `memory_bytes` and `gpu_share`: see
    `Limits`; an arm whose model is "package.module:factory" has limits in any case."""

    seeds: Annotated[tuple[int, ...], BeforeValidator(parse_seeds)]
    epochs: Count
    batch_size: Count
    optimizer: Optimizer
    schedule: Schedule | None = None
    loss: Loss | None = None
    threads: Count = 1
    numerics: Numerics = "native"
    shared_initialisation: bool = False
    vary: tuple[Stream, ...] = ("data", "initialisation", "batch_order")
    max_failed_share: Annotated[Number, Field(ge=0, lt=1)] = 0.1
    timeout_s: Positive | None = None
    memory_bytes: Count | None = None
    gpu_share: Annotated[Positive, Field(le=1)] = 1.0


class Limits(Frozen):
    """What a job may take: seconds without a further result, and bytes of private memory (torch's
    own 0.5 GB or so included). `gpu_share`: the part of a graphics card; on a cluster, as many jobs
    share one as fit.

    Reaching one of the first two fails the run. None decides anything about a result that is there,
    so they are no part of its question.
    """

    timeout_s: float | None = None
    memory_bytes: int | None = None
    gpu_share: float = 1.0


USERS_CODE = Limits(timeout_s=3600.0, memory_bytes=8 * 2**30)  # where a task says nothing else


Trainer = Literal["autograd", "vectorized", "manual", "own"]


class Arm(Frozen):
    """One of the things compared: a model and what differs from the protocol.

    `trainer`: "autograd" trains one seed after another, "vectorized" all seeds of a job at once,
    "manual" by the framework that is written by hand; "auto": the faster of the first two, as
    measured before its first run. "own": by `train`.

    `model` is a name in suite.models.registry.MODELS or "package.module:factory"; `arguments` go to
    its factory. `train`: "package.module:function", a training loop of the arm's own
    (suite.training.custom says what it is given and gives), which may do without a model. `levels`:
    the arm's level of every factor, by the factor's name, where the arms of a task are all
    combinations of two-level factors.
    """

    model: Text
    train: Text | None = None
    arguments: Arguments = {}
    trainer: Trainer | Literal["auto"] = "auto"
    loss: Loss | None = None
    epochs: Count | None = None
    batch_size: Count | None = None
    optimizer: Optimizer | None = None
    schedule: Schedule | None = None
    levels: dict[Name, Name] = {}

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
    """An arm with the protocol filled in: all that decides how one run is trained, but for data,
    seed and device."""

    model: str
    arguments: dict[str, Any]
    trainer: str
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


class Claim(Frozen):
    """What somebody reported: a value per arm (`reported`), an ordering (`order`, best first), or
    both.

    `test_items` is the size of the test set behind the reported numbers. `exact` claims are counts,
    compared exactly.
    """

    metric: MetricName
    reported: dict[str, Number] = {}
    order: tuple[str, ...] = ()
    exact: bool = False
    test_items: Count | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        if not self.reported and len(self.order) < 2:
            raise ValueError(
                "expected `reported` values or an `order` of two or more arms, got neither"
            )
        return self


class Task(Frozen):
    """A question, a dataset, two or more arms, a protocol, metrics (the first is the primary one),
    and claims. `derived_from` names the task that this one examines (suite.task.variants)."""

    name: Name
    task_schema: Annotated[Literal[1], Field(alias="schema")]
    version: Count
    question: Text
    source: Text
    assumptions: tuple[Text, ...] = ()
    data: Data
    protocol: Protocol
    arms: Annotated[dict[Name, Arm], Field(min_length=2)]
    metrics: Annotated[dict[MetricName, Metric], Field(min_length=1)]
    comparisons: tuple[tuple[str, str], ...] = ()
    claims: tuple[Claim, ...] = ()
    derived_from: Name | None = None

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Task:
        for name, arm in self.arms.items():
            if not (arm.loss or self.protocol.loss or arm.train):
                raise ValueError(
                    f"arms.{name}.loss: expected a loss here or in the protocol, got none"
                )
            self._refuse_unknown_loss(f"arms.{name}.loss", arm.loss)
        self._refuse_unknown_loss("protocol.loss", self.protocol.loss)
        for name, arm in self.arms.items():
            if arm.trainer == "manual":
                self._refuse_what_is_not_the_derivations(name)
            if arm.trainer == "vectorized" and (why := one_after_another(self.resolve(name))):
                raise ValueError(f"arms.{name}.trainer: vectorized: {why}; leave the trainer out")
        for key, metric in self.metrics.items():
            if metric.name is None:
                _known("metrics", "metric", key, METRIC_NAMES.get(self.data.name, LABEL_METRICS))
        self._refuse_incomplete_factorial()
        for index, claim in enumerate(self.claims):
            for arm_name in (*claim.reported, *claim.order):
                _known(f"claims.{index}", "arm", arm_name, list(self.arms))
            _known(f"claims.{index}.metric", "metric", claim.metric, [*self.metrics, "parameters"])
        for first, second in self.comparisons:
            _known("comparisons", "arm", first, list(self.arms))
            _known("comparisons", "arm", second, list(self.arms))
            if first == second:
                raise ValueError(f"comparisons: expected two different arms, got {first!r} twice")
        return self

    def _refuse_unknown_loss(self, place: str, loss: Loss | None) -> None:
        for label, term in (loss or {}).items():
            name = term.name if isinstance(term, Term) else label
            if not re.fullmatch(TORCH_NAME, name) and ":" not in name:
                _known(place, "loss", name, LOSS_NAMES.get(self.data.name, LABEL_LOSSES))

    def _refuse_what_is_not_the_derivations(self, name: str) -> None:
        settings = self.resolve(name)
        if settings.loss != {"half_squared_error": 1.0}:
            raise ValueError(
                f"arms.{name}.loss: trainer manual: expected half_squared_error = 1.0, got"
                f" {settings.loss}"
            )
        if (
            settings.optimizer != Optimizer(name="SGD", lr=settings.optimizer.lr)
            or settings.schedule
        ):
            raise ValueError(
                f"arms.{name}.optimizer: trainer manual: expected SGD without momentum, weight"
                " decay or schedule"
            )

    def factors(self) -> dict[str, tuple[str, str]]:
        """The two levels of every factor, in the order in which the arms name them; none where arms
        have no levels."""
        found: dict[str, dict[str, None]] = {}
        for arm in self.arms.values():
            for factor, level in arm.levels.items():
                found.setdefault(factor, {})[level] = None
        return {factor: (first, second) for factor, (first, second) in found.items()}

    def _refuse_incomplete_factorial(self) -> None:
        combinations_of_levels = [tuple(sorted(arm.levels.items())) for arm in self.arms.values()]
        names = {factor for levels in combinations_of_levels for factor, _ in levels}
        if not names:
            return
        for factor in names:
            levels = {dict(one).get(factor) for one in combinations_of_levels}
            if None in levels or len(levels) != 2:
                raise ValueError(
                    f"arms: factor {factor!r}: expected one of two levels in every arm"
                )
        if len(set(combinations_of_levels)) != len(self.arms) or len(self.arms) != 2 ** len(names):
            raise ValueError(
                f"arms: expected each of the {2 ** len(names)} combinations of levels once"
            )

    def resolve(self, arm: str) -> ResolvedArm:
        """The arm with the protocol filled in."""
        one, shared = self.arms[arm], self.protocol
        return ResolvedArm(
            model=one.model,
            arguments=one.arguments,
            trainer="autograd" if one.trainer == "auto" else one.trainer,
            loss=one.loss or shared.loss or {},
            epochs=one.epochs or shared.epochs,
            batch_size=one.batch_size or shared.batch_size,
            optimizer=one.optimizer or shared.optimizer,
            threads=shared.threads,
            numerics=shared.numerics,
            shared_initialisation=shared.shared_initialisation,
            vary=shared.vary,
            schedule=one.schedule or shared.schedule,
            train=one.train,
        )

    def limits(self, arm: str) -> Limits:
        """What a job of the arm may take: the protocol's limits, else those of users' code where it
        is made of some."""
        one = self.arms[arm]
        named = [
            one.model,
            *(one.loss or self.protocol.loss or {}),
            *(metric.name or "" for metric in self.metrics.values()),
        ]
        users = any(":" in name for name in named) or isinstance(self.data, FunctionData)
        default = USERS_CODE if users else Limits()
        return Limits(
            timeout_s=self.protocol.timeout_s or default.timeout_s,
            memory_bytes=self.protocol.memory_bytes or default.memory_bytes,
            gpu_share=self.protocol.gpu_share,
        )

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of arms that are compared: the declared ones, else all."""
        return self.comparisons or tuple(combinations(self.arms, 2))


# Of torch.optim. The others look at a weight's whole tensor (Adafactor, Muon), at all weights
# (LBFGS), or at gradients of another form (SparseAdam).
ELEMENTWISE_OPTIMIZERS = (
    "ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD",
)  # fmt: skip


def one_after_another(settings: ResolvedArm) -> str | None:
    """Why an arm of these settings is trained one seed after another; None where many may be
    trained at once."""
    name = settings.optimizer.name
    if name in ELEMENTWISE_OPTIMIZERS:
        return None
    return f"that takes an optimiser that changes every weight by itself, and this is {name}"


def _known(place: str, what: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise ValueError(f"{place}: unknown {what} {name!r}; {suggestion(name, known)}")
