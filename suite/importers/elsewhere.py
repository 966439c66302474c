"""Logs and tables of other programs -> single runs that a store can keep: arm, seed, value, files.

What cannot be kept as it is, such as values of test items, is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.errors import SuiteError, visible
from suite.importers.found_files import find_files
from suite.importers.measured_table import MeasuredTable, TableUnit
from suite.importers.role_names import Direction
from suite.importers.runs.logged import LoggedRun, RunLog
from suite.importers.runs.mlflow_server import is_address
from suite.importers.runs.points import Point
from suite.importers.runs.recognise import is_log_of_runs, read_runs
from suite.importers.runs.run_table import (
    ChosenRuns,
    RunOptions,
    choose_runs,
    looked_at,
    reading_of,
)
from suite.importers.source_word import OF_RUNS, ReadOptions, refuse_others
from suite.importers.sources import read_sources
from suite.result import MAX_SEED, Status
from suite.task.measured import LONGEST

TABLE = "a table"
PARTED = ": "  # between a file and the run in it, where the file holds several
EXPERIMENT = "experiment"  # MLflow's, which is known only where a log holds several
PLACE = re.compile(r"(/|~|[A-Za-z]:[\\/]|file:)")  # how a path of one machine begins


@dataclass(frozen=True)
class ElsewhereRun:
    """One run that was measured elsewhere.

    `arm`: what tells it from other arms of its log. `configuration`: its parameters but for the
    seed. `status` and `reason`: why it has no `value`. `inside`: which of the runs in its files it
    is; None where the files are its own.
    """

    arm: str
    configuration: Mapping[str, str]
    seed: int
    status: Status
    value: float | None
    reason: str
    files: tuple[Path, ...]
    inside: str | None = None


@dataclass(frozen=True)
class ElsewhereRuns:
    """What logs hold of one metric. `program`: that wrote them. `reading`: how they were read.

    `notes`: what else a reader must know; `caveats`: those of them on the values that count.
    """

    source: str
    program: str
    metric: str
    direction: Direction | None
    reading: str
    runs: tuple[ElsewhereRun, ...]
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


def read_elsewhere(words: Sequence[str], options: ReadOptions) -> ElsewhereRuns:
    """The runs of logs, or of tables of results by seed. Raises SuiteError for anything else."""
    for word in words:
        if word == "-" or is_address(word):
            raise SuiteError(
                f"{word}: expected files, for their SHA-256 is kept: save it as a file first"
            )
    if any(is_log_of_runs(Path(word)) for word in words):
        return _of_log(_joined(words), options)
    return _of_table(read_sources(words, options).table, words)


def _joined(words: Sequence[str]) -> RunLog:
    """The logs as one. Raises SuiteError where one of them is none."""
    logs = []
    for word in words:
        log = read_runs(Path(word))
        if log is None:
            raise SuiteError(f"{word}: expected a log of runs, as beside it: import it alone")
        logs.append(log)
    if len(logs) == 1:
        return logs[0]
    return RunLog(
        ", ".join(log.source for log in logs),
        " and ".join(dict.fromkeys(log.kind for log in logs)),
        tuple(run for log in logs for run in log.runs),
        tuple(note for log in logs for note in log.notes),
    )


def _of_log(log: RunLog, options: ReadOptions) -> ElsewhereRuns:
    refuse_others(log.source, options, OF_RUNS)
    point = options.at or Point()
    chosen = choose_runs(log, RunOptions(options.roles, point, options.newest, options.direction))
    _require_seeds(log.source, chosen.roles.unit, chosen.roles.blocks)
    if chosen.roles.units is None:
        raise SuiteError(
            f"{log.source}: no run records its seed ({looked_at(chosen.runs)}): name the parameter"
            " with --seed"
        )
    places = [name for name in chosen.roles.configured if _is_place(name, chosen.runs)]
    named = [name for name in places if name != EXPERIMENT]
    note = (f"not kept, for they name places: {', '.join(named)}",) if named else ()
    return ElsewhereRuns(
        source=log.source,
        program=log.kind,
        metric=chosen.metric,
        direction=chosen.direction,
        reading=reading_of(log, chosen),
        runs=tuple(_runs_of_log(log, chosen, chosen.roles.units, places)),
        notes=(*chosen.notes, *note),
        caveats=chosen.caveats,
    )


def _require_seeds(source: str, unit: TableUnit, blocks: Sequence[str]) -> None:
    """Raises SuiteError for what a task over one data set and seeds cannot hold."""
    if unit != "seed":
        raise SuiteError(
            f"{source}: expected runs by seed, got numbers by {unit}: `suite compare` reads them"
        )
    if len(names := sorted(set(blocks))) > 1:
        raise SuiteError(
            f"{source}: expected one data set, got {', '.join(names[:5])}: --where keeps one, and"
            " each is a task of its own"
        )


def _is_place(name: str, runs: Sequence[LoggedRun]) -> bool:
    """Whether a parameter that all runs share is no configuration.

    It names a place on somebody's machine; or the experiment, which is known only where a log holds
    several.
    """
    values = {run.parameters.get(name, "") for run in runs}
    return len(values) == 1 and (name == EXPERIMENT or bool(PLACE.match(values.pop())))


def _runs_of_log(
    log: RunLog, chosen: ChosenRuns, units: Sequence[str], places: Collection[str]
) -> Iterator[ElsewhereRun]:
    """The runs that count and have ended."""
    roles = chosen.roles
    for place, run in enumerate(chosen.runs):
        if not chosen.keep[place] or run.end == "running":
            continue
        value = float(chosen.values[place])
        status, reason = _ending(run, log.kind, chosen.metric, value)
        configuration = {
            _kept(name): _kept(run.parameters[name])
            for name in roles.configured
            if name in run.parameters and name not in places
        }
        yield ElsewhereRun(
            arm=roles.arms[place],
            configuration=configuration or {"name": _kept(roles.arms[place])},
            seed=_seed(units[place], f"{log.source}: run {run.name}"),
            status=status,
            value=value if status == "ok" else None,
            reason=reason,
            files=run.files,
            inside=_inside(run),
        )


def _inside(run: LoggedRun) -> str | None:
    """Which of several runs in a file it is; None where its files are its own."""
    file = run.files[0] if run.files else None
    if file is None or not run.location.startswith(f"{file}{PARTED}"):
        return None
    return run.location.removeprefix(f"{file}{PARTED}")


def _ending(run: LoggedRun, program: str, metric: str, value: float) -> tuple[Status, str]:
    """How a run that has ended counts, and why it has no value."""
    if run.end == "failed":
        return "failed", f"{program}: {visible(run.status or 'failed')}"
    if np.isfinite(value):
        return "ok", ""
    if metric in run.metrics:
        return "diverged", f"{visible(metric)} has no finite value at the point that counts"
    return "failed", f"{visible(metric)} was not logged"


def _kept(text: str) -> str:
    """A name or value on one line; of a long one the beginning, and what stands for the whole."""
    shown = visible(text)
    if len(shown) <= LONGEST:
        return shown
    digest = hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]
    return f"{shown[: LONGEST - 40]}... (SHA-256 {digest})"


def _seed(text: str, location: str) -> int:
    """The seed. Raises SuiteError for what is no seed of this suite."""
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not (0 <= number <= MAX_SEED and number.is_integer()):
        raise SuiteError(
            f"{location}: expected an integer from 0 to {MAX_SEED} as its seed, got {text!r:.60}:"
            " --seed names another parameter"
        )
    return int(number)


def _of_table(table: MeasuredTable, words: Sequence[str]) -> ElsewhereRuns:
    rows = table.rows
    _require_seeds(table.source, table.unit, [str(block) for block in rows["block"]])
    if not table.paired:
        raise SuiteError(f"{table.source}: expected seeds that arms share, got repetitions")
    files = tuple(file.path for word in words for file in find_files(word).files)
    return ElsewhereRuns(
        source=table.source,
        program=TABLE,
        metric=table.metric,
        direction=table.rule.direction if table.rule else None,
        reading=table.reading,
        runs=tuple(_runs_of_table(table, files)),
        notes=table.notes,
    )


def _runs_of_table(table: MeasuredTable, files: tuple[Path, ...]) -> Iterator[ElsewhereRun]:
    columns = (table.rows[name] for name in ("arm", "unit", "value"))
    for arm, unit, value in zip(*columns, strict=True):
        has_value = bool(np.isfinite(value))
        yield ElsewhereRun(
            arm=str(arm),
            configuration={"arm": _kept(str(arm))},
            seed=_seed(str(unit), f"{table.source}: {arm}"),
            status="ok" if has_value else "failed",
            value=float(value) if has_value else None,
            reason="" if has_value else f"{visible(table.metric)}: no value is written",
            files=files,
            inside=_kept(f"{arm}, seed {unit}"),
        )
