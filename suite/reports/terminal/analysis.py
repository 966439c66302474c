"""A report on the terminal: the answer and the tables of a study, and the sources of its noise."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table as RichTable

from suite.analysis.analyse import Analysis
from suite.analysis.noise import Component
from suite.analysis.repeat_words import repeat_lines
from suite.errors import visible
from suite.reports.headlines import answer
from suite.reports.history_words import history_words
from suite.reports.numbers import MISSING, points, scale_of
from suite.reports.prose import plain_text
from suite.reports.study_tables import study_tables
from suite.reports.table import Table
from suite.reports.terminal.console import Terminal, plain_table
from suite.reports.unforeseen import unforeseen_lines
from suite.reports.wording import looks_words
from suite.stats import Interval
from suite.task.components import Metric

WIDE = 200  # columns of a file or a pipe, which nobody has to scroll


def print_analysis(analysis: Analysis) -> None:
    """Prints what is said of a study: its question, its answer, and the tables of a report."""
    console, task = Terminal(), analysis.study.task
    if not console.is_terminal:
        console.width = WIDE
    console.print(f"[bold]{escape(task.question)}[/]", highlight=False)
    console.print(plain_text(answer(analysis)), markup=False, highlight=False)
    if looks := looks_words(analysis.study):
        console.print(f"{task.name}: {looks}.", markup=False, highlight=False)
    if happened := history_words(analysis.study):
        console.print(f"{task.name}: {visible(happened)}.", markup=False, highlight=False)
    for line in repeat_lines(task.arms, analysis.study.repeats):
        console.print(f"{task.name}: {visible(line)}.", markup=False, highlight=False)
    for line in unforeseen_lines(analysis.study):
        console.print(f"{line}.", markup=False, highlight=False)
    for title, table in study_tables(analysis):
        console.print(_lined_table(f"{task.name}, {title}", table))


def components_table(components: Sequence[Component], metric: Metric) -> RichTable:
    """A table of where the noise comes from: a standard deviation for each source.

    It is in the metric's printed unit.
    """
    scale, unit = scale_of(metric), ", points" if points(metric) else ""
    table = plain_table("arm", "varying", "seeds", f"sd{unit}", "95% interval", "share of variance")
    for component in components:
        variances = (component.interval.low, component.variance, component.interval.high)
        low, deviation, high = (f"{scale * variance**0.5:.3f}" for variance in variances)
        table.add_row(
            component.arm,
            component.source.replace("_", " "),
            str(component.n),
            deviation,
            f"[{low}, {high}]",
            MISSING if component.share is None else f"{100 * component.share:.0f}%",
        )
    return table


def noise_floor_line(arm: str, floor: Interval | None, metric: Metric) -> str:
    """The noise floor of an arm in words."""
    if floor is None:
        return f"{arm}: two seeds or more are needed for a noise floor"
    scale = scale_of(metric)
    return (
        f"{arm}: two single runs differ by {scale * floor.low:+.2f} to"
        f" {scale * floor.high:+.2f}{points(metric)} 95% of the time, from noise alone"
    )


def _lined_table(title: str, table: Table) -> RichTable:
    lined = RichTable(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in table.headings:
        lined.add_column(escape(heading.text), overflow="fold")
    for row in table.rows:
        lined.add_row(*(escape(plain_text(cell)) for cell in row.values()))
    return lined
