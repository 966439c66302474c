"""Which program wrote a log: the readers of logs of runs, each known by what it looks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from suite.importers.runs.aim_folder import is_aim_folder, refuse_aim_folder
from suite.importers.runs.curve_files import is_curve_files, read_curve_files
from suite.importers.runs.logged import RunLog
from suite.importers.runs.mlflow_database import is_mlflow_database, read_mlflow_database
from suite.importers.runs.mlflow_folder import is_mlflow_folder, read_mlflow_folder
from suite.importers.runs.run_folders import is_run_folders, read_run_folders
from suite.importers.runs.stable_baselines import is_stable_baselines, read_stable_baselines
from suite.importers.runs.tensorboard_events import is_tensorboard_folder, read_tensorboard_folder
from suite.importers.runs.trackio_database import is_trackio, read_trackio
from suite.importers.runs.wandb_folder import is_wandb_folder, read_wandb_folder


@dataclass(frozen=True)
class Reader:
    """A kind of log. `looks_for`: what messages say of where it lies."""

    looks_for: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], RunLog]


# In the order in which they are tried: those that look for more come first.
READERS = (
    Reader("MLflow's mlruns/", is_mlflow_folder, read_mlflow_folder),
    Reader("MLflow's SQLite file", is_mlflow_database, read_mlflow_database),
    Reader("trackio's SQLite file", is_trackio, read_trackio),
    Reader("Aim's .aim (to be exported)", is_aim_folder, refuse_aim_folder),
    Reader("W&B's wandb/", is_wandb_folder, read_wandb_folder),
    Reader(
        "folders of runs of Hydra, Lightning, dvclive or Ray Tune", is_run_folders, read_run_folders
    ),
    Reader("TensorBoard's event files", is_tensorboard_folder, read_tensorboard_folder),
    Reader("SB3's monitor.csv and evaluations.npz", is_stable_baselines, read_stable_baselines),
    Reader("CSV files of Keras, TensorBoard's and W&B's charts", is_curve_files, read_curve_files),
)


def read_runs(path: Path) -> RunLog | None:
    """The runs of the first reader that recognises the file or folder; None where none does."""
    reader = next((reader for reader in READERS if reader.recognises(path)), None)
    return None if reader is None else reader.read(path)


def is_log_of_runs(path: Path) -> bool:
    """Whether a reader recognises the file or folder."""
    return any(reader.recognises(path) for reader in READERS)


def list_readers() -> str:
    """What was looked for, for messages."""
    return ", ".join(reader.looks_for for reader in READERS)
