"""What each arm's training costs, and where a comparison gives one arm more than the other."""

from __future__ import annotations

from suite.analysis.study import Study
from suite.reports.tables import MISSING, value
from suite.reports.wording import optimizer_words, schedule_words

# times the FLOPs: below, it is the arms' own structure (a head, an input layer's gradient)
UNEQUAL = 1.05


def cost_cells(study: Study, arm: str) -> dict[str, str]:
    """The arm's parameters, the operations of its training, and its time as a multiple of the
    task's first arm's."""
    reference = next(iter(study.task.arms))
    parameters, flops = (
        next(iter(study.values(arm, "parameters").values()), None),
        train_flops(study, arm),
    )
    return {
        "parameters": value(parameters, None),
        "training GFLOP": MISSING if flops is None else f"{flops / 1e9:,.4g}",
        f"time / time of {reference}": (
            "1" if arm == reference else time_ratio(study, arm, reference)
        ),
    }


def time_ratio(study: Study, first: str, second: str) -> str:
    """The ratio of two arms' training times with its 95% interval."""
    found = study.time_ratio(first, second)
    if found is None:
        return MISSING
    around = f" [{found.interval.low:.3g}, {found.interval.high:.3g}]" if found.interval else ""
    return f"{found.ratio:.3g}{around}"


def train_flops(study: Study, arm: str) -> int | None:
    """The operations of one seed's training; None where no record says."""
    return next(
        (one.train_flops for one in study.results[arm] if one.train_flops is not None), None
    )


def unequal_budgets(study: Study) -> list[str]:
    """What the task grants to one arm of a compared pair and not to the other, in words; a pair a
    line."""
    said = [
        (first, second, _differences(study, first, second)) for first, second in study.task.pairs()
    ]
    return [
        f"{first} against {second}: {', '.join(found)}" for first, second, found in said if found
    ]


def _differences(study: Study, first: str, second: str) -> list[str]:
    a, b = study.task.resolve(first), study.task.resolve(second)
    found = [f"{a.epochs} epochs against {b.epochs}"] if a.epochs != b.epochs else []
    found += (
        [f"batches of {a.batch_size} against {b.batch_size}"]
        if a.batch_size != b.batch_size
        else []
    )
    if a.optimizer != b.optimizer:
        found += [f"{optimizer_words(a.optimizer)} against {optimizer_words(b.optimizer)}"]
    if a.schedule != b.schedule:
        found += [f"{schedule_words(a.schedule)} against {schedule_words(b.schedule)}"]
    flops = train_flops(study, first), train_flops(study, second)
    if flops[0] and flops[1] and not 1 / UNEQUAL <= flops[0] / flops[1] <= UNEQUAL:
        found += [f"{flops[0] / flops[1]:.3g} times the training FLOPs"]
    return found
