"""Runs in the SQLite file of MLflow's tracking server, as MLflow 1.0 to 3.17 write it."""

from __future__ import annotations

import math
import sqlite3
from collections import defaultdict
from pathlib import Path

from suite.importers.runs.logged import Curve, LoggedRun, RunLog, make_curve
from suite.importers.runs.mlflow_folder import ENDS, KIND, without_lone_experiment
from suite.importers.runs.sqlite_file import is_sqlite_with, read_sqlite

TABLES = ("experiments", "runs", "metrics", "params")
RUNS = """
    SELECT runs.run_uuid, runs.name, runs.status, runs.start_time, experiments.name
    FROM runs JOIN experiments ON experiments.experiment_id = runs.experiment_id
    WHERE runs.lifecycle_stage = 'active' AND experiments.lifecycle_stage = 'active'
    ORDER BY runs.start_time, runs.run_uuid
"""
METRICS = """
    SELECT run_uuid, key, value, timestamp, step, is_nan FROM metrics
    ORDER BY run_uuid, key, step, timestamp
"""
Points = list[tuple[float, float, float]]  # value, step, seconds


def is_mlflow_database(path: Path) -> bool:
    """Whether a file is a database of MLflow."""
    return path.is_file() and is_sqlite_with(path, TABLES)


def read_mlflow_database(path: Path) -> RunLog:
    """All runs in it that were not deleted. Raises SuiteError for a damaged file."""
    with read_sqlite(path, TABLES) as connection:
        parameters = defaultdict[str, dict[str, str]](dict)
        for run, key, value in connection.execute("SELECT run_uuid, key, value FROM params"):
            parameters[run][str(key)] = str(value)
        metrics = _metrics(connection)
        runs = [
            LoggedRun(
                name=str(name or run),
                location=f"{path}: run {run}",
                parameters={"experiment": str(experiment)} | parameters[run],
                metrics=metrics[run],
                end=ENDS.get(str(status), "unknown"),
                status=str(status),
                started=None if start is None else start / 1000,
                files=(path,),
            )
            for run, name, status, start, experiment in connection.execute(RUNS)
        ]
        everything = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    deleted = everything - len(runs)
    notes = (f"runs marked as deleted, not read: {deleted}",) if deleted else ()
    return RunLog(str(path), KIND, tuple(without_lone_experiment(runs)), notes)


def _metrics(connection: sqlite3.Connection) -> defaultdict[str, dict[str, Curve]]:
    """The curves of every run by name."""
    points = defaultdict[tuple[str, str], Points](list)
    for run, key, value, timestamp, step, is_nan in connection.execute(METRICS):
        number = math.nan if is_nan else float(value)
        points[run, str(key)].append((number, float(step), timestamp / 1000))
    curves = defaultdict[str, dict[str, Curve]](dict)
    for (run, key), own in points.items():
        values, steps, times = zip(*own, strict=True)
        curves[run][key] = make_curve(values, steps=steps, times=times)
    return curves
