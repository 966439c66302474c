"""Runs in the SQLite file of a trackio project, as trackio 0.1 to 0.43 write it.

Before run ids, a run was known by its name. trackio does not record how a run ended.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.runs.flat import flat_text
from suite.importers.runs.logged import Curve, LoggedRun, RunLog, make_curve
from suite.importers.runs.sqlite_file import is_sqlite_with, read_sqlite

KIND = "trackio"
TABLES = ("metrics", "configs")


def is_trackio(path: Path) -> bool:
    """Whether a file is trackio's, or a folder holds one of its files."""
    return bool(_databases(path))


def read_trackio(path: Path) -> RunLog:
    """All runs of the project, or of the one project in a folder. Raises SuiteError."""
    files = _databases(path)
    if len(files) > 1:
        several = ", ".join(file.name for file in files[:5])
        raise SuiteError(f"{path}: expected one project of trackio, got {several}: name one")
    file = files[0]
    with read_sqlite(file, TABLES) as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(metrics)")}
        key = "run_id" if "run_id" in columns else "run_name"
        configs: dict[str, dict[str, str]] = {}
        names: dict[str, str] = {}
        for run, name, text in connection.execute(f"SELECT {key}, run_name, config FROM configs"):  # noqa: S608
            configs[run], names[run] = _config(file, text), str(name)
        points = defaultdict[str, list[tuple[float, float, dict[str, float]]]](list)
        for run, name, *row in _rows(connection, key):
            names.setdefault(run, str(name))
            points[run].append(_point(file, *row))
    runs = tuple(
        LoggedRun(
            name=name,
            location=f"{file}: run {run}",
            parameters=configs.get(run, {}),
            metrics=_curves(points[run]),
            started=min((time for time, _, _ in points[run]), default=None),
            files=(file,),
        )
        for run, name in names.items()
    )
    return RunLog(str(path), KIND, runs)


def _databases(path: Path) -> list[Path]:
    files = sorted(path.glob("*.db")) if path.is_dir() else [path] if path.is_file() else []
    return [file for file in files if is_sqlite_with(file, TABLES)]


def _rows(connection: sqlite3.Connection, key: str) -> Iterator[tuple[Any, ...]]:
    yield from connection.execute(
        f"SELECT {key}, run_name, timestamp, step, metrics FROM metrics ORDER BY id"  # noqa: S608 - one of two names
    )


def _config(file: Path, text: str | bytes) -> dict[str, str]:
    """The configuration, without what trackio notes itself."""
    flat = flat_text(_json(file, text))
    return {name: value for name, value in flat.items() if not name.startswith("_")}


def _point(
    file: Path, timestamp: str, step: int, text: str | bytes
) -> tuple[float, float, dict[str, float]]:
    """The time in s since 1970, the step, and the numbers that were logged."""
    document = _json(file, text)
    numbers = {
        str(name): float(value)
        for name, value in document.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    try:
        moment = datetime.fromisoformat(str(timestamp).replace("Z", "+00:00")).timestamp()
    except ValueError:
        moment = math.nan
    return moment, float(step), numbers


def _json(file: Path, text: str | bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SuiteError(f"{file}: expected JSON in a row, got {text[:60]!r}: {error}") from None
    return document if isinstance(document, dict) else {}


def _curves(rows: list[tuple[float, float, dict[str, float]]]) -> dict[str, Curve]:
    names = dict.fromkeys(name for _, _, numbers in rows for name in numbers)
    curves = {}
    for name in names:
        own = [(numbers[name], step, time) for time, step, numbers in rows if name in numbers]
        values, steps, times = zip(*own, strict=True)
        curves[name] = make_curve(values, steps=steps, times=times)
    return curves
