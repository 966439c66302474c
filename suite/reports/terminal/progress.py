"""Results on the terminal as they come: a bar, or a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from suite.plan.plan import Plan
from suite.result import Result


def follow_results(results: Iterator[Result], plans: Sequence[Plan]) -> dict[str, int]:
    """The number of results of each status, once all have come.

    Shows them as they come: a bar on a terminal, else a line each.
    """
    total, counts = sum(plan.run_count for plan in plans), Counter[str]()
    console = Console(stderr=True)
    live = console.is_terminal and not console.is_dumb_terminal
    with progress_bar(console, disable=not live or not total) as bar:
        line = bar.add_task("runs", total=total, bad=0, last="")
        for result in results:
            counts[result.status] += 1
            bar.update(
                line,
                advance=1,
                bad=counts.total() - counts["ok"],
                last=f"{result.task} {result.cell} {result.seed}",
            )
            if result.status != "ok" or not live:
                console.print(
                    f"[{counts.total()}/{total}] {result_line(result)}",
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )
    return dict(counts)


def result_line(result: Result) -> str:
    """A result in one line: its first metric and its time, or what went wrong."""
    name = f"{result.task} {result.cell} seed {result.seed}"
    if result.status != "ok":
        return f"{name}: {result.status}: {result.reason}".replace("\n", " ")
    metric, value = next(iter(result.metrics.items()), ("no metric", float("nan")))
    together = f" for {result.seeds_together} seeds" if result.seeds_together > 1 else ""
    return f"{name}: {metric} {value:.4f}, {result.run_time_s:.1f} s{together}"


def progress_bar(console: Console, *, disable: bool) -> Progress:
    """A bar with how many runs are done and failed, the time, and the last run."""
    columns = (
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[bad]} failed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
    )
    return Progress(*columns, console=console, disable=disable)
