"""Numbers as text, each kind one way.

A ratio is printed in percent, a difference of ratios in points; what is missing is a dash.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, inf, isfinite, log10

from suite.stats import Interval, Summary
from suite.task.components import Metric

MISSING = "-"


def scale_of(metric: Metric | None) -> int:
    """What a value of the metric is multiplied with in print."""
    return 100 if metric is not None and metric.unit == "ratio" else 1


def percent_sign(metric: Metric | None) -> str:
    """What follows a value of the metric in a sentence: "%", or nothing."""
    return "%" if scale_of(metric) == 100 else ""


def points(metric: Metric | None) -> str:
    """What follows a difference of the metric in a sentence: " points", or nothing."""
    return " points" if scale_of(metric) == 100 else ""


def metric_name(key: str) -> str:
    """A metric's name in a sentence."""
    return key.replace("_", " ")


def metric_heading(key: str, metric: Metric | None) -> str:
    """A metric's name with its unit, over a column or beside an axis."""
    unit = percent_sign(metric)
    return f"{metric_name(key)}, {unit}" if unit else metric_name(key)


def format_value(number: float | None, metric: Metric | None, *, signed: bool = False) -> str:
    """A metric's value as text: a ratio in percent with two digits.

    A count with separators where there is no metric.
    """
    if number is None:
        return MISSING
    sign = "+" if signed else ""
    if metric is None:
        return f"{number:{sign},.0f}"
    digits = ".2f" if metric.unit == "ratio" else ".4g"
    return f"{scale_of(metric) * number:{sign}{digits}}"


def format_mean_and_spread(summary: Summary | None, metric: Metric | None) -> str:
    """Mean ± standard deviation."""
    if summary is None:
        return MISSING
    if metric is None or summary.deviation is None:
        return format_value(summary.mean, metric)
    return f"{format_value(summary.mean, metric)} ± {format_value(summary.deviation, metric)}"


def format_interval(
    interval: Interval | None, metric: Metric | None, *, signed: bool = False
) -> str:
    """[low, high] in the metric's printed unit; of an interval without end, that it is missing."""
    if interval is None or not (isfinite(interval.low) and isfinite(interval.high)):
        return MISSING
    low, high = (
        format_value(bound, metric, signed=signed) for bound in (interval.low, interval.high)
    )
    return f"[{low}, {high}]"


def format_bounds(interval: Interval | None, digits: str) -> str:
    """[low, high] of numbers without a metric. `digits`: a format such as ".3g"."""
    if interval is None:
        return MISSING
    return f"[{interval.low:{digits}}, {interval.high:{digits}}]"


def format_signed(number: float | None) -> str:
    """A number without a metric, with its sign and two digits."""
    return MISSING if number is None else f"{number:+.2f}"


def format_p(p: float | None) -> str:
    """A p value with two digits, near 5% with three; small ones by what they are below."""
    if p is None:
        return MISSING
    if 0.03 <= p < 0.1:
        return f"p = {p:.3f}"
    return f"p = {p:.2f}" if p >= 0.01 else "p < 0.01" if p >= 0.001 else "p < 0.001"


def format_percentile(share: float) -> str:
    """The share of what is expected below, as a percentile; near the ends, by what it is beyond."""
    if share < 0.01:
        return "below 1"
    return "above 99" if share > 0.99 else f"{100 * share:.0f}"


def finite_bounds(interval: Interval | None) -> list[float] | None:
    """[low, high] as JSON; None also for an interval without end, which JSON does not have."""
    if interval is None or not (isfinite(interval.low) and isfinite(interval.high)):
        return None
    return [interval.low, interval.high]


def decimals_of(spreads: Iterable[float | None]) -> int | None:
    """How many decimals show two significant digits of these deviations or half-widths.

    The smallest decides, of those that are at least a tenth of the largest: below that, one arm
    that hardly varies would give all others digits that say nothing. None without any.
    """
    known = [spread for spread in spreads if spread is not None and 0 < spread < inf]
    if not known:
        return None
    smallest = min(spread for spread in known if spread >= max(known) / 10)
    return max(0, 1 - floor(log10(smallest)))


def fixed_decimals(spreads: Iterable[float | None]) -> int:
    """The same for a line of text, which has no exponents: 4 without any spread, at most 12."""
    decimals = decimals_of(spreads)
    return 4 if decimals is None else min(decimals, 12)
