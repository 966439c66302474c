"""Runs in W&B's folder `wandb/`: run-*/files/{wandb-summary.json, config.yaml}.

A run that was recorded offline has those only after `wandb sync`.
"""

from __future__ import annotations

import json
from pathlib import Path

from suite.errors import SuiteError
from suite.importers.reading_progress import counted
from suite.importers.runs.flat import read_config
from suite.importers.runs.logged import LoggedRun, RunLog, single_value

KIND = "W&B"
PATTERNS = ("run-*", "offline-run-*", "wandb/run-*", "wandb/offline-run-*")


def is_wandb_folder(path: Path) -> bool:
    """Whether a folder is `wandb`, or holds it."""
    return path.is_dir() and bool(_run_folders(path))


def read_wandb_folder(path: Path) -> RunLog:
    """The last value of every metric of all runs in it. Raises SuiteError for damaged files."""
    folders = _run_folders(path)
    complete = [folder for folder in folders if (folder / "files/wandb-summary.json").is_file()]
    if not complete:
        raise SuiteError(
            f"{path}: {len(folders)} runs of W&B without a summary (files/wandb-summary.json):"
            " run `wandb sync` first, or export the table of runs as CSV"
        )
    left_out = len(folders) - len(complete)
    notes = (f"runs without a summary, not read: {left_out}",) if left_out else ()
    return RunLog(str(path), KIND, tuple(map(_read_run, counted(complete))), notes)


def _run_folders(path: Path) -> list[Path]:
    found = {folder for pattern in PATTERNS for folder in path.glob(pattern)}
    return sorted(f for f in found if f.is_dir() and (f / "files").is_dir())


def _read_run(folder: Path) -> LoggedRun:
    file = folder / "files/wandb-summary.json"
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SuiteError(f"{file}: cannot read it: {error}") from None
    numbers = {
        str(name): float(value)
        for name, value in summary.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name[:1] != "_"
    }
    config = folder / "files/config.yaml"
    parameters = read_config(config) if config.is_file() else {}
    return LoggedRun(
        name=folder.name,
        location=str(folder),
        parameters={
            name.removesuffix(".value"): value
            for name, value in parameters.items()
            if not name.startswith(("_wandb", "wandb_version")) and not name.endswith(".desc")
        },
        metrics={name: single_value(value) for name, value in numbers.items()},
        is_named_by_people=False,
    )
