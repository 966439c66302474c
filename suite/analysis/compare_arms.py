"""Arms that were measured anywhere -> the verdicts on pairs of them."""

from __future__ import annotations

from collections.abc import Sequence

from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.pairs import FEWEST_VALUES, Pair
from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm, check_comparable
from suite.task.choices import Direction
from suite.task.components import Metric


def compare_arms(
    pairs: Sequence[tuple[MeasuredArm, MeasuredArm]],
    *,
    direction: Direction | None = None,
    margin: float | None = None,
    paired: bool = True,
) -> list[Comparison]:
    """The verdicts on pairs of measured arms, all of them one family.

    `direction` and `margin` stand before what the arms' sources say. Raises SuiteError where a pair
    is no pair of rivals or has too little in common, or nothing says what is better.
    """
    for a, b in pairs:
        check_comparable(a, b)
    return judge_family(
        [_pair(a, b, _choose_rule(a, b, direction, margin), paired=paired) for a, b in pairs]
    )


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
    margins = {arm.rule.margin for arm in (a, b) if arm.rule and arm.rule.margin is not None}
    if margin is None and len(margins) > 1:
        low, high = sorted(margins)
        raise SuiteError(
            f"{a.name}, {b.name}: what they come from declares margins of {low:g} and {high:g}:"
            " give --margin"
        )
    if margin is None and margins:
        margin = margins.pop()
    return Metric(direction=direction or directions.pop(), margin=margin, unit="none")


def _pair(a: MeasuredArm, b: MeasuredArm, rule: Metric, *, paired: bool) -> Pair:
    """Two arms, as the rule takes them."""
    common = a.values.keys() & b.values.keys()
    if paired and len(common) < FEWEST_VALUES:
        raise SuiteError(
            f"expected at least {FEWEST_VALUES} seeds or items that {a.name} and {b.name} have in"
            f" common, got {len(common)}; --unpaired compares arms that share none"
        )
    sequential = a.sequential or b.sequential
    if not paired:
        _check_unpaired(a, b, sequential=sequential)
    missing = _missing(a, b) if paired else 0
    allowed = min(a.max_failed_share, b.max_failed_share)
    return Pair(
        a.name,
        b.name,
        a.metric,
        a.values,
        b.values,
        rule,
        unit="item" if "item" in (a.unit, b.unit) else "seed",
        paired=paired,
        sequential=sequential,
        missing=missing,
        too_many_failures=a.failed_too_often
        or b.failed_too_often
        or missing > allowed * (missing + len(common)),
    )


def _missing(a: MeasuredArm, b: MeasuredArm) -> int:
    """The seeds or items that were tried, and lack a value of one arm or of both.

    An item without a value is counted, not named, so that it may stand on both sides.
    """
    without_partner = len(a.values.keys() ^ b.values.keys())
    return max(without_partner, a.without_value, b.without_value)


def _check_unpaired(a: MeasuredArm, b: MeasuredArm, *, sequential: bool) -> None:
    if sequential:
        raise SuiteError(
            f"--unpaired: seeds of {a.name} or {b.name} were added after a look: expected fixed"
            " numbers"
        )
    if min(len(a.values), len(b.values)) < FEWEST_VALUES:
        raise SuiteError(
            f"expected at least {FEWEST_VALUES} values of {a.name} and of {b.name}, got"
            f" {len(a.values)} and {len(b.values)}"
        )
