"""One declared comparison: the model behind `tasks/<name>.toml`.

Everything is frozen, and unknown keys are refused with the nearest known one. No torch is imported
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from suite.errors import suggestion
from suite.task.arms import Arm, ResolvedArm, one_after_another
from suite.task.choices import COSTS, COSTS_OF_COMMANDS, COSTS_OF_LOOPS
from suite.task.claims import Claim
from suite.task.components import Loss, Metric, Term
from suite.task.datasets import (
    LABEL_LOSSES,
    LABEL_METRICS,
    LOSS_NAMES,
    METRIC_NAMES,
    Data,
    FunctionData,
    NoData,
    TaskData,
)
from suite.task.fields import Count, Frozen, MetricName, Name, Text
from suite.task.measured import Measured
from suite.task.protocol import OF_COMMANDS, USER_CODE_LIMITS, Limits, Protocol
from suite.task.questions import readable
from suite.task.sweeps import declared_pairs, span_arms
from suite.task.updates import TORCH_NAME, Optimizer

MAX_PAIRS = 20_000  # all of 200 arms: a report of 20 MB, which takes a minute


class Task(Frozen):
    """A declared comparison: a question, data, arms, a protocol, metrics, and claims.

    There are two or more arms. The first metric is the primary one. `data` is one data set, or
    several by their labels: then every arm runs on each with every seed. `comparisons`: the pairs
    of arms that are compared; none named: all; "best": the arm with the best mean against each
    other one, the whole family of pairs being held, for results chose it. In a file also "all" and
    `{ baseline = "arm" }`, and `[grid]` and `[ablation]` make the arms (suite.task.sweeps).
    `derived_from` names the task that this one examines (suite.task.variants).
    """

    name: Name
    task_schema: Annotated[Literal[1], Field(alias="schema")]
    version: Count
    question: Text
    source: Text
    assumptions: tuple[Text, ...] = ()
    data: TaskData
    protocol: Protocol
    arms: Annotated[dict[Name, Arm], Field(min_length=2)]
    metrics: Annotated[dict[MetricName, Metric], Field(min_length=1)]
    comparisons: tuple[tuple[str, str], ...] | Literal["best"] = ()
    claims: tuple[Claim, ...] = ()
    derived_from: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _commands_need_less(cls, values: Any) -> Any:
        """Where no arm is a model: no data, and of the protocol no more than the seeds."""
        arms = values.get("arms") if isinstance(values, Mapping) else None
        if not isinstance(arms, Mapping) or not arms or any(map(_is_model, arms.values())):
            return values
        shared = values.get("protocol")
        protocol = {**OF_COMMANDS, **shared} if isinstance(shared, Mapping) else shared
        return {"data": {"name": "none"}, **values, "protocol": protocol}

    @model_validator(mode="before")
    @classmethod
    def _span_arms(cls, values: Any) -> Any:
        """A grid, an ablation and short forms of comparisons, written out."""
        if not isinstance(values, Mapping):
            return values
        written = dict(span_arms(values))
        if "comparisons" in written:
            pairs = declared_pairs(written["comparisons"], written.get("arms"))
            written["comparisons"] = pairs
        return written

    @model_validator(mode="after")
    def _is_consistent(self) -> Task:
        self._check_texts()
        self._check_losses()
        self._check_trainers()
        self._check_metrics()
        self._check_levels()
        self._check_sweep()
        self._check_claims()
        self._check_comparisons()
        self._check_several()
        self._check_measured()
        return self

    def _check_texts(self) -> None:
        """Raises ValueError for text, as in arguments, that a terminal would obey."""
        for name, part in self.model_dump(exclude={"name"}).items():
            try:
                readable(part)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None

    def _check_losses(self) -> None:
        for name, arm in self.arms.items():
            if not (arm.loss or self.protocol.loss or arm.train or not arm.is_model):
                raise ValueError(
                    f"arms.{name}.loss: expected a loss here or in the protocol, got none"
                )
            self._require_known_terms(f"arms.{name}.loss", arm.loss)
        self._require_known_terms("protocol.loss", self.protocol.loss)

    def _require_known_terms(self, field: str, loss: Loss | None) -> None:
        for label, term in (loss or {}).items():
            name = term.name if isinstance(term, Term) else label
            if not re.fullmatch(TORCH_NAME, name) and ":" not in name:
                for block, data in self.data_sets.items():
                    known = LOSS_NAMES.get(data.name, LABEL_LOSSES)
                    _require_known(_on(field, block), "loss", name, known)

    def _check_trainers(self) -> None:
        for name, arm in self.arms.items():
            if arm.is_model and any(isinstance(d, NoData) for d in self.data_sets.values()):
                raise ValueError(f"data: expected a data set for arm {name}, got none")
            if arm.trainer == "manual":
                self._require_derived(name)
            if arm.trainer == "vectorized" and (why := one_after_another(self.resolve(name))):
                raise ValueError(f"arms.{name}.trainer: vectorized: {why}; leave the trainer out")

    def _require_derived(self, name: str) -> None:
        """Raises ValueError unless the arm is what the derivation in suite.backprop is for."""
        settings = self.resolve(name)
        if settings.loss != {"half_squared_error": 1.0}:
            raise ValueError(
                f"arms.{name}.loss: trainer manual: expected half_squared_error = 1.0, got"
                f" {settings.loss}"
            )
        plain_sgd = Optimizer(name="SGD", lr=settings.optimizer.lr)
        if settings.optimizer != plain_sgd or settings.schedule or settings.transform:
            raise ValueError(
                f"arms.{name}.optimizer: trainer manual: expected SGD without momentum, weight"
                " decay, schedule or transform"
            )

    def _check_metrics(self) -> None:
        for key, metric in self.metrics.items():
            if metric.optional is None:
                for name, arm in self.arms.items():
                    self._require_given(key, metric, name, arm)
        if self.is_of_commands:
            return
        for block, data in self.data_sets.items():
            known = METRIC_NAMES.get(data.name, LABEL_METRICS)
            for key, metric in self.metrics.items():
                if metric.name is None:
                    _require_known(_on("metrics", block), "metric", key, known)

    def _require_given(self, key: str, metric: Metric, name: str, arm: Arm) -> None:
        """Raises ValueError where an arm cannot give a metric."""
        if metric.name == "reported" and arm.is_model and arm.train is None:
            raise ValueError(
                f'metrics.{key}: "reported" is what a training loop gives, and arm {name} has none:'
                f" name a cost ({', '.join(COSTS)}), or say optional = true"
            )
        if arm.measured is not None or metric.cost is None:
            return
        costs = COSTS_OF_COMMANDS if arm.command else COSTS_OF_LOOPS if arm.train else COSTS
        if metric.cost not in costs:
            raise ValueError(
                f"metrics.{key}: expected a cost that arm {name} has, {', '.join(costs)}, got"
                f" {metric.cost}"
            )
        if metric.is_measured_cost and arm.trainer in ("vectorized", "manual"):
            raise ValueError(
                f"metrics.{key}: {metric.cost} of one run is not known where many seeds train"
                f' together: arms.{name}.trainer: expected "autograd", got {arm.trainer!r}'
            )

    def _check_claims(self) -> None:
        for index, claim in enumerate(self.claims):
            for arm in (*claim.reported, *claim.order, *claim.target):
                _require_known(f"claims.{index}", "arm", arm, list(self.arms))
            known = list(self.metrics) if claim.target else [*self.metrics, "parameters"]
            _require_known(f"claims.{index}.metric", "metric", claim.metric, known)
            if len(set(claim.order)) < len(claim.order):
                raise ValueError(
                    f"claims.{index}.order: expected each arm once, got {', '.join(claim.order)}"
                )

    def _check_comparisons(self) -> None:
        for pair in self.declared_pairs:
            for arm in pair:
                _require_known("comparisons", "arm", arm, list(self.arms))
            if pair[0] == pair[1]:
                raise ValueError(f"comparisons: expected two different arms, got {pair[0]!r} twice")
        pairs = len(self.declared_pairs) or comb(len(self.arms), 2)
        if pairs > MAX_PAIRS:
            which = "" if self.declared_pairs else f", all of {len(self.arms):,} arms"
            raise ValueError(
                f"comparisons: expected at most {MAX_PAIRS:,} pairs of arms, got {pairs:,}{which}:"
                " declare those that the question is about, such as each arm with the first"
            )

    def _check_several(self) -> None:
        """Raises ValueError for what has no answer over several data sets."""
        if self.blocks and self.claims:
            raise ValueError(
                "claims: expected none in a task over several data sets; move them to"
                " a task over the data set that they are on"
            )
        if self.blocks and self.factors():
            raise ValueError("arms: expected no levels in a task over several data sets")

    def _check_measured(self) -> None:
        """Raises ValueError for arms measured elsewhere beside others: no environment is both."""
        elsewhere = [name for name, arm in self.arms.items() if arm.measured is not None]
        if elsewhere and len(elsewhere) < len(self.arms):
            raise ValueError(
                f"arms.{elsewhere[0]}: measured elsewhere: expected all arms to be, or none; `suite"
                " compare TASK/ARM TASK/ARM` compares them with runs made here"
            )
        self._check_logged([arm.measured for arm in self.arms.values() if arm.measured is not None])
        if elsewhere and self.protocol.sequence == "betting":
            raise ValueError(
                "protocol.sequence: expected t, for a log may add seeds in any order, and bets are"
                " placed in that of the seeds"
            )
        if elsewhere and self.blocks:
            raise ValueError("data: expected one data set for what was measured elsewhere")

    def _check_logged(self, arms: Sequence[Measured]) -> None:
        """Raises ValueError where logged arms are not told apart, or were read by two rules."""
        if len({arm.at for arm in arms}) > 1:
            raise ValueError("arms: expected one point of runs that counts in all, measured.at")
        configurations = [sorted(arm.configuration.items()) for arm in arms]
        if any(one in configurations[:place] for place, one in enumerate(configurations)):
            raise ValueError("arms: expected another measured.configuration in each, got one twice")

    def _check_levels(self) -> None:
        combinations_of_levels = [tuple(sorted(arm.levels.items())) for arm in self.arms.values()]
        names = {factor for levels in combinations_of_levels for factor, _ in levels}
        if not names:
            return
        for factor in names:
            levels = {dict(pairs).get(factor) for pairs in combinations_of_levels}
            if None in levels or len(levels) != 2:
                raise ValueError(
                    f"arms: factor {factor!r}: expected one of two levels in every arm"
                )
        if len(set(combinations_of_levels)) != len(self.arms) or len(self.arms) != 2 ** len(names):
            raise ValueError(
                f"arms: expected each of the {2 ** len(names)} combinations of levels once"
            )

    def _check_sweep(self) -> None:
        """Raises ValueError where two arms of a sweep are the same, such as a part left out."""
        seen: list[tuple[str, ResolvedArm]] = []
        for name, arm in self.arms.items():
            if arm.at:
                settings = self.resolve(name)
                same = next((other for other, known in seen if known == settings), None)
                if same is not None:
                    raise ValueError(f"arms: {name} has the same settings as {same}")
                seen.append((name, settings))

    @property
    def is_of_commands(self) -> bool:
        """Whether no arm is a model: all are commands, or all were measured elsewhere."""
        return not any(arm.is_model for arm in self.arms.values())

    @property
    def is_measured_elsewhere(self) -> bool:
        """Whether all runs were read from logs of other programs."""
        return all(arm.measured is not None for arm in self.arms.values())

    @property
    def data_sets(self) -> dict[str, Data]:
        """The data sets by label; the label is "" where there is only one."""
        return self.data if isinstance(self.data, dict) else {"": self.data}

    @property
    def blocks(self) -> tuple[str, ...]:
        """The labels of several data sets; none where there is only one."""
        return tuple(self.data) if isinstance(self.data, dict) else ()

    @property
    def only_data_set(self) -> Data:
        """The data set of a task that has one. Raises ValueError where it has several."""
        (data,) = self.data_sets.values()
        return data

    def on(self, block: str) -> Task:
        """The task over one of its data sets alone, named by its label."""
        return self.model_copy(update={"data": self.data_sets[block]}) if block else self

    def cells(self) -> Iterator[tuple[str, str]]:
        """Every arm with the label of every data set, data set by data set."""
        return ((arm, block) for block in self.data_sets for arm in self.arms)

    def factors(self) -> dict[str, tuple[str, str]]:
        """The two levels of every factor, in the order in which the arms name them.

        Empty where arms have no levels.
        """
        levels_of: dict[str, dict[str, None]] = {}
        for arm in self.arms.values():
            for factor, level in arm.levels.items():
                levels_of.setdefault(factor, {})[level] = None
        return {factor: (first, second) for factor, (first, second) in levels_of.items()}

    def resolve(self, arm: str) -> ResolvedArm:
        """The arm with the protocol filled in."""
        own, shared = self.arms[arm], self.protocol
        return ResolvedArm(
            model=own.model,
            arguments=own.arguments,
            trainer="autograd" if own.trainer == "auto" else own.trainer,
            loss=own.loss or shared.loss or {},
            epochs=own.epochs or shared.epochs,
            batch_size=own.batch_size or shared.batch_size,
            optimizer=own.optimizer or shared.optimizer,
            threads=shared.threads,
            numerics=shared.numerics,
            shared_initialisation=shared.shared_initialisation,
            vary=shared.vary,
            schedule=own.schedule or shared.schedule,
            train=own.train,
            command=own.command,
            transform=own.transform or shared.transform,
            sampler=own.sampler or shared.sampler,
        )

    def limits(self, arm: str) -> Limits:
        """What a job of the arm may take: the protocol's limits, else the default ones.

        The default is `USER_CODE_LIMITS` where the job runs users' code, else `Limits()`. An arm's
        own loop has no time-out by default: nobody knows how long it trains.
        """
        own = self.arms[arm]
        names = [
            own.model,
            *(own.loss or self.protocol.loss or {}),
            *(metric.name or "" for metric in self.metrics.values()),
        ]
        has_user_code = any(":" in name for name in names) or any(
            isinstance(data, FunctionData) for data in self.data_sets.values()
        )
        default = USER_CODE_LIMITS if has_user_code else Limits()
        return Limits(
            timeout_s=self.protocol.timeout_s or (None if own.train else default.timeout_s),
            memory_bytes=self.protocol.memory_bytes or default.memory_bytes,
            gpu_share=self.protocol.gpu_share,
        )

    @property
    def declared_pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of arms that the task names; none where all belong to what is compared."""
        return () if self.comparisons == "best" else self.comparisons

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of arms that are judged together: the declared ones, else all."""
        return self.declared_pairs or tuple(combinations(self.arms, 2))


def _on(field: str, block: str) -> str:
    """A field, and the data set for which it is wrong where there are several."""
    return f"{field}: on {block}" if block else field


def _is_model(arm: Any) -> bool:
    """Whether an arm, as it is written or read, is a model."""
    if isinstance(arm, Mapping):
        return arm.get("command") is None and arm.get("measured") is None
    return not isinstance(arm, Arm) or arm.is_model


def _require_known(field: str, kind: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise ValueError(f"{field}: unknown {kind} {name!r}; {suggestion(name, known)}")
