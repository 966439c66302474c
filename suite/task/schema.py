"""One declared comparison: the model behind `tasks/<name>.toml`.

Everything is frozen, and unknown keys are refused with the nearest known one. No torch is imported
here.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field, model_validator

from suite.errors import suggestion
from suite.task.arms import Arm, ResolvedArm, one_after_another
from suite.task.claims import Claim
from suite.task.components import TORCH_NAME, Loss, Metric, Optimizer, Term
from suite.task.datasets import (
    LABEL_LOSSES,
    LABEL_METRICS,
    LOSS_NAMES,
    METRIC_NAMES,
    Data,
    FunctionData,
)
from suite.task.fields import Count, Frozen, MetricName, Name, Text
from suite.task.protocol import USER_CODE_LIMITS, Limits, Protocol


class Task(Frozen):
    """A declared comparison: a question, a dataset, arms, a protocol, metrics, and claims.

    There are two or more arms. The first metric is the primary one. `derived_from` names the task
    that this one examines (suite.task.variants).
    """

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
    def _is_consistent(self) -> Task:
        self._check_losses()
        self._check_trainers()
        self._check_metrics()
        self._check_levels()
        self._check_claims()
        self._check_comparisons()
        return self

    def _check_losses(self) -> None:
        for name, arm in self.arms.items():
            if not (arm.loss or self.protocol.loss or arm.train):
                raise ValueError(
                    f"arms.{name}.loss: expected a loss here or in the protocol, got none"
                )
            self._require_known_terms(f"arms.{name}.loss", arm.loss)
        self._require_known_terms("protocol.loss", self.protocol.loss)

    def _require_known_terms(self, field: str, loss: Loss | None) -> None:
        for label, term in (loss or {}).items():
            name = term.name if isinstance(term, Term) else label
            if not re.fullmatch(TORCH_NAME, name) and ":" not in name:
                _require_known(field, "loss", name, LOSS_NAMES.get(self.data.name, LABEL_LOSSES))

    def _check_trainers(self) -> None:
        for name, arm in self.arms.items():
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
        if settings.optimizer != plain_sgd or settings.schedule:
            raise ValueError(
                f"arms.{name}.optimizer: trainer manual: expected SGD without momentum, weight"
                " decay or schedule"
            )

    def _check_metrics(self) -> None:
        known = METRIC_NAMES.get(self.data.name, LABEL_METRICS)
        for key, metric in self.metrics.items():
            if metric.name is None:
                _require_known("metrics", "metric", key, known)

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
        for pair in self.comparisons:
            for arm in pair:
                _require_known("comparisons", "arm", arm, list(self.arms))
            if pair[0] == pair[1]:
                raise ValueError(f"comparisons: expected two different arms, got {pair[0]!r} twice")

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
        )

    def limits(self, arm: str) -> Limits:
        """What a job of the arm may take: the protocol's limits, else the default ones.

        The default is `USER_CODE_LIMITS` where the job runs users' code, else `Limits()`.
        """
        own = self.arms[arm]
        names = [
            own.model,
            *(own.loss or self.protocol.loss or {}),
            *(metric.name or "" for metric in self.metrics.values()),
        ]
        has_user_code = any(":" in name for name in names) or isinstance(self.data, FunctionData)
        default = USER_CODE_LIMITS if has_user_code else Limits()
        return Limits(
            timeout_s=self.protocol.timeout_s or default.timeout_s,
            memory_bytes=self.protocol.memory_bytes or default.memory_bytes,
            gpu_share=self.protocol.gpu_share,
        )

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of arms that are compared: the declared ones, else all."""
        return self.comparisons or tuple(combinations(self.arms, 2))


def _require_known(field: str, kind: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise ValueError(f"{field}: unknown {kind} {name!r}; {suggestion(name, known)}")
