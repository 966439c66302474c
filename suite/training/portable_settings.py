"""An arm's loss, optimiser and schedule as the engine has them.

Whatever it has no kernel for raises CannotLowerError.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.engine.emitting import CannotLowerError
from suite.engine.network import Adam, Descent, LossKind, LossTerm
from suite.task.components import Loss, Term
from suite.task.updates import OF_ALL_OPTIMIZERS, Optimizer, Schedule

if TYPE_CHECKING:
    from suite.data.dataset import Split

TORCH_LOSSES: dict[str, LossKind] = {
    "CrossEntropyLoss": "cross_entropy",
    "MSELoss": "squared",
    "BCEWithLogitsLoss": "binary",
}
PLAIN = {
    "dampening": 0, "amsgrad": False, "maximize": False, "differentiable": False, "foreach": None,
    "fused": None, "capturable": False,
}  # fmt: skip  # arguments with the values for which they change nothing


def loss_terms(loss: Loss, train: Split) -> list[LossTerm]:
    """The terms of a loss of the suite's own or of torch's, for targets like those of `train`."""
    return [
        _term(value if isinstance(value, Term) else Term(name=label, factor=value), train)
        for label, value in loss.items()
    ]


def _term(term: Term, train: Split) -> LossTerm:
    if term.name == "digit_cross_entropy":
        sides = train.targets["digits"][0].numel()
        return LossTerm("cross_entropy", "digits", "digits", term.factor * sides)
    if term.name == "target_cross_entropy":
        return LossTerm("cross_entropy", "target", "comparison", term.factor)
    if term.name == "half_squared_error":
        return LossTerm("squared_one_hot", "label", "label", term.factor / 2)
    target = term.target or next(iter(train.targets))
    kind = TORCH_LOSSES.get(term.name)
    if (
        kind is None
        or any(v != "mean" for v in term.arguments.values())
        or target not in train.targets
    ):
        raise CannotLowerError(f"loss.{term.name}: this loss, or its arguments")
    values = train.targets[target]
    if kind == "cross_entropy" and (values.is_floating_point() or values.ndim != 1):
        raise CannotLowerError(f"loss.{term.name}: targets that are no classes (N,)")
    return LossTerm(kind, target, term.output, term.factor)


def optimizer_of(settings: Optimizer) -> Descent | Adam:
    """SGD, Adam or AdamW."""
    for field in OF_ALL_OPTIMIZERS:
        if getattr(settings, field) is not None:
            raise CannotLowerError(f"optimizer.{field}")
    given = dict(settings.arguments or {})
    if settings.arguments is None:
        given = {"weight_decay": settings.weight_decay}
        given |= {"momentum": settings.momentum} if settings.name == "SGD" else {}
    rest = {name: value for name, value in given.items() if PLAIN.get(name, PLAIN) != value}
    if settings.name == "SGD" and rest.keys() <= {"momentum", "weight_decay", "nesterov"}:
        decay = float(rest.get("weight_decay", 0))
        return Descent(float(rest.get("momentum", 0)), decay, bool(rest.get("nesterov", False)))
    if settings.name in ("Adam", "AdamW") and rest.keys() <= {"betas", "eps", "weight_decay"}:
        keep_1, keep_2 = map(float, rest.get("betas", (0.9, 0.999)))
        is_decoupled = settings.name == "AdamW"
        decay = float(rest.get("weight_decay", 0.01 if is_decoupled else 0))
        return Adam(keep_1, keep_2, float(rest.get("eps", 1e-8)), decay, is_decoupled)
    raise CannotLowerError(f"optimizer: {settings.name} with {', '.join(rest) or 'its arguments'}")


def learning_rates(
    optimizer: Optimizer, schedule: Schedule | None, epochs: int, steps_per_epoch: int
) -> np.ndarray:
    """The rate of every step, (epochs, steps), as torch's schedule of that name has it.

    By additions, products and quotients alone.
    """
    rates = np.full((epochs, steps_per_epoch), optimizer.lr)
    if schedule is None:
        return rates
    if schedule.then is not None:
        raise CannotLowerError("schedule: a chain of several")
    factor = _schedule(schedule, optimizer.lr)
    every = 1 if schedule.every == "step" else steps_per_epoch
    taken = np.arange(rates.size).reshape(rates.shape) // every
    by_count = [factor(n) for n in range((rates.size - 1) // every + 1)]
    return np.array(by_count)[taken]


def _schedule(schedule: Schedule, lr: float) -> Any:
    """The rate after n steps of a schedule."""
    given = dict(schedule.arguments)

    def take(**defaults: Any) -> list[Any]:
        if unknown := given.keys() - defaults.keys():
            raise CannotLowerError(f"schedule: {schedule.name} with {min(unknown)}")
        return list((defaults | given).values())

    if schedule.name == "StepLR":
        size, gamma = take(step_size=1, gamma=0.1)
        return lambda n: lr * power(gamma, n // size)
    if schedule.name == "MultiStepLR":
        milestones, gamma = take(milestones=(), gamma=0.1)
        return lambda n: lr * power(gamma, sum(m <= n for m in milestones))
    if schedule.name == "ExponentialLR":
        (gamma,) = take(gamma=0.1)
        return lambda n: lr * power(gamma, n)
    if schedule.name == "ConstantLR":
        share, total = take(factor=1 / 3, total_iters=5)
        return lambda n: lr * (share if n < total else 1.0)
    if schedule.name == "LinearLR":
        start, end, total = take(start_factor=1 / 3, end_factor=1.0, total_iters=5)
        return lambda n: lr * (start + (end - start) * min(n, total) / total)
    if schedule.name == "CosineAnnealingLR":
        half, least = take(T_max=1, eta_min=0.0)
        return lambda n: least + (lr - least) * (1 + cosine(n, half)) / 2
    raise CannotLowerError(f"schedule: {schedule.name}")


def power(base: float, exponent: int) -> float:
    """`base` times itself: one product after another."""
    return math.prod([base] * exponent, start=1.0)


def cosine(n: int, half: int) -> float:
    """cos(pi n / half), by its series on the first quarter of the circle."""
    n %= 2 * half
    n = min(n, 2 * half - n)
    if 2 * n > half:
        return -cosine(half - n, half)
    square, term, total = (math.pi * n / half) * (math.pi * n / half), 1.0, 1.0
    for k in range(1, 13):
        term *= -square / ((2 * k - 1) * (2 * k))
        total += term
    return total
