"""The same training runs, logged by the real trackers: two arms, eight seeds, a curve of five epochs.

`python write_logs.py TRACKER FOLDER` writes them with one tracker, so that none can disturb another.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ARMS = {"resnet": 0.80, "vit": 0.83}
SEEDS = range(8)
EPOCHS = 5
Curve = list[tuple[float, float]]  # val_acc and val_loss of each epoch


def curve(arm: str, seed: int) -> Curve:
    """What a run measured: the better arm is 0.03 better, seeds differ by about 0.01."""
    noise = random.Random(f"{arm} {seed}")  # noqa: S311 - a value for a test
    luck = random.Random(seed).gauss(0, 0.01)  # noqa: S311
    points = []
    for epoch in range(EPOCHS):
        accuracy = ARMS[arm] - 0.3 / (epoch + 1) + luck + noise.gauss(0, 0.005)
        points.append((round(accuracy, 4), round(1.2 - accuracy, 4)))
    return points


def runs() -> Iterator[tuple[str, int, Curve]]:
    """Every run: its arm, its seed and its curve."""
    return ((arm, seed, curve(arm, seed)) for arm in ARMS for seed in SEEDS)


def _mlflow(address: str) -> None:
    import mlflow

    mlflow.set_tracking_uri(address)
    mlflow.set_experiment("digits")
    for arm, seed, points in runs():
        with mlflow.start_run():
            mlflow.log_params({"model": arm, "seed": seed, "lr": 0.1})
            for epoch, (accuracy, loss) in enumerate(points):
                mlflow.log_metrics({"val_acc": accuracy, "val_loss": loss}, step=epoch)


def write_mlflow_folder(folder: Path) -> None:
    """`mlruns/` of MLflow."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    _mlflow((folder / "mlruns").as_uri())


def write_mlflow_sqlite(folder: Path) -> None:
    """MLflow's database."""
    _mlflow(f"sqlite:///{folder / 'mlflow.db'}")


def write_tensorboard(folder: Path) -> None:
    """Event files, a folder a run."""
    from torch.utils.tensorboard import SummaryWriter

    for arm, seed, points in runs():
        writer = SummaryWriter(str(folder / arm / f"seed{seed}"))
        for epoch, (accuracy, loss) in enumerate(points):
            writer.add_scalar("val_acc", accuracy, epoch)
            writer.add_scalar("val_loss", loss, epoch)
        writer.close()


def write_tensorboard_hparams(folder: Path) -> None:
    """Event files with their hyperparameters, in folders named by a time."""
    from torch.utils.tensorboard import SummaryWriter

    for number, (arm, seed, points) in enumerate(runs()):
        writer = SummaryWriter(str(folder / f"Mar01_12-00-{number:02d}_host"))
        for epoch, (accuracy, loss) in enumerate(points):
            writer.add_scalar("val_acc", accuracy, epoch)
            writer.add_scalar("val_loss", loss, epoch)
        writer.add_hparams({"model": arm, "seed": seed, "lr": 0.1}, {}, run_name=".")
        writer.close()


def write_lightning_csv(folder: Path) -> None:
    """Lightning's CSVLogger, with hparams.yaml."""
    from lightning.pytorch.loggers import CSVLogger

    for arm, seed, points in runs():
        logger = CSVLogger(str(folder), name=arm)
        logger.log_hyperparams({"model": arm, "seed": seed, "lr": 0.1})
        for epoch, (accuracy, loss) in enumerate(points):
            logger.log_metrics({"train_loss": loss, "epoch": epoch}, step=10 * epoch + 9)
            logger.log_metrics({"val_acc": accuracy, "epoch": epoch}, step=10 * epoch + 9)
        logger.finalize("success")


HYDRA_SCRIPT = """
import csv, json, sys
sys.path.insert(0, {place!r})
import hydra
from write_logs import curve

@hydra.main(version_base=None, config_path=None, config_name="config")
def main(config):
    points = curve(config.model, config.seed)
    with open("metrics.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "val_acc", "val_loss"])
        for epoch, point in enumerate(points):
            writer.writerow([epoch, *point])
    json.dump({{"val_acc": points[-1][0]}}, open("results.json", "w"))

from hydra.core.config_store import ConfigStore
ConfigStore.instance().store(name="config", node={{"model": "resnet", "seed": 0, "lr": 0.1}})
main()
"""


def write_hydra(folder: Path) -> None:
    """A multirun of Hydra, whose runs write metrics.csv and results.json."""
    script = folder / "train.py"
    script.write_text(HYDRA_SCRIPT.format(place=str(Path(__file__).parent)))
    models, seeds = ",".join(ARMS), ",".join(map(str, SEEDS))
    words = ["--multirun", f"model={models}", f"seed={seeds}", "hydra.job.chdir=true"]
    words += [f"hydra.sweep.dir={folder / 'multirun'}"]
    subprocess.run([sys.executable, str(script), *words], check=True, cwd=folder)


def write_trackio(folder: Path) -> None:
    """trackio's database."""
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    for arm, seed, points in runs():
        trackio.init(
            project="digits",
            name=f"{arm}-{seed}",
            config={"model": arm, "seed": seed, "lr": 0.1},
            embed=False,
        )
        for accuracy, loss in points:
            trackio.log({"val_acc": accuracy, "val_loss": loss})
        trackio.finish()


def write_wandb(folder: Path) -> None:
    """W&B's folder of runs that were recorded offline, and never synced."""
    os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    import wandb

    for arm, seed, points in runs():
        config = {"model": arm, "seed": seed, "optimiser": {"lr": 0.1}}
        settings = wandb.Settings(x_disable_stats=True, x_disable_meta=True, console="off")
        with wandb.init(project="digits", dir=folder, config=config, settings=settings) as run:
            for epoch, (accuracy, loss) in enumerate(points):
                run.log({"val_acc": accuracy, "val_loss": loss, "epoch": epoch})


def write_keras(folder: Path) -> None:
    """Files as Keras' CSVLogger writes them, by its own class."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    for arm, seed, points in runs():
        logger = keras.callbacks.CSVLogger(str(folder / f"{arm}-seed{seed}.csv"))
        model = keras.Sequential()
        model.stop_training = False
        logger.set_model(model)
        logger.on_train_begin()
        for epoch, (accuracy, loss) in enumerate(points):
            logger.on_epoch_end(epoch, {"val_acc": accuracy, "val_loss": loss})
        logger.on_train_end()


BENCHMARK = """
def test_join(benchmark):
    benchmark(lambda: "".join(map(str, range(200))))

def test_add(benchmark):
    def add():
        text = ""
        for number in range(200):
            text += str(number)
        return text
    benchmark(add)
"""


def write_pytest_benchmark(folder: Path) -> None:
    """The times of two functions, by pytest-benchmark."""
    (folder / "test_times.py").write_text(BENCHMARK)
    words = ["-m", "pytest", "-q", "test_times.py", "--benchmark-json=times.json"]
    words += ["--benchmark-max-time=0.05", "-p", "no:cacheprovider"]
    subprocess.run([sys.executable, *words], check=True, cwd=folder)


GOOGLE_BENCHMARK = """
import google_benchmark

@google_benchmark.register
def join(state):
    while state:
        "".join(map(str, range(200)))

@google_benchmark.register
def add(state):
    while state:
        text = ""
        for number in range(200):
            text += str(number)

google_benchmark.main()
"""


def write_google_benchmark(folder: Path) -> None:
    """The times of two functions, by google-benchmark."""
    (folder / "times.py").write_text(GOOGLE_BENCHMARK)
    words = ["times.py", "--benchmark_repetitions=8", "--benchmark_min_time=0.005s"]
    words += ["--benchmark_out=times.json", "--benchmark_out_format=json"]
    subprocess.run([sys.executable, *words], check=True, cwd=folder)


ASV = {
    "asv.conf.json": '{"version": 1, "project": "x", "project_url": "x", "repo": ".",'
    ' "branches": ["main"], "environment_type": "virtualenv"}',
    "benchmarks/__init__.py": "",
    "benchmarks/joins.py": """
class Join:
    params, param_names = [10, 200], ["n"]
    repeat, number, rounds, warmup_time = 8, 20, 1, 0.0
    def time_join(self, n):
        "".join(map(str, range(n)))
    def track_length(self, n):
        return n
""",
}


def write_asv(folder: Path) -> None:
    """The times of a function under two commits, by asv."""
    for name, content in ASV.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet", "--initial-branch", "main"], check=True, cwd=folder)
    asv = [sys.executable, "-m", "asv"]
    subprocess.run([*asv, "machine", "--yes", "--machine", "here"], check=True, cwd=folder)
    for message in ("old", "new"):
        subprocess.run([*git, "add", "asv.conf.json", "benchmarks"], check=True, cwd=folder)
        words = ["commit", "--quiet", "--allow-empty", "-m", message]
        subprocess.run([*git, *words], check=True, cwd=folder)
        words = ["run", "--machine", "here", "--record-samples"]
        words += ["-E", f"existing:{sys.executable}", "--set-commit-hash", "HEAD"]
        subprocess.run([*asv, *words], check=True, cwd=folder)


def write_table(folder: Path) -> None:
    """The same as a plain table: what all logs must give."""
    with (folder / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", "seed", "val_acc"])
        for arm, seed, points in runs():
            writer.writerow([arm, seed, points[-1][0]])


WRITERS: dict[str, Callable[[Path], None]] = {
    "mlflow-folder": write_mlflow_folder,
    "mlflow-sqlite": write_mlflow_sqlite,
    "tensorboard": write_tensorboard,
    "tensorboard-hparams": write_tensorboard_hparams,
    "lightning-csv": write_lightning_csv,
    "hydra": write_hydra,
    "trackio": write_trackio,
    "keras": write_keras,
    "wandb": write_wandb,
    "pytest-benchmark": write_pytest_benchmark,
    "google-benchmark": write_google_benchmark,
    "asv": write_asv,
    "table": write_table,
}

if __name__ == "__main__":
    target = Path(sys.argv[2]).absolute()
    target.mkdir(parents=True, exist_ok=True)
    WRITERS[sys.argv[1]](target)
