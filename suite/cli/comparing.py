"""The verb compare: a verdict on any two arms, measured here or elsewhere; or on all that two files
or stores have in common."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from suite.cli.options import DEFAULT_STORE, StorePath, app
from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suite.importers.measured import MeasuredArm

STORES = (".sqlite", ".sqlite3", ".db")


@app.command()
def compare(
    first: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help=(
                "FILE or FILE:ARM (csv, json, jsonl; logs of lm-evaluation-harness and inspect_ai;"
                " parquet of benchopt; "
                "another store, its arms TASK/ARM), or TASK/ARM in the store."
            ),
        ),
    ],
    second: Annotated[
        str, typer.Argument(metavar="B", help="As A. Two whole files: every arm that both have.")
    ],
    direction: Annotated[
        str | None,
        typer.Option(
            "--direction",
            envvar="SUITE_DIRECTION",
            help="higher or lower is better; else as the task says, and higher for files.",
            show_default=False,
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin",
            envvar="SUITE_MARGIN",
            min=0,
            help="A difference that does not matter.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            envvar="SUITE_METRIC",
            help="Of several; the first, if none is named.",
            show_default=False,
        ),
    ] = None,
    unpaired: Annotated[
        bool,
        typer.Option(
            "--unpaired",
            envvar="SUITE_UNPAIRED",
            help="For arms that share neither seeds nor items.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", envvar="SUITE_JSON", help="For machines: an object a line.")
    ] = False,
    fail_if: Annotated[
        str | None,
        typer.Option(
            "--fail-if",
            envvar="SUITE_FAIL_IF",
            help='"worse" or "worse:0.01": exit 1 where A is worse (by more).',
            show_default=False,
        ),
    ] = None,
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Compares two arms, measured here or elsewhere, paired by seed or item: the same verdict as in
    a report."""
    from suite.analysis.compare_arms import compare_arms
    from suite.analysis.comparison import is_worse
    from suite.reports.comparison_text import comparison_json, comparison_lines

    better, allowed = _direction(direction), _allowed(fail_if)
    pairs, alone = _pairs(first, second, metric, store)
    found = compare_arms(pairs, direction=better, margin=margin, paired=not unpaired)
    for name in alone:
        print(f"not compared: {name}: the other side has none of that name", file=sys.stderr)
    for one, (a, b) in zip(found, pairs, strict=True):
        print(comparison_json(one, a, b) if as_json else "\n".join(comparison_lines(one, a, b)))
    if allowed is not None and any(is_worse(one, allowed) for one in found):
        raise typer.Exit(1)


def _direction(text: str | None) -> Literal["higher", "lower"] | None:
    if text not in ("higher", "lower", None):
        raise SuiteError(f"--direction: expected higher or lower, got {text!r}")
    return text  # type: ignore[return-value]


def _allowed(fail_if: str | None) -> float | None:
    """The loss that --fail-if puts up with; None without it."""
    if fail_if is None:
        return None
    word, _, number = fail_if.partition(":")
    try:
        allowed = float(number or 0)
    except ValueError:
        allowed = -1.0
    if word != "worse" or not 0 <= allowed < float("inf"):
        raise SuiteError(f'--fail-if: expected "worse" or "worse:NUMBER", got {fail_if!r}')
    return allowed


def _pairs(
    first: str, second: str, metric: str | None, store: Path
) -> tuple[Sequence[tuple[MeasuredArm, MeasuredArm]], Sequence[str]]:
    """The pairs of arms that two words name, and the arms of which the other side has none."""
    (name_a, arm_a, a), (name_b, arm_b, b) = (
        _arms(text, metric, store) for text in (first, second)
    )
    if not arm_a and not arm_b and len(a) > 1 and len(b) > 1 and name_a != name_b:
        common = [arm for arm in a if arm in b]
        if not common:
            raise SuiteError(
                f"{name_a}, {name_b}: expected arms that both have, found {', '.join(a)};"
                f" {', '.join(b)}"
            )
        alone = [
            f"{name}:{arm}"
            for name, arms in ((name_a, a), (name_b, b))
            for arm in arms
            if arm not in common
        ]
        return [
            (replace(a[arm], name=f"{name_a}:{arm}"), replace(b[arm], name=f"{name_b}:{arm}"))
            for arm in common
        ], alone
    one, other = _chosen(name_a, arm_a, a), _chosen(name_b, arm_b, b)
    if one.name == other.name:
        one, other = replace(one, name=first), replace(other, name=second)
    return [(one, other)], []


def _chosen(name: str, arm: str, arms: Mapping[str, MeasuredArm]) -> MeasuredArm:
    if not arm and len(arms) > 1:
        raise SuiteError(f"{name}: expected FILE:ARM, for it holds {', '.join(arms)}")
    chosen = arm or next(iter(arms))
    if chosen not in arms:
        raise SuiteError(f"{name}: expected one of {', '.join(arms)}, got {chosen!r}")
    return arms[chosen]


def _arms(text: str, metric: str | None, store: Path) -> tuple[str, str, Mapping[str, MeasuredArm]]:
    """The file that `text` names, the arm if it names one, and all arms of the file. TASK/ARM is of
    the file `store`."""
    from suite.importers.files import SUFFIXES, read_arms

    name, _, arm = text.partition(":")
    suffix = Path(name).suffix
    if suffix in SUFFIXES:
        return name, arm, read_arms(Path(name), metric)
    if suffix in STORES:
        return name, arm, _stored(Path(name), metric)
    arms = _stored(store, metric)
    if text not in arms:
        raise SuiteError(
            f"{text}: expected a file ({', '.join(one[1:] for one in (*SUFFIXES, *STORES))}) or one"
            f" of {', '.join(arms)}"
        )
    return str(store), text, arms


def _stored(path: Path, metric: str | None) -> Mapping[str, MeasuredArm]:
    from suite.analysis.studies import read_measured_arms
    from suite.store.store import open_store

    with open_store(path) as opened:
        arms = read_measured_arms(opened, metric)
    if not arms:
        raise SuiteError(f"{path}: nothing was run yet; `suite run` does")
    return arms
