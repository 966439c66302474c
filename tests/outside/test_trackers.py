"""Logs that the real trackers write of the same runs give the same verdict as a plain table."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support.program import suite_here

pytest.importorskip("lightning")

WRITER = Path(__file__).with_name("write_logs.py")
LOGS = {
    "mlflow-folder": "mlruns",
    "mlflow-sqlite": "mlflow.db",
    "tensorboard": ".",
    "tensorboard-hparams": ".",
    "lightning-csv": ".",
    "hydra": "multirun",
    "trackio": ".",
    "keras": ".",
    "wandb": "wandb",
}


def write(tracker: str, folder: Path) -> Path:
    """What a tracker logs, in a process of its own, for they disturb each other."""
    words = [sys.executable, str(WRITER), tracker, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def verdict(*words: str) -> dict[str, object]:
    """The verdict as JSON."""
    done = suite_here("compare", *words, "--metric", "val_acc", "--json", cwd=Path.cwd())
    assert done.returncode == 0, done.stderr
    record: dict[str, object] = json.loads(done.stdout)
    return record


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The verdict on the plain table."""
    return verdict(str(write("table", tmp_path_factory.mktemp("table")) / "table.csv"))


@pytest.mark.parametrize("tracker", LOGS)
def test_every_tracker_gives_the_verdict_of_the_plain_table(
    tracker: str, plain: dict[str, object], tmp_path: Path
) -> None:
    log = write(tracker, tmp_path / "logs") / LOGS[tracker]
    record = verdict(str(log))
    for name in ("a", "b", "verdict", "n", "unit"):
        assert record[name] == plain[name]
    for name in ("mean_gap", "p"):
        assert record[name] == pytest.approx(plain[name], rel=1e-4)  # TensorBoard keeps float32


def test_a_server_of_mlflow_gives_the_verdict_of_the_plain_table(
    plain: dict[str, object], tmp_path: Path
) -> None:
    database = write("mlflow-sqlite", tmp_path / "logs") / "mlflow.db"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    words = ["-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{database}"]
    words += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen([sys.executable, *words], cwd=tmp_path, start_new_session=True)
    try:
        wait_until_it_answers(address)
        for at in ([], ["--at", "step=4"]):
            record = verdict(f"{address}#digits", *at)
            assert record["mean_gap"] == pytest.approx(plain["mean_gap"], rel=1e-9)
    finally:
        subprocess.run(["pkill", "-s", str(server.pid)], check=False)
        server.wait(timeout=30)


def wait_until_it_answers(address: str) -> None:
    """Raises TimeoutError after four minutes."""
    for _ in range(480):
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):  # noqa: S310 - http
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(address)


@pytest.mark.parametrize(
    ("program", "arm"), [("pytest-benchmark", "test_join"), ("google-benchmark", "join")]
)
def test_times_of_benchmarks_are_compared(program: str, arm: str, tmp_path: Path) -> None:
    times = write(program, tmp_path / "logs") / "times.json"
    answer = suite_here("compare", times, cwd=tmp_path).stdout
    assert arm in answer
    assert "not paired" in answer
    assert "times as long as" in answer


def test_commits_of_asv_are_compared_by_ratios(tmp_path: Path) -> None:
    results = write("asv", tmp_path / "logs") / "results" / "here"
    files = [file for file in results.glob("*.json") if file.name != "machine.json"]
    answer = suite_here("compare", *files, cwd=tmp_path).stdout
    assert "log2_time_s, lower is better" in answer
    assert "time_join(10)" in answer
    assert "not read, for they measure no time: joins.Join.track_length" in answer
