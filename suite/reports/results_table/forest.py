"""A picture of the gaps between arms, each with its simultaneous interval."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.comparison import Comparison
from suite.reports.results_table.notes import over_words
from suite.reports.web.answers import TONES

TONE_COLOURS = {"won": "#116329", "equal": "#0a58b5", "open": "#7a4b00"}  # as on the page
HEIGHT = 0.32  # inches a pair


def draw_forest(analysis: TableAnalysis, axes: Axes | None = None) -> Figure:
    """The figure: a row for each leading comparison, the first at the top, and a line at 0.

    Drawn into `axes` where they are given, else into a new figure. A margin is shaded.
    """
    comparisons = analysis.lead.comparisons
    if axes is None:
        figure = Figure(figsize=(7, 1.4 + HEIGHT * len(comparisons)), layout="constrained")
        axes = figure.subplots()
    margin = analysis.arms.rule.margin
    if margin:
        axes.axvspan(-margin, margin, color="#b9c2cd", alpha=0.5, linewidth=0)
    axes.axvline(0, color="#505a66", linewidth=1)
    for row, comparison in enumerate(comparisons):
        _draw_gap(axes, row, comparison)
    _label(axes, analysis, comparisons)
    return _figure_of(axes)


def _draw_gap(axes: Axes, row: int, comparison: Comparison) -> None:
    """The gap as a point, and its interval as a line where it has ends."""
    gap, colour = comparison.gap, TONE_COLOURS[TONES.get(comparison.verdict, "open")]
    interval = gap.interval
    if interval is not None and isfinite(interval.low) and isfinite(interval.high):
        axes.plot([interval.low, interval.high], [row, row], color=colour, linewidth=2)
    filled = colour if comparison.winner is not None else "white"
    axes.plot([gap.mean], [row], "o", color=colour, markerfacecolor=filled, markersize=6)


def _label(axes: Axes, analysis: TableAnalysis, comparisons: Sequence[Comparison]) -> None:
    names = [f"{c.first} \N{MINUS SIGN} {c.second}".replace("$", r"\$") for c in comparisons]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    metric = analysis.table.metric.replace("$", r"\$")
    together = " simultaneous" * (comparisons[0].family_size > 1)
    axes.set_xlabel(f"difference in {metric} ({comparisons[0].direction} is better)")
    axes.set_title(f"95%{together} intervals {over_words(analysis)}", fontsize=10, loc="left")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _figure_of(axes: Axes) -> Figure:
    """The figure that axes stand in, which may be a part of another."""
    figure = axes.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise TypeError(f"expected axes of a figure, got those of {figure!r}")
    return figure
