"""One picture of a sweep: the mean of every arm against an axis, a line for each other setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from math import isfinite
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suite.analysis.study import Study
from suite.reports.figures import COLOURS, STYLE, svg_of
from suite.reports.numbers import metric_heading, scale_of

MOST_LINES = 8  # in one panel: eyes tell no more apart
MOST_PANELS = 6
LOGARITHMIC = 8.0  # largest value over smallest, from which an axis is drawn in decades


def axes_of(study: Study) -> dict[str, list[Any]]:
    """The axes of the sweep with their values, in order; empty where not every arm is on them."""
    places = [arm.at for arm in study.task.arms.values()]
    first = places[0]
    if not first or any(place is None or place.keys() != first.keys() for place in places):
        return {}
    return {
        axis: list({_text(place[axis]): place[axis] for place in places if place}.values())
        for axis in first
    }


def sweep_figure(study: Study) -> str | None:
    """The picture as SVG text, of a study over one data set; None for what is no sweep.

    The axis with the most values runs to the right, numbers before words. A line joins the arms
    that differ in it alone; bars are 95% intervals of means. With three axes or more there is a
    panel for each value of the second longest. None, too, where that takes too many panels.
    """
    axes = axes_of(study)
    if not axes or study.blocks:
        return None
    right, panels, rest = _roles(axes)
    values = axes[panels] if panels else [None]
    if len(values) > MOST_PANELS:
        return None
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 3.4), facecolor="white", layout="constrained")
        drawn = figure.subplots(1, len(values), sharey=True, squeeze=False)[0]
        for panel, value in zip(drawn, values, strict=True):
            fixed = {} if panels is None else {panels: value}
            _panel(panel, study, right, axes[right], fixed, rest)
        key = study.primary_metric
        drawn[0].set_ylabel(metric_heading(key, study.task.metrics[key]))
        return svg_of(figure)


def sweep_text(study: Study) -> str:
    """What the picture shows, for those who cannot see it."""
    axes = axes_of(study)
    spans = " and ".join(f"{axis} ({len(values)} values)" for axis, values in axes.items())
    return f"Means of {study.task.name} over {spans}, with 95% intervals."


def _roles(axes: Mapping[str, Sequence[Any]]) -> tuple[str, str | None, list[str]]:
    """The axis to the right, that of the panels, and those of the lines."""
    order = sorted(axes, key=lambda axis: (not _are_numbers(axes[axis]), -len(axes[axis])))
    right, *others = order
    if len(others) < 2:
        return right, None, others
    panels = min(others, key=lambda axis: len(axes[axis]))
    return right, panels, [axis for axis in others if axis != panels]


def _panel(
    panel: Axes,
    study: Study,
    right: str,
    values: Sequence[Any],
    fixed: Mapping[str, Any],
    lines: Sequence[str],
) -> None:
    """Draws the arms with the `fixed` settings: a line for each combination of `lines`."""
    places = {_text(value): place for place, value in enumerate(values)}
    is_numeric = _are_numbers(values)
    groups: dict[str, list[tuple[float, str]]] = {}
    for arm, declared in study.task.arms.items():
        at = declared.at or {}
        if all(_text(at[axis]) == _text(value) for axis, value in fixed.items()):
            label = ", ".join(f"{axis} {_text(at[axis])}" for axis in lines)
            x = float(at[right]) if is_numeric else float(places[_text(at[right])])
            groups.setdefault(label, []).append((x, arm))
    for colour, (label, arms) in zip(cycle(COLOURS), groups.items(), strict=False):
        _line(panel, study, sorted(arms), colour, label if len(groups) <= MOST_LINES else "")
    panel.set_xlabel(right)
    panel.set_title(", ".join(f"{axis} {_text(value)}" for axis, value in fixed.items()), size=10)
    if is_numeric:
        numbers = [float(value) for value in values]
        if min(numbers) > 0 and max(numbers) / min(numbers) >= LOGARITHMIC:
            panel.set_xscale("log")
        panel.set_xticks(numbers, [f"{number:g}" for number in numbers])
        panel.minorticks_off()
    else:
        panel.set_xticks(range(len(values)), [_text(value) for value in values])
    if 1 < len(groups) <= MOST_LINES:
        panel.legend(frameon=False, fontsize=8)


def _line(
    panel: Axes, study: Study, arms: Sequence[tuple[float, str]], colour: str, label: str
) -> None:
    key = study.primary_metric
    scale = scale_of(study.task.metrics[key])
    found = [(x, summary) for x, arm in arms if (summary := study.summary(arm, key))]
    means = [scale * summary.mean for _, summary in found]
    panel.plot([x for x, _ in found], means, "o-", color=colour, label=label, ms=4, lw=1.4)
    for x, summary in found:
        interval = summary.interval
        if interval is not None and isfinite(interval.low) and isfinite(interval.high):
            panel.plot([x, x], [scale * interval.low, scale * interval.high], color=colour, lw=1)


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _text(value: Any) -> str:
    """A setting as a label."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else f"{value}"
