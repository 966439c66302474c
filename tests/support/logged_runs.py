"""Logs of the same runs, written by hand as each program writes them: two arms, seeds, a curve."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.support.wandb_files import (
    exit_record,
    history_record,
    run_record,
    summary_record,
    write_wandb_file,
)

SEEDS = range(6)
ARMS = {"resnet": 0.70, "vit": 0.75}
START = 1_700_000_000  # seconds since 1970


def accuracies(arm: str, seed: int) -> list[float]:
    """val_acc of the three epochs of a run; the last differs by 0.05 between arms, on average."""
    last = ARMS[arm] + 0.01 * seed + (0.002 if (seed % 2) == (arm == "vit") else -0.002)
    return [round(last - 0.2, 4), round(last + 0.01, 4), round(last, 4)]


def all_runs() -> list[tuple[str, int, list[float]]]:
    """Every run: its arm, its seed and val_acc of its epochs."""
    return [(arm, seed, accuracies(arm, seed)) for arm in ARMS for seed in SEEDS]


def write_mlflow_folder(folder: Path) -> Path:
    """`mlruns/`, one experiment."""
    root = folder / "mlruns"
    for number, (arm, seed, values) in enumerate(all_runs()):
        write_mlflow_run(root / "1" / f"{number:032x}", {"model": arm, "seed": seed}, values)
    (root / "1" / "meta.yaml").write_text("experiment_id: '1'\nname: digits\n")
    return root


def write_mlflow_run(
    run: Path,
    parameters: dict[str, object],
    values: list[float],
    *,
    status: str = "3",
    start: int = START,
) -> None:
    """One run of MLflow's folder."""
    for name in ("params", "metrics", "tags"):
        (run / name).mkdir(parents=True)
    (run / "meta.yaml").write_text(
        f"experiment_id: '1'\nlifecycle_stage: active\nrun_id: {run.name}\nrun_name: r{run.name[-2:]}\n"
        f"start_time: {start}000\nstatus: {status}\n"
    )
    for name, value in parameters.items():
        (run / "params" / name).write_text(str(value))
    lines = [f"{START + epoch}000 {value} {epoch}" for epoch, value in enumerate(values)]
    (run / "metrics" / "val_acc").write_text("\n".join(lines) + "\n")


def write_mlflow_database(folder: Path) -> Path:
    """The tables of MLflow's database that hold runs."""
    path = folder / "mlflow.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            """
            CREATE TABLE experiments (experiment_id INTEGER, name TEXT, lifecycle_stage TEXT);
            CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT, start_time BIGINT,
                               lifecycle_stage TEXT, experiment_id INTEGER);
            CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
            CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT,
                                  step BIGINT, is_nan BOOLEAN);
            INSERT INTO experiments VALUES (1, 'digits', 'active');
            """
        )
        for number, (arm, seed, values) in enumerate(all_runs()):
            run = f"{number:032x}"
            row = (run, f"r{number}", "FINISHED", START * 1000, "active", 1)
            database.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", row)
            for key, value in (("model", arm), ("seed", str(seed))):
                database.execute("INSERT INTO params VALUES (?, ?, ?)", (key, value, run))
            for epoch, accuracy in enumerate(values):
                point = ("val_acc", accuracy, (START + epoch) * 1000, run, epoch, 0)
                database.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", point)
    return path


def write_trackio(folder: Path) -> Path:
    """A project of trackio."""
    path = folder / "digits.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            """
            CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,
                                  run_name TEXT, step INTEGER, metrics TEXT);
            CREATE TABLE configs (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, config TEXT,
                                  created_at TEXT);
            """
        )
        for number, (arm, seed, values) in enumerate(all_runs()):
            run, name = f"{number:032x}", f"brave-{number}"
            config = json.dumps({"model": arm, "seed": seed, "_Username": None}).encode()
            database.execute(
                "INSERT INTO configs (run_id, run_name, config) VALUES (?, ?, ?)",
                (run, name, config),
            )
            for epoch, accuracy in enumerate(values):
                database.execute(
                    "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (
                        run,
                        f"2026-01-01T00:00:{epoch:02d}+00:00",
                        name,
                        epoch,
                        json.dumps({"val_acc": accuracy}).encode(),
                    ),
                )
    return path


def _csv(values: list[float], *, blank: bool = False) -> str:
    """A row an epoch; with `blank`, a row of another metric before each, as Lightning writes."""
    lines = ["epoch,step,train_loss,val_acc"] if blank else ["epoch,val_acc"]
    for epoch, value in enumerate(values):
        step = 10 * epoch + 9
        lines += [f"{epoch},{step},0.5,", f"{epoch},{step},,{value}"] if blank else []
        lines += [] if blank else [f"{epoch},{value}"]
    return "\n".join(lines) + "\n"


def write_hydra(folder: Path) -> Path:
    """A multirun of Hydra with metrics.csv in each run."""
    for number, (arm, seed, values) in enumerate(all_runs()):
        run = folder / "multirun" / "2026-01-01" / "12-00-00" / str(number)
        (run / ".hydra").mkdir(parents=True)
        (run / ".hydra" / "config.yaml").write_text(f"model:\n  name: {arm}\nseed: {seed}\n")
        (run / ".hydra" / "overrides.yaml").write_text(f"- model={arm}\n- seed={seed}\n")
        (run / "metrics.csv").write_text(_csv(values))
    return folder / "multirun"


def write_lightning(folder: Path) -> Path:
    """Lightning's CSVLogger."""
    root = folder / "lightning_logs"
    for number, (arm, seed, values) in enumerate(all_runs()):
        run = root / f"version_{number}"
        run.mkdir(parents=True)
        (run / "hparams.yaml").write_text(
            f"model: {arm}\nsizes: !!python/tuple\n- 3\nseed: {seed}\n"
        )
        (run / "metrics.csv").write_text(_csv(values, blank=True))
    return root


def write_keras(folder: Path) -> Path:
    """A CSV file a run, of Keras' CSVLogger."""
    root = folder / "keras"
    root.mkdir()
    for arm, seed, values in all_runs():
        (root / f"{arm}-seed{seed}.csv").write_text(_csv(values))
    return root


def write_dvclive(folder: Path) -> Path:
    """dvclive, a folder a run; only the last values are in metrics.json."""
    root = folder / "runs"
    for arm, seed, values in all_runs():
        run = root / f"{arm}-{seed}"
        run.mkdir(parents=True)
        (run / "params.yaml").write_text(f"model: {arm}\nseed: {seed}\n")
        (run / "metrics.json").write_text(json.dumps({"val_acc": values[-1], "step": 2}))
    return root


def write_wandb(folder: Path) -> Path:
    """Synced runs in W&B's folder."""
    root = folder / "wandb"
    for number, (arm, seed, values) in enumerate(all_runs()):
        files = root / f"run-20260101_1200{number:02d}-abc{number:05d}" / "files"
        files.mkdir(parents=True)
        (files / "config.yaml").write_text(
            f"wandb_version: 1\nmodel:\n    desc: null\n    value: {arm}\nseed:\n    value: {seed}\n"
        )
        summary = {"val_acc": values[-1], "_step": 2, "_runtime": 1.5}
        (files / "wandb-summary.json").write_text(json.dumps(summary))
    return root


def write_wandb_offline(folder: Path) -> Path:
    """Runs of W&B that were never synced."""
    for number, (arm, seed, values) in enumerate(all_runs()):
        curve = [history_record(epoch, {"val_acc": value}) for epoch, value in enumerate(values)]
        start = run_record({"model": arm, "seed": seed}, start=START)
        summary = summary_record({"val_acc": values[-1]})
        write_wandb_file(folder / "wandb", number, [start, *curve, summary, exit_record()])
    return folder / "wandb"


def write_chart(folder: Path) -> Path:
    """A chart of W&B, exported as CSV."""
    names = [f"{arm}-seed{seed} - val_acc" for arm, seed, _ in all_runs()]
    head = ["Step", *(f"{name}{end}" for name in names for end in ("", "__MIN", "__MAX"))]
    lines = [",".join(f'"{cell}"' for cell in head)]
    for epoch in range(3):
        cells = [str(values[epoch]) for _, _, values in all_runs() for _ in range(3)]
        lines.append(",".join([str(epoch), *cells]))
    path = folder / "wandb_export.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def write_tensorboard_csv(folder: Path) -> Path:
    """Scalars that TensorBoard's page saved, a file a run and tag."""
    root = folder / "csv"
    root.mkdir()
    for arm, seed, values in all_runs():
        lines = [f"{START + epoch}.0,{epoch},{value}" for epoch, value in enumerate(values)]
        file = root / f"run-{arm}_seed{seed}-tag-val_acc.csv"
        file.write_text("\n".join(["Wall time,Step,Value", *lines]) + "\n")
    return root


def write_table(folder: Path) -> Path:
    """The same as a plain table, which every log must equal."""
    rows = [f"{arm},{seed},{values[-1]}" for arm, seed, values in all_runs()]
    path = folder / "table.csv"
    path.write_text("\n".join(["model,seed,val_acc", *rows]) + "\n")
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "MLflow's folder": write_mlflow_folder,
    "MLflow's database": write_mlflow_database,
    "trackio": write_trackio,
    "Hydra": write_hydra,
    "Lightning": write_lightning,
    "Keras": write_keras,
    "dvclive": write_dvclive,
    "W&B's folder": write_wandb,
    "W&B's offline files": write_wandb_offline,
    "W&B's chart": write_chart,
    "TensorBoard's CSV": write_tensorboard_csv,
}
