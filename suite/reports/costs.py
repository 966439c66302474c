"""What each arm's training costs, and where a comparison gives one arm more than the other."""

from __future__ import annotations

from suite.analysis.study import Study
from suite.reports.numbers import MISSING, format_bounds, format_value
from suite.reports.prose import Prose, Unbroken
from suite.reports.protocol import optimizer_words, schedule_words

# times the FLOPs: below, it is the arms' own structure (a head, an input layer's gradient)
UNEQUAL = 1.05


def cost_cells(study: Study, arm: str) -> dict[str, Prose]:
    """The arm's parameters, the operations of its training, and its relative time.

    The time is a multiple of that of the task's first arm.
    """
    flops, reference = train_flops(study, arm), _reference(study)
    return {
        "parameters": format_value(parameters(study, arm), None),
        "training GFLOP": MISSING if flops is None else f"{flops / 1e9:,.4g}",
        time_ratio_heading(study): "1" if arm == reference else _time_ratio(study, arm, reference),
    }


def time_ratio_heading(study: Study) -> str:
    """The heading over the ratios of times."""
    return f"time / time of {_reference(study)}"


def parameters(study: Study, arm: str) -> float | None:
    """The number of the arm's parameters; None where no record says."""
    return next(iter(study.values(arm, "parameters").values()), None)


def train_flops(study: Study, arm: str) -> int | None:
    """The operations of one seed's training; None where no record says."""
    counted = (run.train_flops for run in study.results[arm] if run.train_flops is not None)
    return next(counted, None)


def unequal_budgets(study: Study) -> list[str]:
    """What the task grants to one arm of a compared pair and not to the other, in words.

    Nothing of two arms of a sweep, whose settings are the question. One line for each such pair,
    and for each way in which data sets differ.
    """
    data_sets: dict[str, list[str]] = {}
    arms = study.task.arms
    for first, second in study.pairs():
        if arms[first].at and arms[second].at:
            continue
        for part in study.each():
            if differences := _differences(part, first, second):
                line = f"{first} against {second}: {', '.join(differences)}"
                data_sets.setdefault(line, []).append(part.block)
    return [
        line if len(labels) == len(study.each()) else f"{line}, on {', '.join(labels)}"
        for line, labels in data_sets.items()
    ]


def _reference(study: Study) -> str:
    """The arm whose time the others' are multiples of."""
    return next(iter(study.task.arms))


def _time_ratio(study: Study, first: str, second: str) -> Prose:
    """The ratio of two arms' training times with its 95% interval."""
    times = study.time_ratio(first, second)
    if times is None:
        return MISSING
    if times.interval is None:
        return f"{times.ratio:.3g}"
    return f"{times.ratio:.3g} ", Unbroken(format_bounds(times.interval, ".3g"))


def _differences(study: Study, first: str, second: str) -> list[str]:
    a, b = study.task.resolve(first), study.task.resolve(second)
    if a.command or b.command:
        return []  # what a command grants itself is not known
    granted = {
        f"{a.epochs} epochs against {b.epochs}": a.epochs != b.epochs,
        f"batches of {a.batch_size} against {b.batch_size}": a.batch_size != b.batch_size,
        f"{optimizer_words(a.optimizer)} against {optimizer_words(b.optimizer)}": (
            a.optimizer != b.optimizer
        ),
        f"{schedule_words(a.schedule)} against {schedule_words(b.schedule)}": (
            a.schedule != b.schedule
        ),
    }
    differences = [text for text, differs in granted.items() if differs]
    flops_a, flops_b = train_flops(study, first), train_flops(study, second)
    if flops_a and flops_b and not 1 / UNEQUAL <= flops_a / flops_b <= UNEQUAL:
        differences.append(f"{flops_a / flops_b:.3g} times the training FLOPs")
    return differences
