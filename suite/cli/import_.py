"""The verb import."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from suite.analysis.analyse import analyse
from suite.analysis.compare_study import is_decided
from suite.analysis.seen import record_seen
from suite.analysis.studies import read_study
from suite.analysis.study import Study
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
    DEFAULT_TASKS,
    Margin,
    StorePath,
    TasksFolder,
    Until,
)
from suite.cli.reading_bar import show_reading
from suite.cli.report import print_answer
from suite.cli.until_decided import require_sequence
from suite.errors import SuiteError, visible
from suite.execution.runner import note_plan
from suite.importers.elsewhere import ElsewhereRuns, read_elsewhere
from suite.importers.elsewhere_file import extended_file, first_file
from suite.importers.elsewhere_store import Kept, choose_new, stored_seeds
from suite.importers.elsewhere_task import require_same_reading, task_point
from suite.importers.role_options import RoleOptions, shorten
from suite.importers.runs.points import parse_point
from suite.importers.source_word import ReadOptions
from suite.plan.plan import Plan, logged_name, make_plan
from suite.reports.wording import count_of
from suite.reports.writing import write_file
from suite.store.store import open_store
from suite.task.fields import NAME_PATTERN
from suite.task.loading import load_task, parse_task
from suite.task.schema import Task

MOST_NAMES = 8  # of arms, in one line


def import_(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="LOG...",
            help="Name logs of runs, such as mlruns or lightning_logs, or tables with seeds.",
        ),
    ],
    name: Annotated[
        str,
        typer.Option(
            "--task",
            envvar="SUITE_TASK",
            metavar="NAME",
            help="Keep them for this task; its file is written where there is none.",
        ),
    ],
    metric: LogMetric = None,
    direction: LogDirection = None,
    margin: Margin = None,
    arm: ArmColumn = None,
    seed: SeedColumn = None,
    value: ValueColumn = None,
    ignore: IgnoredColumns = None,
    where: KeptRows = None,
    average: Average = False,
    at: AtPoint = None,
    newest: Newest = False,
    until: Until = None,
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
) -> None:
    """Keep runs measured elsewhere as records of a task, with the SHA-256 of their files.

    Safe to repeat as a log grows: only runs that are not stored are added, and a changed value is
    refused. With --until decided, exits 1 where there is no verdict yet.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise SuiteError(
            f"--task: expected a name of small letters, digits, . _ and -, got {name!r:.80}"
        )
    path = tasks / f"{name}.toml"
    known = load_task(path) if path.exists() else None
    roles = RoleOptions(
        arm=arm,
        seed=seed,
        metric=metric or _logged_metric(known),
        value=value,
        where=where,
        ignore=ignore,
        average=average,
    )
    point = at or (None if known is None else task_point(known))
    options = ReadOptions(
        roles,
        None if point in (None, "last") else parse_point(point or "last"),
        newest,
        direction or (None if known is None else _direction(known)),
    )
    with show_reading(visible(", ".join(sources[:3]))):
        found = read_elsewhere(sources, options)
    if known is None:
        text = first_file(path, found, at=point or "last", margin=margin)
    else:
        require_same_reading(known, str(path), found, at=at, margin=margin)
        text = extended_file(path, found, _stored_seeds(known, store))
    task = parse_task(path, text.encode)
    plan = make_plan(task, device="cpu")
    kept = _keep(plan, found, sources, store, path, text, until_decided=until is not None)
    study = _read(plan, store)
    _say(found, kept, study, path, store)
    analysis = analyse(study)
    record_seen(store, [analysis], "import")
    print_answer(analysis)
    if until is not None and not is_decided(study):
        raise typer.Exit(1)


def _stored_seeds(task: Task, store: Path) -> dict[str, set[int]]:
    """The seeds of each arm that the store holds; none where there is no store yet."""
    if not store.is_file():
        return {}
    with open_store(store) as opened:
        return stored_seeds(make_plan(task, device="cpu"), opened)


def _logged_metric(task: Task | None) -> str | None:
    """What the metric of a task is called in logs; None where there is no task yet."""
    return None if task is None else logged_name(task, next(iter(task.metrics)))


def _direction(task: Task) -> LogDirection:
    return next(iter(task.metrics.values())).direction


def _keep(
    plan: Plan,
    found: ElsewhereRuns,
    sources: Sequence[str],
    store: Path,
    path: Path,
    text: str,
    *,
    until_decided: bool,
) -> Kept:
    """Stores what is new, once the task's file says what it is."""
    with open_store(store, create=True) as opened:
        if until_decided:
            require_sequence(plan, opened)
        kept = choose_new(found, sources, plan, opened)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_file(path, text)
        note_plan(plan, opened, sequential=until_decided)
        opened.append_all(kept.new)
    return kept


def _read(plan: Plan, store: Path) -> Study:
    with open_store(store) as opened:
        return replace(read_study(plan, opened), store=store)


def _say(found: ElsewhereRuns, kept: Kept, study: Study, path: Path, store: Path) -> None:
    """Says how the log was read, and what of it is kept where."""
    print(visible(found.reading))
    for note in found.notes:
        print(f"note: {visible(note)}", file=sys.stderr)
    new = count_of(len(kept.new), "run")
    before = f", {kept.stored} stored already" if kept.stored else ""
    arms = shorten(list(study.task.arms), MOST_NAMES)
    print(f"kept in {store}: {new} of {arms}{before}; task: {path}")
