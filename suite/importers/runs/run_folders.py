"""Runs that have a folder each: of Hydra, Lightning, dvclive, Ray Tune, and of trainers like them.

A run's folder holds what was configured (.hydra/config.yaml, hparams.yaml, params.yaml ...) and
what was measured (metrics.csv, results.json ...), there or in a logger's folder below it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from suite.errors import SuiteError
from suite.importers.reading_progress import counted
from suite.importers.role_names import words_of
from suite.importers.runs.flat import read_config
from suite.importers.runs.logged import Curve, LoggedRun, RunLog
from suite.importers.runs.run_table_files import read_curve_json, read_curve_table

# What was configured, the fullest first, and the program that writes it there.
CONFIGS: Mapping[str, str] = {
    ".hydra/config.yaml": "Hydra",
    "hparams.yaml": "Lightning",
    "params.yaml": "dvclive",
    "params.json": "Ray Tune",
    "config.yaml": "a trainer",
    "config.yml": "a trainer",
    "config.json": "a trainer",
    "args.yaml": "a trainer",
    "args.json": "a trainer",
    "hparams.json": "a trainer",
}
# What was measured, the fullest first: curves before last values.
MEASURED = (
    *("metrics.csv", "progress.csv", "log.csv", "history.csv", "training_log.csv"),
    *("metrics.jsonl", "result.json", "history.json", "metrics.json", "results.json"),
    *("result.jsonl", "summary.json", "results.csv", "eval.json", "test_results.json"),
)
RANKS = {name: rank for rank, name in enumerate(MEASURED)}
MAX_FILES = 200_000  # to look at
MAX_DEPTH = 4  # from a run's folder down to what its loggers wrote


def is_run_folders(path: Path) -> bool:
    """Whether a folder holds folders of runs."""
    return path.is_dir() and not _has_tables(path) and bool(_run_folders(path))


def _has_tables(path: Path) -> bool:
    """Whether tables lie in the folder itself: it is one of tables then."""
    return any(file.suffix in (".csv", ".tsv", ".parquet", ".xlsx") for file in path.iterdir())


def read_run_folders(path: Path) -> RunLog:
    """All runs below a folder. Raises SuiteError for a damaged file, by name."""
    found = _run_folders(path)
    kinds = list(dict.fromkeys(CONFIGS[known] for known, _ in found.values() if known))
    runs = [_read_run(folder, config, path) for folder, (_, config) in counted(list(found.items()))]
    if not any(run.metrics for run in runs):
        raise SuiteError(
            f"{path}: {len(runs)} folders of runs hold no metrics: expected"
            f" {', '.join(MEASURED[:4])} or the like in them"
        )
    return RunLog(str(path), " and ".join(kinds) or "a trainer", tuple(runs))


def _read_run(folder: Path, config: Path | None, path: Path) -> LoggedRun:
    parameters = read_config(config) if config is not None else {}
    metrics = dict[str, Curve]()
    measured = _measured_files(folder)
    for file in measured:
        curves, noted = _read_file(file)
        metrics = curves | metrics  # the file nearest to the run's folder counts
        parameters = noted | parameters
    return LoggedRun(
        name=_name(folder, path),
        location=str(folder),
        parameters={n: value for n, value in parameters.items() if not n.startswith("hydra.")},
        metrics=metrics,
        end="unknown" if metrics else "failed",
        status="" if metrics else "no metrics were written",
        started=folder.stat().st_mtime,
        files=(*([config] if config is not None else ()), *measured),
    )


def _read_file(file: Path) -> tuple[dict[str, Curve], dict[str, str]]:
    """The curves in a file of metrics, and the words and seeds that stand beside them."""
    if file.suffix == ".csv":
        return read_curve_table(file), {}
    curves, noted = read_curve_json(file)
    seeds = {name: curve for name, curve in curves.items() if "seed" in words_of(name)}
    noted |= {name: f"{curve.values[-1]:.0f}" for name, curve in seeds.items()}
    return {name: curve for name, curve in curves.items() if name not in seeds}, noted


Found = dict[Path, tuple[str, "Path | None"]]  # the config's known name, and where it is


def _run_folders(path: Path) -> Found:
    """The folders of runs, by path, with the file of each one's configuration.

    What a logger wrote below a run's folder belongs to that run: Hydra's folder holds Lightning's,
    and a folder with metrics whose only folder of metrics is a logger's holds it.
    """
    files = _files(path)
    configs: Found = {}
    for config in CONFIGS:
        for file in files.get(Path(config).name, ()):
            folder = file.parents[len(Path(config).parts) - 1]
            is_inside = any(parent in configs for parent in folder.parents)
            if file == folder / config and not is_inside:
                configs.setdefault(folder, (config, file))
    measured = {file.parent for name in MEASURED for file in files.get(name, ())} - {path}
    below: dict[Path, list[Path]] = {folder: [] for folder in measured}
    for deep in measured:
        for parent in deep.parents:
            if parent in below:
                below[parent].append(deep)
    holding = {parent for deep in measured for parent in deep.parents}
    found: Found = {}
    for folder, known in configs.items():
        is_run = (folder / ".hydra").is_dir() or folder in measured
        if is_run or folder in holding:
            outer = [p for p in folder.parents if p in measured and below[p] == [folder]]
            found[outer[-1] if outer else folder] = known
    if not found:
        inner = {d[0] for d in below.values() if len(d) == 1}
        lone = [f for f in measured if f not in inner and len(below[f]) < 2]
        found = dict.fromkeys(lone, ("", None))
    return {folder: found[folder] for folder in sorted(found, key=_natural)}


def _files(path: Path) -> dict[str, list[Path]]:
    """The files below a folder that have a known name, by name."""
    known = {Path(config).name for config in CONFIGS} | set(MEASURED)
    found: dict[str, list[Path]] = {}
    for file in islice(path.rglob("*.*"), MAX_FILES):
        if file.name in known:
            found.setdefault(file.name, []).append(file)
    return {name: sorted(files) for name, files in found.items()}


def _natural(folder: Path) -> tuple[tuple[int, int, str], ...]:
    """An order in which 2 comes before 10."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in folder.parts)


def _measured_files(folder: Path) -> list[Path]:
    """The files of metrics in a run's folder and below it, those of curves first."""
    found: list[tuple[int, int, Path]] = []
    start = len(folder.parts)
    for at, below, names in os.walk(folder):
        place = Path(at)
        depth = len(place.parts) - start
        if depth == MAX_DEPTH - 1:
            below.clear()
        found += [(RANKS[name], depth, place / name) for name in names if name in RANKS]
    return [file for _, _, file in sorted(found) if file.stat().st_size]


def _name(folder: Path, path: Path) -> str:
    """The path of a run's folder, without a version that a logger counts."""
    parts = list(folder.relative_to(path).parts) or [folder.name]
    if len(parts) > 1 and parts[-1].startswith("version_"):
        parts = parts[:-1]
    return "/".join(parts)
