"""The verb compare."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from suite.analysis.compare_arms import compare_arms
from suite.analysis.compare_table import TableAnalysis, compare_table, with_curve
from suite.analysis.comparison import Comparison, is_worse
from suite.analysis.seen import look_at_arms
from suite.cli.log_options import (
    ArmColumn,
    AtPoint,
    Average,
    IgnoredColumns,
    KeptRows,
    LogDirection,
    LogMetric,
    Newest,
    SeedColumn,
    ValueColumn,
)
from suite.cli.options import (
    DEFAULT_STORE,
    FailIf,
    JsonLines,
    Margin,
    StorePath,
    parse_allowed_loss,
)
from suite.cli.pairs import (
    find_stored_pair,
    is_file,
    mark_given_rules,
    mark_top_ups,
    read_pairs,
    stores_named,
)
from suite.cli.reading_bar import show_reading
from suite.errors import SuiteError, visible
from suite.importers.roles import RoleOptions
from suite.importers.runs.points import parse_point
from suite.importers.source_word import ReadOptions
from suite.importers.sources import read_sources
from suite.reports.comparison_text import comparison_json, comparison_lines
from suite.reports.rank_figure import ranks_svg
from suite.reports.results_table.frame import as_csv
from suite.reports.results_table.html_page import as_html
from suite.reports.results_table.json_text import as_json
from suite.reports.results_table.latex_text import as_latex
from suite.reports.results_table.markdown_text import as_markdown
from suite.reports.table_text import record_lines, table_lines
from suite.reports.writing import write_file
from suite.store.noting import record_looks

Format = Literal["terminal", "markdown", "latex", "html", "json", "csv"]
WRITERS: Mapping[Format, Callable[[TableAnalysis], str]] = {
    "terminal": lambda analysis: "\n".join(table_lines(analysis)) + "\n",
    "markdown": as_markdown,
    "latex": as_latex,
    "html": as_html,
    "json": as_json,
    "csv": as_csv,
}


def compare(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help=(
                "Name files of results: tables (csv, tsv, json, jsonl, parquet, Excel; .gz too),"
                " logs of lm-evaluation-harness, inspect_ai and benchopt, folders, patterns such as"
                ' "runs/{method}/{seed}.csv", or - for standard input. FILE:ARM names one arm.'
                " Of a store: TASK/ARM, or STORE:TASK/ARM, two of them."
            ),
        ),
    ],
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", envvar="SUITE_BASELINE", help="Compare this arm with every other."
        ),
    ] = None,
    metric: LogMetric = None,
    direction: LogDirection = None,
    margin: Margin = None,
    arm: ArmColumn = None,
    block: Annotated[
        str | None,
        typer.Option(
            "--block",
            envvar="SUITE_BLOCK",
            metavar="COLUMN",
            help="Read the data sets from this column.",
        ),
    ] = None,
    seed: SeedColumn = None,
    item: Annotated[
        str | None,
        typer.Option(
            "--item",
            envvar="SUITE_ITEM",
            metavar="COLUMN",
            help="Read the items of a test set from this column.",
        ),
    ] = None,
    fold: Annotated[
        str | None,
        typer.Option(
            "--fold",
            envvar="SUITE_FOLD",
            metavar="COLUMN",
            help="Read the folds of a cross-validation from this column.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            envvar="SUITE_CLUSTER",
            metavar="COLUMN",
            help="Read from this column which items belong together.",
        ),
    ] = None,
    value: ValueColumn = None,
    ignore: IgnoredColumns = None,
    where: KeptRows = None,
    average: Average = False,
    at: AtPoint = None,
    curve: Annotated[
        bool,
        typer.Option(
            "--curve",
            envvar="SUITE_CURVE",
            help="Give the verdict along the curves of logged runs, too.",
        ),
    ] = False,
    newest: Newest = False,
    unpaired: Annotated[
        bool,
        typer.Option(
            "--unpaired",
            envvar="SUITE_UNPAIRED",
            help="Compare arms that share neither seeds nor items.",
        ),
    ] = False,
    shape: Annotated[
        Format,
        typer.Option("--format", envvar="SUITE_FORMAT", help="Print the answer as this."),
    ] = "terminal",
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", envvar="SUITE_HTML", help="Write a page of it, too.", metavar="FILE"
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure", envvar="SUITE_FIGURE", help="Draw the ranks as SVG.", metavar="FILE"
        ),
    ] = None,
    as_lines: JsonLines = False,
    fail_if: FailIf = None,
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Compare what was measured, here or elsewhere: all arms, or two.

    They are paired by seed, item or fold; the verdict is the same as in a report.
    """
    if margin is not None and not math.isfinite(margin):
        raise SuiteError(f"--margin: expected a finite number, got {margin}")
    allowed = None if fail_if is None else parse_allowed_loss(fail_if)
    if not all(is_file(source) for source in sources):
        if curve:
            raise SuiteError("--curve: expected logs of runs, got arms of a store")
        comparisons = _compare_stored(
            sources, metric, direction, margin, unpaired=unpaired, as_lines=as_lines, store=store
        )
    else:
        roles = RoleOptions(
            arm=arm,
            block=block,
            seed=seed,
            item=item,
            cluster=cluster,
            fold=fold,
            metric=metric,
            value=value,
            where=where,
            ignore=ignore,
            average=average,
            unpaired=unpaired,
        )
        point = None if at is None else parse_point(at)
        options = ReadOptions(roles, point, newest, direction, curve)
        if curve:
            _require_place_for_curve(shape, html, as_lines=as_lines)
        with show_reading(visible(", ".join(sources[:3]))):
            read = read_sources(sources, options)
        if fail_if is not None and baseline is None and read.pairs is None:
            raise SuiteError(
                "--fail-if: nothing says which arm may not be worse: name it with --baseline, or"
                " name two arms, such as FILE:NEW FILE:OLD"
            )
        for name in read.unmatched:
            print(f"not compared: {visible(name)}: the other side has none", file=sys.stderr)
        analysis = compare_table(
            read.table,
            direction=direction,
            margin=margin,
            baseline=baseline,
            pairs=None if baseline else read.pairs,
            paired=not unpaired,
        )
        if curve:
            analysis = with_curve(analysis, point)
        text = "".join(record_lines(analysis)) if as_lines else WRITERS[shape](analysis)
        pages = {
            path: write(analysis)
            for path, write in ((html, as_html), (figure, ranks_svg))
            if path is not None
        }
        for path, page in pages.items():
            write_file(path, page)
        sys.stdout.write(text)
        comparisons = list(analysis.lead.comparisons)
    if allowed is not None and any(is_worse(comparison, allowed) for comparison in comparisons):
        raise typer.Exit(1)


def _require_place_for_curve(shape: Format, html: Path | None, *, as_lines: bool) -> None:
    """Raises SuiteError where no output would show the verdicts along the curve."""
    if shape not in ("terminal", "html", "json") and html is None and not as_lines:
        raise SuiteError(
            f"--curve: expected --format terminal, html or json, or --html FILE, got {shape}"
        )


def _compare_stored(
    sources: list[str],
    metric: str | None,
    direction: Literal["higher", "lower"] | None,
    margin: float | None,
    *,
    unpaired: bool,
    as_lines: bool,
    store: Path,
) -> list[Comparison]:
    """Prints the verdicts on two arms, of which one or both are of stores."""
    if len(sources) != 2:
        raise SuiteError(f"expected two arms of stores, or files, got {', '.join(sources)}")
    first, second = sources
    pairs, unmatched = read_pairs(first, second, metric, store)
    stores = stores_named(first, second, store)
    pairs = mark_top_ups(pairs, stores)
    given = {
        name: value
        for name, value in {"margin": margin, "direction": direction}.items()
        if value is not None
    }
    pairs = mark_given_rules(pairs, stores, given)
    asked = None if unpaired else find_stored_pair(first, second, metric, store)
    like_items = None
    if asked is None:
        comparisons = compare_arms(pairs, direction=direction, margin=margin, paired=not unpaired)
    else:
        lead, like_items = asked.judge(direction, margin)
        comparisons = [lead]
    look = look_at_arms(comparisons, pairs, "compare", given)
    for path in stores:
        record_looks(path, [look] if look.pairs else [])
    for name in unmatched:
        print(f"not compared: {name}: the other side has none of that name", file=sys.stderr)
    for comparison, (a, b) in zip(comparisons, pairs, strict=True):
        print(
            comparison_json(comparison, a, b, like_items)
            if as_lines
            else "\n".join(comparison_lines(comparison, a, b, like_items))
        )
    return comparisons
