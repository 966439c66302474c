"""The verb compare."""

from __future__ import annotations

import math
import sys
from typing import Annotated, Literal

import typer

from suite.analysis.compare_arms import compare_arms
from suite.analysis.comparison import is_worse
from suite.analysis.seen import look_at_arms
from suite.cli.options import DEFAULT_STORE, StorePath
from suite.cli.pairs import mark_top_ups, read_pairs, read_pairs_beside, stores_named
from suite.errors import SuiteError
from suite.reports.comparison_text import comparison_json, comparison_lines
from suite.store.looks import record_looks


def compare(
    first: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help=(
                "Name a FILE or FILE:ARM (csv, json, jsonl; logs of lm-evaluation-harness and"
                " inspect_ai; parquet of benchopt; another store, its arms TASK/ARM), or TASK/ARM"
                " in the store."
            ),
        ),
    ],
    second: Annotated[
        str,
        typer.Argument(
            metavar="B", help="Name it as A. Two whole files: every arm that both have."
        ),
    ],
    direction: Annotated[
        Literal["higher", "lower"] | None,
        typer.Option(
            "--direction",
            envvar="SUITE_DIRECTION",
            help="Say which is better; else as the task says, and higher for files.",
            show_default=False,
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin",
            envvar="SUITE_MARGIN",
            min=0,
            help="Call a difference below this one equivalent.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            envvar="SUITE_METRIC",
            help="Compare this metric of several; the first, if none is named.",
            show_default=False,
        ),
    ] = None,
    unpaired: Annotated[
        bool,
        typer.Option(
            "--unpaired",
            envvar="SUITE_UNPAIRED",
            help="Compare arms that share neither seeds nor items.",
        ),
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", envvar="SUITE_JSON", help="Print JSON: one object a line."),
    ] = False,
    fail_if: Annotated[
        str | None,
        typer.Option(
            "--fail-if",
            envvar="SUITE_FAIL_IF",
            help='Exit 1 where A is worse ("worse"), or worse by more than 0.01 ("worse:0.01").',
            show_default=False,
        ),
    ] = None,
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Compare two arms, measured here or elsewhere.

    They are paired by seed or item; the verdict is the same as in a report.
    """
    if margin is not None and not math.isfinite(margin):
        raise SuiteError(f"--margin: expected a finite number, got {margin}")
    allowed = None if fail_if is None else _parse_allowed_loss(fail_if)
    pairs, unmatched = read_pairs(first, second, metric, store)
    stores = stores_named(first, second, store)
    pairs = mark_top_ups(pairs, stores)
    beside = () if unpaired else read_pairs_beside(first, second, metric, store)
    comparisons = compare_arms(
        pairs, direction=direction, margin=margin, paired=not unpaired, beside=beside
    )
    look = look_at_arms(comparisons, pairs, "compare")
    for path in stores:
        record_looks(path, [look] if look.pairs else [])
    for name in unmatched:
        print(f"not compared: {name}: the other side has none of that name", file=sys.stderr)
    for comparison, (a, b) in zip(comparisons, pairs, strict=True):
        print(
            comparison_json(comparison, a, b)
            if as_json
            else "\n".join(comparison_lines(comparison, a, b))
        )
    if allowed is not None and any(is_worse(comparison, allowed) for comparison in comparisons):
        raise typer.Exit(1)


def _parse_allowed_loss(fail_if: str) -> float:
    """The loss that --fail-if puts up with."""
    word, _, number = fail_if.partition(":")
    try:
        allowed = float(number or 0)
    except ValueError:
        allowed = math.nan
    if word != "worse" or not 0 <= allowed < math.inf:
        raise SuiteError(f'--fail-if: expected "worse" or "worse:NUMBER", got {fail_if!r}')
    return allowed
