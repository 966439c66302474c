"""Which program wrote a log: the readers of logs of runs, each known by what it looks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from suite.importers.runs.logged import RunLog
from suite.importers.runs.mlflow_folder import is_mlflow_folder, read_mlflow_folder


@dataclass(frozen=True)
class Reader:
    """A kind of log. `looks_for`: what messages say of where it lies."""

    looks_for: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], RunLog]


# In the order in which they are tried: those that look for more come first.
READERS: tuple[Reader, ...] = (Reader("MLflow's mlruns/", is_mlflow_folder, read_mlflow_folder),)


def read_runs(path: Path) -> RunLog | None:
    """The runs of the first reader that recognises the file or folder; None where none does."""
    reader = next((reader for reader in READERS if reader.recognises(path)), None)
    return None if reader is None else reader.read(path)


def list_readers() -> str:
    """What was looked for, for messages."""
    return ", ".join(reader.looks_for for reader in READERS)
