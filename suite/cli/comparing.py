"""The verb compare: a verdict on any two arms, measured here or elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suite.cli.options import DEFAULT_STORE, StorePath, app
from suite.errors import SuiteError

if TYPE_CHECKING:
    from suite.task import Metric


@app.command()
def compare(
    first: Annotated[
        str, typer.Argument(metavar="A", help="FILE or FILE:ARM (csv, json, jsonl), or TASK/ARM in the store.")
    ],
    second: Annotated[str, typer.Argument(metavar="B", help="As A.")],
    direction: Annotated[
        str, typer.Option("--direction", envvar="SUITE_DIRECTION", help="higher or lower is better.")
    ] = "higher",
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin", envvar="SUITE_MARGIN", min=0, help="A difference that does not matter.", show_default=False
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric", envvar="SUITE_METRIC", help="Of the store's records; the task's first.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", envvar="SUITE_JSON", help="For machines.")] = False,
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
    """Compares two arms, measured here or elsewhere, paired by seed or item: the same verdict as in a report."""
    from suite.comparison import compare_values
    from suite.report.compared import as_record, in_lines, is_worse

    rule, allowed = _rule(direction, margin), _allowed(fail_if)
    (name_a, a), (name_b, b) = _arm_values(first, metric, store), _arm_values(second, metric, store)
    if name_a == name_b:
        name_a, name_b = first, second
    found = compare_values(name_a, a, name_b, b, rule)
    if as_json:
        print(as_record(found, a, b))
    else:
        print("\n".join(in_lines(found, a, b)))
    if allowed is not None and is_worse(found, rule, allowed):
        raise typer.Exit(1)


def _rule(direction: str, margin: float | None) -> Metric:
    from suite.task import Metric

    if direction not in ("higher", "lower"):
        raise SuiteError(f"--direction: expected higher or lower, got {direction!r}")
    return Metric(direction=direction, margin=margin or None, unit="none")


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


def _arm_values(text: str, metric: str | None, store: Path) -> tuple[str, dict[str, float]]:
    """The name and values of what `text` names: an arm in a file, or TASK/ARM in the store."""
    from suite.observations import read_arms

    name, _, arm = text.partition(":")
    if Path(name).suffix in (".csv", ".json", ".jsonl", ".ndjson"):
        arms = read_arms(Path(name))
        if not arm and len(arms) > 1:
            raise SuiteError(f"{name}: expected FILE:ARM, for it holds {', '.join(arms)}")
        chosen = arm or next(iter(arms))
        if chosen not in arms:
            raise SuiteError(f"{name}: expected one of {', '.join(arms)}, got {chosen!r}")
        return chosen, arms[chosen]
    from suite.report.gather import studies
    from suite.store import open_store

    with open_store(store) as opened:
        found = {study.task.name: study for study in studies(opened)}
    task, _, arm = text.partition("/")
    if task not in found or arm not in found[task].task.arms:
        known = ", ".join(f"{one.task.name}/{arm}" for one in found.values() for arm in one.task.arms)
        raise SuiteError(f"{text}: expected a file (csv, json, jsonl) or one of {known}")
    study = found[task]
    wanted = metric or study.primary_metric
    if wanted not in study.task.metrics:
        raise SuiteError(f"--metric: expected one of {', '.join(study.task.metrics)}, got {wanted!r}")
    return text, {str(seed): value for seed, value in study.values(arm, wanted).items()}
