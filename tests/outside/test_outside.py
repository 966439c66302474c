"""Models that nobody here wrote, on Fashion-MNIST, by a task file alone; and MLflow, read back.

`make outside` runs this.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.data.archives import missing
from suite.plan.plan import make_plan
from suite.reports.export.mlflow import KEY, export
from suite.reports.export.tables import COLUMNS
from suite.store.store import open_store
from suite.task.loading import load_task
from tests.support.fakes import make_result
from tests.support.program import suite
from tests.support.tasks import disc_task

THREE = """
schema = 1
version = 1
question = "Which of three public models reads clothes best, from 200 images?"
source = "a test"

[data]
name = "fashion-mnist"
train_items = 200
test_items = 200
size = 32
channels = 3

[protocol]
seeds = "0-1"
epochs = 1
batch_size = 50
optimizer = { name = "AdamW", lr = 1e-3 }
loss = "CrossEntropyLoss"

[arms.torchvision]
model = "torchvision.models:squeezenet1_1"
arguments = { num_classes = 10 }

[arms.timm]
model = "timm:create_model"
arguments = { model_name = "test_vit", num_classes = 10, img_size = 32 }

[arms.scikit-learn]
model = "sklearn.linear_model:LogisticRegression"
train = "suite.training.estimators:train"
arguments = { max_iter = 50, C = 0.01 }

[metrics.accuracy]
direction = "higher"
margin = 0.01
"""


def test_three_public_models_are_compared_by_a_task_file_alone(tmp_path: Path) -> None:
    pytest.importorskip("timm")
    if missing("fashion-mnist"):
        pytest.fail(f"{missing('fashion-mnist')[0]} is missing; run `suite data fashion-mnist`")
    (tmp_path / "three.toml").write_text(THREE)
    valid = suite("validate", "three.toml", cwd=tmp_path)
    assert valid.returncode == 0, valid.stderr
    done = suite("run", "three.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "executed 6 runs: 6 ok\n"), done.stderr
    checked = suite("verify", "three", "--tasks", ".", "--sample", "3", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "3 runs verified: 3 WEIGHTS" in checked.stdout
    assert suite("report", cwd=tmp_path).returncode == 0
    page = (tmp_path / "RESULTS.md").read_text()
    assert all(f"| {arm} " in page for arm in ("torchvision", "timm", "scikit-learn"))
    units = make_plan(load_task(tmp_path / "three.toml"), device="cpu").parts["timm"]["source"]
    assert units["timm"].count(" ") == 1  # its version, and the digest of its files


def test_what_was_exported_is_what_mlflow_reads_back(tmp_path: Path) -> None:
    tracking = pytest.importorskip("mlflow.tracking")
    task = disc_task()
    given = [
        make_result(task, arm, seed, 0.5 + seed / 8)
        for arm in ("long", "short")
        for seed in range(3)
    ]
    given.append(make_result(task, "control", 0, None))
    questions = {
        "q": {
            "settings": {
                "epochs": 4,
                "optimizer": {"name": "SGD", "lr": 0.5},
                "model": "sigmoid-mlp",
            }
        }
    }
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert export(given, questions, uri) == (7, 0)
    assert export(given, questions, uri) == (0, 7)  # each record once
    client = tracking.MlflowClient(tracking_uri=uri)
    (experiment,) = [one for one in client.search_experiments() if one.name == task.name]
    runs = {run.data.tags[KEY]: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {one.key for one in given}
    for one in given:
        run = runs[one.key]
        assert run.info.status == ("FINISHED" if one.status == "ok" else "FAILED")
        assert run.data.params["seed"] == str(one.seed)
        assert run.data.params["optimizer"] == '{"name": "SGD", "lr": 0.5}'
        for metric, value in one.metrics.items():
            assert run.data.metrics[metric] == value
            curve = client.get_metric_history(run.info.run_id, metric)
            assert [
                (each.step, each.value) for each in sorted(curve, key=lambda each: each.step)
            ] == list(enumerate(one.history[metric], start=1))
    failed = next(one for one in given if one.status == "failed")
    assert runs[failed.key].data.tags["suite.reason"] == failed.reason


def test_parquet_reads_back_as_the_records(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    task = disc_task()
    with open_store(tmp_path / "s.sqlite", create=True) as store:
        for one in (make_result(task, "long", 1, 0.5), make_result(task, "long", 0, None)):
            store.append(one)
    done = suite("export", "--store", "s.sqlite", "--format", "csv", cwd=tmp_path)
    from suite.reports.export.tables import as_parquet

    with open_store(tmp_path / "s.sqlite") as store:
        (tmp_path / "runs.parquet").write_bytes(as_parquet(store.results()))
    table = parquet.read_table(tmp_path / "runs.parquet").to_pylist()
    assert [(row["arm"], row["seed"], row["accuracy"]) for row in table] == [
        ("long", 0, None),
        ("long", 1, 0.5),
    ]
    assert list(table[0]) == [*COLUMNS, "accuracy"] == done.stdout.splitlines()[0].split(",")
