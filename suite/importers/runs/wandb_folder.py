"""Runs in W&B's folder `wandb/`: run-*/run-ID.wandb, else run-*/files/wandb-summary.json.

A run that was recorded offline has only the first until `wandb sync`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from suite.errors import SuiteError
from suite.importers.reading_progress import counted
from suite.importers.runs.flat import read_config
from suite.importers.runs.logged import LoggedRun, RunLog, single_value
from suite.importers.runs.wandb_file import FileOfRun, numbers_within, read_wandb_file
from suite.importers.runs.wandb_records import is_wandb_file

KIND = "W&B"
PATTERNS = ("run-*", "offline-run-*", "wandb/run-*", "wandb/offline-run-*")
SUMMARY = "files/wandb-summary.json"
MOST_NAMED = 3  # damaged files
MAX_SUMMARY_BYTES = 64 * 2**20


def is_wandb_folder(path: Path) -> bool:
    """Whether a folder is `wandb`, or holds it; or is of one run, or its file."""
    return bool(_run_folders(path)) if path.is_dir() else is_wandb_file(path)


def read_wandb_folder(path: Path) -> RunLog:
    """All runs in it. Raises SuiteError for a damaged summary.

    A file that ends within a record is read up to there, and named.
    """
    folders = _run_folders(path)
    read = (
        [_read_run(folder) for folder in counted(folders)] if folders else [read_wandb_file(path)]
    )
    found = [run for run in read if run is not None]
    if not found:
        raise SuiteError(
            f"{path}: {len(read)} runs of W&B that hold nothing: expected run-ID.wandb or"
            f" {SUMMARY} in each"
        )
    runs = _without_lone_project([known.run for known in found])
    empty = len(read) - len(found)
    notes = [f"runs of which nothing can be read (killed early, or damaged): {empty}"] * bool(empty)
    return RunLog(str(path), KIND, tuple(runs), (*notes, *_damages(found), *_by_hand(found)))


def _run_folders(path: Path) -> list[Path]:
    found = {folder for pattern in PATTERNS for folder in path.glob(pattern)} | {path}
    return sorted(f for f in found if _is_run_folder(f))


def _is_run_folder(folder: Path) -> bool:
    is_named = folder.name.startswith(("run-", "offline-run-"))
    return is_named and ((folder / "files").is_dir() or any(folder.glob("run-*.wandb")))


def _read_run(folder: Path) -> FileOfRun | None:
    """What the run's file tells, or else its summary; None where there is neither."""
    for file in sorted(folder.glob("run-*.wandb")):
        known = read_wandb_file(file)
        if known is not None:
            return known
    return FileOfRun(_read_summary(folder)) if (folder / SUMMARY).is_file() else None


def _without_lone_project(runs: Sequence[LoggedRun]) -> list[LoggedRun]:
    """The runs without the name of their project, unless there are several."""
    projects = {run.parameters.get("project") for run in runs}
    if len(projects) > 1:
        return list(runs)
    return [
        replace(run, parameters={n: v for n, v in run.parameters.items() if n != "project"})
        for run in runs
    ]


def _damages(found: Sequence[FileOfRun]) -> list[str]:
    damaged = [f"{known.run.location}: {known.damage}" for known in found if known.damage]
    more = len(damaged) - MOST_NAMED
    return [f"{words}: read so far" for words in damaged[:MOST_NAMED]] + (
        [f"damaged files besides: {more}"] if more > 0 else []
    )


def _by_hand(found: Sequence[FileOfRun]) -> list[str]:
    """A note on metrics whose summary was set to something else than what was logged last."""
    counts = Counter(name for known in found for name in known.set_by_hand)
    words = [f"{name} ({count} runs)" for name, count in counts.most_common(MOST_NAMED)]
    if not words:
        return []
    return [f"the summary differs from the last logged value, which counts: {', '.join(words)}"]


def _read_summary(folder: Path) -> LoggedRun:
    """The last value of every metric, and the configuration beside it."""
    file = folder / SUMMARY
    try:
        if file.stat().st_size > MAX_SUMMARY_BYTES:
            raise SuiteError(f"{file}: expected at most {MAX_SUMMARY_BYTES} bytes")
        numbers = dict(numbers_within(json.loads(file.read_text(encoding="utf-8"))))
    except (OSError, ValueError, OverflowError, RecursionError) as error:
        raise SuiteError(f"{file}: cannot read it: {error}") from None
    config = folder / "files/config.yaml"
    parameters = read_config(config) if config.is_file() else {}
    return LoggedRun(
        name=folder.name,
        location=str(folder),
        parameters={
            name: value
            for parts, value in ((key.split("."), text) for key, text in parameters.items())
            if (name := ".".join(p for place, p in enumerate(parts) if (place, p) != (1, "value")))
            and not name.startswith(("_wandb", "wandb_version"))
            and parts[1:] != ["desc"]
        },
        metrics={n: single_value(value) for n, value in numbers.items() if n[:1] != "_"},
        is_named_by_people=False,
        files=(file, *([config] if config.is_file() else ())),
    )
