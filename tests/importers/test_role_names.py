"""What a column's name says, and nothing more."""

from __future__ import annotations

import pytest

from suite.importers.role_names import Role, direction_of, is_bookkeeping, name_rank, split_rank


@pytest.mark.parametrize(
    "name",
    [
        "accuracy",
        "val/acc",
        "test_f1_macro",
        "metrics.acc",
        "R^2",
        "roc_auc",
        "mAP",
        "ep_rew_mean",
        "neg_log_loss",
        "neg_mean_squared_error",
        "Test Accuracy (%)",
        "mean_test_score",
    ],
)
def test_names_of_which_more_is_better(name: str) -> None:
    assert direction_of(name) == "higher"


@pytest.mark.parametrize(
    "name",
    [
        "loss",
        "val_loss",
        "error_rate",
        "RMSE",
        "log_loss",
        "brier_score",
        "time (s)",
        "wall_time",
        "neg_log_likelihood",
        "test perplexity",
    ],
)
def test_names_of_which_less_is_better(name: str) -> None:
    assert direction_of(name) == "lower"


@pytest.mark.parametrize(
    "name", ["lr", "seed", "std_test_score", "acc_std", "train", "", "précision moyenne"]
)
def test_names_that_say_nothing_of_what_is_better(name: str) -> None:
    assert direction_of(name) is None


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Method", "arm"),
        ("params.model_name", "arm"),
        ("Data Set", "block"),
        ("dataset_id", "block"),
        ("config/random-seed", "seed"),
        ("init_seed", "seed"),
        ("CV Fold", "fold"),
        ("question_id", "item"),
    ],
)
def test_names_that_say_a_role(name: str, role: Role) -> None:
    assert name_rank(name, role) is not None


def test_names_that_say_no_role_by_themselves() -> None:
    assert name_rank("name", "arm") is None
    assert name_rank("id", "item") is None
    assert name_rank("run_id", "seed") is None
    assert name_rank("seedling", "seed") is None


def test_test_data_come_before_validation_and_training() -> None:
    names = ["train_acc", "val_acc", "acc", "test_acc"]
    assert sorted(names, key=split_rank) == ["test_acc", "acc", "val_acc", "train_acc"]


def test_bookkeeping_is_known_by_a_word() -> None:
    assert all(map(is_bookkeeping, ["Start Time", "git_commit", "epoch", "best_params", "utc"]))
    assert not any(map(is_bookkeeping, ["best", "lr", "model", "update_rule"]))
