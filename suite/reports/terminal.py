"""What a person sees on the terminal: progress, and tables of what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from suite.analysis.noise import Component
    from suite.analysis.summary import Findings
    from suite.plan.plan import Plan
    from suite.reports.watch import Counts, Look
    from suite.result import Result
    from suite.stats import Interval
    from suite.task.components import Metric

WIDE = 200  # columns of a file or a pipe, which nobody has to scroll


def follow(results: Iterator[Result], plans: Sequence[Plan]) -> dict[str, int]:
    """Shows the results as they come: a bar on a terminal, else a line each. Gives the number of
    each status."""
    total, counts = sum(plan.run_count for plan in plans), dict[str, int]()
    console = Console(stderr=True)
    live = console.is_terminal and not console.is_dumb_terminal
    columns = (
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[bad]} failed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Progress(*columns, console=console, disable=not live or not total) as bar:
        line = bar.add_task("runs", total=total, bad=0, last="")
        for result in results:
            counts[result.status] = counts.get(result.status, 0) + 1
            bar.update(
                line,
                advance=1,
                bad=sum(counts.values()) - counts.get("ok", 0),
                last=f"{result.task} {result.arm} {result.seed}",
            )
            if result.status != "ok" or not live:
                console.print(
                    f"[{sum(counts.values())}/{total}] {said(result)}",
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )
    return counts


def said(result: Result) -> str:
    """A result in one line: its first metric and its time, or what went wrong."""
    name = f"{result.task} {result.arm} seed {result.seed}"
    if result.status != "ok":
        return f"{name}: {result.status}: {result.reason}".replace("\n", " ")
    metric, value = next(iter(result.metrics.items()), ("no metric", float("nan")))
    together = f" for {result.seeds_together} seeds" if result.seeds_together > 1 else ""
    return f"{name}: {metric} {value:.4f}, {result.run_time_s:.1f} s{together}"


def plain_table(*columns: str) -> Table:
    """An empty table without lines. Its first column holds names to copy, and is never cut."""
    table = Table(box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, no_wrap=place == 0, overflow="fold")
    return table


class _Output(Console):
    """A console that leaves it to the program what a reader's leaving means; rich would end with
    code 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def show(table: Table) -> None:
    """Prints a table to standard output."""
    _Output().print(table)


def show_findings(found: Findings) -> None:
    """Prints what was found in a study: its question, its answer, and the tables of a report."""
    from suite.reports.shown import study_tables
    from suite.reports.wording import answer, plain

    console = _Output()
    if not console.is_terminal:
        console.width = WIDE
    console.print(f"[bold]{escape(found.study.task.question)}[/]", highlight=False)
    console.print(plain(answer(found)), markup=False, highlight=False)
    for title, frame in study_tables(found):
        table = Table(
            title=f"{found.study.task.name}, {title}",
            title_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
        )
        for column in frame.columns:
            table.add_column(escape(str(column)), overflow="fold")
        for row in frame.to_dict("records"):
            table.add_row(*(escape(plain(str(text))) for text in row.values()))
        console.print(table)


def progress_table(counts: Counts) -> Table:
    """How far each arm of each task has come."""
    table = plain_table("task", "arm", "asked", "ok", "diverged", "failed", "to do")
    for (task, arm), arm_counts in counts.items():
        numbers = (
            arm_counts.asked,
            arm_counts.ok,
            arm_counts.diverged,
            arm_counts.failed,
            arm_counts.to_do,
        )
        table.add_row(task, arm, *map(str, numbers))
    return table


def watch(looks: Iterable[Look]) -> None:
    """Shows how a run is getting on, for as long as there are looks: in place on a terminal, else
    whatever is new."""
    console = _Output()
    if not console.is_terminal or console.is_dumb_terminal:
        last = None
        for look in looks:
            if look != last:
                console.print(_look(look))
            last = look
        return
    with Live(console=console, auto_refresh=False) as live:
        for look in looks:
            live.update(_look(look), refresh=True)


def _look(look: Look) -> Group:
    table = progress_table(look.counts)
    lines = [*look.intervals, look.time_left]
    return Group(table, *(Text(line) for line in lines))


def components_table(components: Sequence[Component], metric: Metric) -> Table:
    """Where the noise comes from: a standard deviation for each source, in the metric's printed
    unit."""
    scale, unit = (100, ", points") if metric.unit == "ratio" else (1, "")
    table = plain_table("arm", "varying", "seeds", f"sd{unit}", "95% interval", "share of variance")
    for one in components:
        low, high = (scale * bound**0.5 for bound in (one.interval.low, one.interval.high))
        share = "-" if one.share is None else f"{100 * one.share:.0f}%"
        deviation = f"{scale * one.variance**0.5:.3f}"
        table.add_row(
            one.arm,
            one.source.replace("_", " "),
            str(one.n),
            deviation,
            f"[{low:.3f}, {high:.3f}]",
            share,
        )
    return table


def floor_line(arm: str, floor: Interval | None, metric: Metric) -> str:
    """The noise floor of an arm in words."""
    if floor is None:
        return f"{arm}: two seeds or more are needed for a noise floor"
    scale, unit = (100, " points") if metric.unit == "ratio" else (1, "")
    return (
        f"{arm}: two single runs differ by {scale * floor.low:+.2f} to"
        f" {scale * floor.high:+.2f}{unit} 95% of the time, from noise alone"
    )
