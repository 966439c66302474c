"""Every program's log of the same runs is the same table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from suite.errors import SuiteError
from suite.importers.measured_table import MeasuredTable
from suite.importers.role_options import RoleOptions
from suite.importers.runs.points import parse_point
from suite.importers.source_word import ReadOptions
from suite.importers.sources import read_sources
from tests.support.logged_runs import (
    WRITERS,
    accuracies,
    write_hydra,
    write_lightning,
    write_mlflow_folder,
    write_mlflow_run,
    write_table,
)

HAS_CURVES = (
    *("MLflow's folder", "MLflow's database", "trackio", "Hydra", "Keras", "W&B's chart"),
    "W&B's offline files",
)


def read(
    path: Path, at: str | None = None, *, newest: bool = False, **roles: object
) -> MeasuredTable:
    """The table of a log."""
    options = RoleOptions(**roles)  # type: ignore[arg-type]
    point = None if at is None else parse_point(at)
    return read_sources([str(path)], ReadOptions(options, point, newest)).table


def values(table: MeasuredTable) -> dict[tuple[str, str], float]:
    """The value of each arm and seed."""
    rows: pd.DataFrame = table.rows
    keys = zip(rows["arm"], rows["unit"].astype(float).astype(int).astype(str), strict=True)
    return dict(zip(keys, rows["value"].round(9), strict=True))


@pytest.mark.parametrize("kind", WRITERS)
def test_a_log_equals_the_plain_table_of_its_last_values(kind: str, tmp_path: Path) -> None:
    log = read(WRITERS[kind](tmp_path))
    plain = read(write_table(tmp_path))
    assert values(log) == values(plain)
    assert (log.metric, log.rule, log.unit) == ("val_acc", plain.rule, "seed")


@pytest.mark.parametrize("kind", HAS_CURVES)
def test_best_takes_the_best_epoch_and_says_that_it_is_optimistic(
    kind: str, tmp_path: Path
) -> None:
    log = read(WRITERS[kind](tmp_path), "best")
    assert values(log)["vit", "3"] == max(accuracies("vit", 3))
    assert any("chosen on the metric that is compared" in note for note in log.notes)


def test_best_by_the_other_runs_shows_no_optimism_where_all_runs_peak_at_one_epoch(
    tmp_path: Path,
) -> None:
    log = read(write_mlflow_folder(tmp_path), "best:val_acc")
    assert log.notes[-1].endswith("optimistic by about 0")  # all peak at the second epoch


def test_optimism_is_the_loss_from_the_epoch_that_is_best_for_the_other_runs(
    tmp_path: Path,
) -> None:
    curves = {0: [0.5, 0.9, 0.5], 1: [0.5, 0.9, 0.5], 2: [0.5, 0.6, 0.8]}
    for arm in ("a", "b"):
        for seed, curve in curves.items():
            run = tmp_path / "mlruns" / "1" / f"{arm}{seed}"
            write_mlflow_run(run, {"model": arm, "seed": seed}, curve)
    note = read(tmp_path / "mlruns", "best").notes[-1]
    # seeds 0 and 1 lose nothing at the second epoch; seed 2 would have had .6 and not .8
    assert note.endswith(f"optimistic by about {0.2 / 3:.3g}")


@pytest.mark.parametrize(("at", "epoch"), [("step=0", 0), ("step=1", 1), ("time=1", 1)])
def test_a_budget_takes_the_last_value_within_it(at: str, epoch: int, tmp_path: Path) -> None:
    log = read(write_mlflow_folder(tmp_path), at)
    assert values(log)["resnet", "2"] == accuracies("resnet", 2)[epoch]


def test_epochs_of_lightning_are_known(tmp_path: Path) -> None:
    log = read(write_lightning(tmp_path), "epoch=1", metric="val_acc")
    assert values(log)["vit", "0"] == accuracies("vit", 0)[1]


def test_an_epoch_that_no_log_has_is_refused(tmp_path: Path) -> None:
    path = write_mlflow_folder(tmp_path)
    with pytest.raises(SuiteError, match="has no epochs, only steps and times"):
        read(path, "epoch=1")
    with pytest.raises(SuiteError, match="ends at step 2"):
        read(path, "step=9")


def test_runs_of_other_configurations_never_share_an_arm(tmp_path: Path) -> None:
    root = write_mlflow_folder(tmp_path)
    for number, run in enumerate(sorted((root / "1").glob("0*"))):
        (run / "params" / "lr").write_text(str(0.1 * (1 + number % 2)))
    with pytest.raises(SuiteError, match=r"runs of arm resnet differ in lr \(0.1, 0.2\): --arm"):
        read(root, arm="model")
    arms = set(read(root).rows["arm"])
    assert arms == {"resnet, lr=0.1", "resnet, lr=0.2", "vit, lr=0.1", "vit, lr=0.2"}
    assert set(read(root, arm="params.model", ignore="lr").rows["arm"]) == {"resnet", "vit"}
    assert set(read(root, where="lr == 0.1").rows["arm"]) == {"resnet", "vit"}


def test_failed_and_running_runs_are_said_and_have_no_value(tmp_path: Path) -> None:
    root = write_mlflow_folder(tmp_path)
    for number, status in ((0, "4"), (1, "1"), (2, "5")):
        meta = root / "1" / f"{number:032x}" / "meta.yaml"
        meta.write_text(meta.read_text().replace("status: 3", f"status: {status}"))
    table = read(root)
    rows = table.rows[table.rows["value"].isna()]
    assert sorted(zip(rows["arm"], rows["unit"], strict=True)) == [
        ("resnet", "0"),
        ("resnet", "1"),
        ("resnet", "2"),
    ]
    assert "failed, not counted: 2 of 12 runs (MLflow: FAILED, KILLED)" in table.notes
    assert "not ended, not counted: 1 of 12 runs (MLflow: RUNNING)" in table.notes


def test_a_run_that_failed_and_was_repeated_counts_by_its_repetition(tmp_path: Path) -> None:
    root = write_mlflow_folder(tmp_path)
    write_mlflow_run(root / "1" / ("f" * 8), {"model": "vit", "seed": 0}, [0.1], status="4")
    table = read(root)
    assert values(table)["vit", "0"] == accuracies("vit", 0)[-1]
    assert "seeds run again after a run that did not end well: 1" in table.notes


def test_two_runs_of_one_arm_and_seed_are_refused_unless_the_newest_is_asked_for(
    tmp_path: Path,
) -> None:
    root = write_mlflow_folder(tmp_path)
    newer = 1_800_000_000
    write_mlflow_run(root / "1" / ("f" * 32), {"model": "vit", "seed": 0}, [0.99], start=newer)
    with pytest.raises(SuiteError, match="2 runs of arm vit, seed 0: .*--newest"):
        read(root)
    table = read(root, newest=True)
    assert values(table)["vit", "0"] == 0.99
    assert "--newest: older runs of the same arm and seed, not counted: 1" in table.notes


def test_deleted_runs_are_left_out_and_said(tmp_path: Path) -> None:
    root = write_mlflow_folder(tmp_path)
    meta = root / "1" / f"{0:032x}" / "meta.yaml"
    meta.write_text(meta.read_text().replace("lifecycle_stage: active", "lifecycle_stage: deleted"))
    table = read(root)
    assert "runs marked as deleted, not read: 1" in table.notes
    assert ("resnet", "0") not in values(table)


def test_runs_without_a_seed_are_compared_only_when_asked(tmp_path: Path) -> None:
    root = write_mlflow_folder(tmp_path)
    for file in root.glob("1/*/params/seed"):
        file.unlink()
    for file in root.glob("1/*/meta.yaml"):
        file.write_text(file.read_text().replace("run_name: r", "run_name: brave-fox-"))
    with pytest.raises(SuiteError, match="no run records its seed .*--unpaired"):
        read(root)
    assert len(read(root, unpaired=True).rows) == 12


def test_folds_are_no_seeds(tmp_path: Path) -> None:
    root = write_mlflow_folder(tmp_path)
    for file in root.glob("1/*/params/seed"):
        file.rename(file.with_name("fold"))
    table = read(root)
    assert table.unit == "fold"  # compared with the correction of Nadeau and Bengio
    assert "model = arm, fold = fold" in table.reading
    assert values(table) == values(read(write_table(tmp_path)))


@pytest.mark.parametrize("option", ["item", "cluster", "value", "average"])
def test_an_option_that_runs_have_no_use_for_is_refused(option: str, tmp_path: Path) -> None:
    asked: dict[str, Any] = {option: True}
    with pytest.raises(SuiteError, match=f"--{option}: this log has no use for it"):
        read(write_mlflow_folder(tmp_path), **asked)


def test_choosing_by_a_metric_that_no_run_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="--at best:val_loss: run .* has none; it has train_loss"):
        read(write_lightning(tmp_path), "best:val_loss:lower", metric="val_acc")


def test_depths_of_networks_are_no_seeds(tmp_path: Path) -> None:
    root = tmp_path / "keras"
    root.mkdir()
    for depth in (18, 34, 50):
        for seed in range(3):
            (root / f"resnet-{depth}-seed{seed}.csv").write_text(
                f"epoch,val_acc\n0,0.{depth}{seed}\n"
            )
    assert set(read(root).rows["arm"]) == {"resnet-18", "resnet-34", "resnet-50"}
    for file in root.glob("*.csv"):
        file.unlink()
    for depth in (18, 34, 50):
        (root / f"resnet-{depth}.csv").write_text(f"epoch,val_acc\n0,0.{depth}\n")
    with pytest.raises(SuiteError, match="no run records its seed"):
        read(root)


def test_a_run_of_hydra_that_wrote_no_metrics_has_failed(tmp_path: Path) -> None:
    root = write_hydra(tmp_path)
    (root / "2026-01-01" / "12-00-00" / "0" / "metrics.csv").unlink()
    table = read(root)
    assert "failed, not counted: 1 of 12 runs (Hydra: no metrics were written)" in table.notes


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    root = write_mlflow_folder(tmp_path)
    file = root / "1" / f"{3:032x}" / "metrics" / "val_acc"
    file.write_text("1700000000000 0.5 0\nnonsense\n")
    with pytest.raises(SuiteError, match=r"metrics/val_acc:2: expected a time, a value and a step"):
        read(root)


def test_configurations_that_stand_for_more_than_they_say_are_refused(tmp_path: Path) -> None:
    root = write_hydra(tmp_path)
    file = root / "2026-01-01" / "12-00-00" / "0" / ".hydra" / "config.yaml"
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    file.write_text("\n".join(["a0: &a0 [x, x]", *levels]))
    with pytest.raises(SuiteError, match=r"config.yaml: expected at most 20000 values"):
        read(root)


def test_an_unknown_folder_lists_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.md").write_text("nothing here")
    with pytest.raises(SuiteError, match="MLflow's mlruns/.*TensorBoard's event files"):
        read(tmp_path / "notes")


def test_of_several_values_at_one_epoch_the_last_counts(tmp_path: Path) -> None:
    for arm in ("a", "b"):
        for seed in range(2):
            file = tmp_path / "keras" / f"{arm}-seed{seed}.csv"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"epoch,val_acc\n0,0.1\n1,0.2\n1,0.{seed + 3}\n2,0.9\n")
    assert values(read(tmp_path / "keras", "epoch=1")) == {
        ("a", "0"): 0.3,
        ("b", "0"): 0.3,
        ("a", "1"): 0.4,
        ("b", "1"): 0.4,
    }
