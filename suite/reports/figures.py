"""Figures as SVG text.

The same results give the same bytes: no date, a fixed salt for ids, text as paths.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from suite.reports.numbers import metric_heading, scale_of
from suite.result import Result
from suite.task.schema import Task

COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
)  # Okabe and Ito: told apart by most eyes
SETTLING_EPOCHS = 2  # epochs left out of the choice of the metric's axis
FEW_DECADES = 100
MARGINS = {
    "left": 0.095,
    "right": 0.985,
    "bottom": 0.145,
    "top": 0.965,
    "wspace": 0.2,
}  # fixed: to find them takes a second
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "suite",
    "svg.fonttype": "path",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def learning_curves(task: Task, results: Mapping[str, Sequence[Result]]) -> str:
    """Training loss and the primary metric against epochs.

    The line is the mean over seeds, the band runs from minimum to maximum, claims are dotted.
    """
    name, metric = next(iter(task.metrics.items()))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 3.4), facecolor="white")  # white: readable on a dark page too
        left, right = figure.subplots(1, 2, gridspec_kw=MARGINS)
        _curves(left, task, results, "loss", scale=1)
        left.set_yscale("log")
        _label_decades(left)
        left.set_ylabel("training loss")
        _curves(right, task, results, name, scale=scale_of(metric))
        right.set_ylabel(metric_heading(name, metric))
        if right.get_legend_handles_labels()[0]:
            right.legend(frameon=False, loc="lower right")
        return svg_of(figure)


def svg_of(figure: Figure) -> str:
    """The figure as text, drawn in the style that is in force."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "suite"})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _label_decades(axes: Axes) -> None:
    """Plain numbers on a logarithmic axis, 2 and 5 times a power of ten too where there are few.

    Others set formulas, which takes long.
    """
    low, high = axes.get_ylim()
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    axes.yaxis.set_minor_formatter(
        StrMethodFormatter("{x:g}") if high / low < FEW_DECADES else NullFormatter()
    )


def _curves(
    axes: Axes, task: Task, results: Mapping[str, Sequence[Result]], name: str, *, scale: int
) -> None:
    """Draws the curves of every arm under one metric."""
    settled: list[float] = []
    for colour, arm in zip(cycle(COLOURS), task.arms, strict=False):
        curves = [
            result.history[name]
            for result in results[arm]
            if result.status == "ok" and name in result.history
        ]
        if not curves:
            continue
        epochs = max(map(len, curves))  # where some end earlier, a mean is over all or none
        padded = [(*curve, *[None] * (epochs - len(curve))) for curve in curves]
        values = scale * np.array(padded, dtype=np.float64)  # (seeds, epochs)
        _band(axes, values, colour, label=f"{arm} (n = {len(curves)})")
        reported = [
            scale * claim.reported[arm]
            for claim in task.claims
            if claim.metric == name and arm in claim.reported
        ]
        for value in reported:
            axes.axhline(value, color=colour, linestyle=":", linewidth=1.2)
        first_settled = min(values.shape[1] - 1, SETTLING_EPOCHS)
        settled += [*reported, *values[np.isfinite(values[:, first_settled]), first_settled]]
    axes.set_xlabel("epoch")
    if name != "loss" and settled:
        # the first epochs would flatten all that matters
        axes.set_ylim(bottom=min(settled) - 0.01 * scale)


def _band(axes: Axes, values: np.ndarray, colour: str, *, label: str) -> None:
    """Draws the mean over seeds, and the band from the lowest to the highest.

    Values (seeds, epochs).
    """
    epochs = np.arange(1, values.shape[1] + 1)
    axes.plot(epochs, values.mean(axis=0), color=colour, label=label, linewidth=1.6)
    low, high = values.min(axis=0), values.max(axis=0)
    axes.fill_between(epochs, low, high, color=colour, alpha=0.18, linewidth=0)
