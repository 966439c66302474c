"""Arms that were measured anywhere -> the verdicts on pairs of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from suite.analysis.comparison import Comparison, judge
from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm
from suite.provenance.seeding import stream_seed
from suite.stats import Gap, holm, paired_gap, unpaired_gap
from suite.stats.sequential import at_any_time
from suite.task.choices import Direction
from suite.task.components import Metric

FEWEST_VALUES = 2  # of each arm: of one, there is no spread


def compare_arms(
    pairs: Sequence[tuple[MeasuredArm, MeasuredArm]],
    *,
    direction: Direction | None = None,
    margin: float | None = None,
    paired: bool = True,
) -> list[Comparison]:
    """The verdicts on pairs of measured arms, all of them one family.

    `direction` and `margin` stand before what the arms' sources say. Raises SuiteError where a pair
    has too little in common, or nothing says what is better.
    """
    rules = [_choose_rule(a, b, direction, margin) for a, b in pairs]
    gaps = [_paired_gap(a, b) if paired else _unpaired_gap(a, b) for a, b in pairs]
    # FEWEST_VALUES on each side or more: p is there
    adjusted = holm([1.0 if gap.p is None else gap.p for gap in gaps])
    return [
        judge(
            a.name,
            b.name,
            a.metric,
            gap,
            p,
            rule,
            too_many_failures=a.failed_too_often or b.failed_too_often,
        )
        for (a, b), gap, p, rule in zip(pairs, gaps, adjusted, rules, strict=True)
    ]


def _choose_rule(
    a: MeasuredArm, b: MeasuredArm, direction: Direction | None, margin: float | None
) -> Metric:
    """What is better, as `direction` and `margin` have it, else as the sources of both arms do."""
    directions = {arm.rule.direction for arm in (a, b) if arm.rule}
    if direction is None and len(directions) != 1:
        reason = "does not say" if not directions else "contradict each other on"
        raise SuiteError(
            f"{a.name}, {b.name}: what they come from {reason} whether {a.metric} is better when"
            " higher or lower: give --direction"
        )
    declared = a.rule or b.rule
    return Metric(
        direction=direction or directions.pop(),
        margin=margin or (declared.margin if declared else None),
        unit="none",
    )


def _paired_gap(a: MeasuredArm, b: MeasuredArm) -> Gap:
    """The gap a - b over the seeds or items that both have."""
    common = sorted(a.values.keys() & b.values.keys())
    if len(common) < FEWEST_VALUES:
        raise SuiteError(
            f"expected at least {FEWEST_VALUES} seeds or items that {a.name} and {b.name} have in"
            f" common, got {len(common)}; --unpaired compares arms that share none"
        )
    gap = paired_gap(
        [a.values[item] for item in common],
        [b.values[item] for item in common],
        generator=_generator(a, b),
    )
    return at_any_time(gap) if a.sequential or b.sequential else gap


def _unpaired_gap(a: MeasuredArm, b: MeasuredArm) -> Gap:
    """The gap a - b over all values of both."""
    if a.sequential or b.sequential:
        raise SuiteError(
            f"--unpaired: seeds of {a.name} or {b.name} were added until decided: expected fixed"
            " numbers"
        )
    if min(len(a.values), len(b.values)) < FEWEST_VALUES:
        raise SuiteError(
            f"expected at least {FEWEST_VALUES} values of {a.name} and of {b.name}, got"
            f" {len(a.values)} and {len(b.values)}"
        )
    return unpaired_gap(
        list(a.values.values()), list(b.values.values()), generator=_generator(a, b)
    )


def _generator(a: MeasuredArm, b: MeasuredArm) -> np.random.Generator:
    return np.random.default_rng(stream_seed("sign flips", a.name, b.name))
