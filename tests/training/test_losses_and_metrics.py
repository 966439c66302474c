"""Losses and metrics, by hand."""

from __future__ import annotations

import math
import re
from collections import OrderedDict

import pytest
import torch

from suite.data.registry import DATASETS
from suite.task.components import Metric
from suite.task.datasets import LOSS_NAMES, METRIC_NAMES
from suite.training.calling import named_outputs
from suite.training.losses import LOSSES
from suite.training.metrics import METRICS
from suite.training.named_metrics import require_given, required


def scores(digits: list[list[int]]) -> torch.Tensor:
    """Scores whose largest is the given digit."""
    return torch.nn.functional.one_hot(torch.tensor(digits), 10).float()


def test_the_digits_loss_is_a_mean_over_the_batch_and_a_sum_over_sides() -> None:
    pairs = {"digits": torch.zeros(7, 2, 10)}, {"digits": torch.zeros(7, 2, dtype=torch.long)}
    single = {"digits": torch.zeros(7, 10)}, {"digits": torch.zeros(7, dtype=torch.long)}
    assert LOSSES["digit_cross_entropy"](*pairs).item() == pytest.approx(2 * math.log(10))
    assert LOSSES["digit_cross_entropy"](*single).item() == pytest.approx(math.log(10))


def test_the_digits_loss_of_a_pair_is_that_of_its_sides() -> None:
    output, digits = torch.randn(7, 2, 10), torch.randint(10, (7, 2))
    both = LOSSES["digit_cross_entropy"]({"digits": output}, {"digits": digits})
    sides = [torch.nn.functional.cross_entropy(output[:, side], digits[:, side]) for side in (0, 1)]
    torch.testing.assert_close(both, sides[0] + sides[1])


def test_the_targets_loss_and_the_squared_error() -> None:
    loss = LOSSES["target_cross_entropy"](
        {"comparison": torch.zeros(5, 2)}, {"target": torch.ones(5, dtype=torch.long)}
    )
    assert loss.item() == pytest.approx(math.log(2))
    outputs, label = torch.tensor([[0.5, 0.5], [0.0, 1.0]]), torch.tensor([0, 1])
    # e = (0.5, -0.5) and (0, 0): E = 0.25 and 0, the mean is 0.125
    assert LOSSES["half_squared_error"]({"label": outputs}, {"label": label}).item() == 0.125


def test_a_missing_output_is_named() -> None:
    with pytest.raises(KeyError, match="comparison"):
        LOSSES["target_cross_entropy"](
            {"digits": torch.zeros(1, 2, 10)}, {"target": torch.zeros(1)}
        )


def test_metrics_of_pairs_by_hand() -> None:
    true = torch.tensor([[1, 2], [5, 3], [4, 4], [9, 0]])
    targets = {"digits": true, "target": (true[:, 0] <= true[:, 1]).long()}
    assert targets["target"].tolist() == [1, 0, 1, 0]
    comparison = torch.tensor([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    outputs = {"digits": scores([[1, 2], [5, 8], [4, 3], [9, 0]]), "comparison": comparison}
    found = {name: METRICS[name](outputs, targets) for name in METRICS if name != "accuracy"}
    assert found == {
        "digit_accuracy": 6 / 8,
        "digit_accuracy_first": 4 / 4,
        "digit_accuracy_second": 2 / 4,
        "target_accuracy": 2 / 4,  # (5, 8) says yes to a no, (4, 3) says no to a yes
        "target_accuracy_head": 3 / 4,
    }


def test_a_metric_that_an_arm_does_not_have_is_missing_and_not_zero() -> None:
    pair = {
        "digits": torch.zeros(3, 2, dtype=torch.long),
        "target": torch.ones(3, dtype=torch.long),
    }
    assert METRICS["target_accuracy_head"]({"digits": scores([[0, 0]] * 3)}, pair) is None
    single = {"digits": torch.zeros(3, dtype=torch.long)}
    assert METRICS["digit_accuracy"]({"digits": scores([[0, 0, 0]])[0]}, single) == 1.0
    assert METRICS["digit_accuracy_first"]({"digits": scores([[0, 0, 0]])[0]}, single) is None
    assert METRICS["target_accuracy"]({"digits": scores([[0, 0, 0]])[0]}, single) is None
    assert METRICS["accuracy"]({"digits": scores([[0, 0, 0]])[0]}, single) is None


def test_accuracy_takes_the_larger_output() -> None:
    assert (
        METRICS["accuracy"](
            {"label": torch.tensor([[0.2, 0.1], [0.4, 0.3], [0.1, 0.6]])},
            {"label": torch.tensor([0, 1, 1])},
        )
        == 2 / 3
    )


def test_accuracy_is_of_the_only_output_whatever_its_name() -> None:
    labels = {"label": torch.tensor([0, 1, 1])}
    logits = torch.tensor([[0.2, 0.1], [0.4, 0.3], [0.1, 0.6]])
    assert METRICS["accuracy"]({"logits": logits}, labels) == 2 / 3
    assert METRICS["accuracy"]({"logits": logits, "hidden": logits}, labels) is None


@pytest.mark.parametrize(
    ("scores", "labels", "forms"),
    [
        (torch.zeros(5), torch.zeros(5), "scores (N,) and labels (N,) from 0"),
        (torch.zeros(5, 1), torch.ones(5), "scores (N, 1) and labels (N,) from 1"),
        (torch.zeros(5, 2), torch.zeros(5, 1), "scores (N, 2) and labels (N, 1) from 0"),
        (torch.zeros(5, 1), torch.zeros(5, 1), "scores (N, 1) and labels (N, 1) from 0"),
        (torch.zeros(5, 2), -torch.ones(5), "scores (N, 2) and labels (N,) from -1"),
    ],
)
def test_accuracy_refuses_what_it_would_count_wrong(
    scores: torch.Tensor, labels: torch.Tensor, forms: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(f"got {forms}: give predict_proba's rows")):
        METRICS["accuracy"]({"label": scores}, {"label": labels})


def test_a_required_metric_that_is_missing_is_said_with_what_was_given() -> None:
    definitions = {"height_error": Metric(direction="lower", name="MeanAbsoluteError")}
    keys = ("accuracy", "height_error", "target_accuracy_head")
    assert required(keys, definitions) == ("accuracy", "height_error")
    optional = {k: m.model_copy(update={"optional": True}) for k, m in definitions.items()}
    assert required(keys, optional) == ("accuracy",)
    outputs, targets = {"kind": torch.zeros(3, 2)}, {"kind": torch.zeros(3)}
    message = (
        "metrics.height_error: expected a value of every arm, got none; given are outputs kind,"
        " targets kind and metrics accuracy; name one, or say optional = true"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        require_given(required(keys, definitions), {"accuracy": 0.5}, outputs, targets)


def test_what_a_model_gives_as_none_is_left_out_and_the_rest_must_be_tensors() -> None:
    logits = torch.zeros(4, 2)
    given = OrderedDict(loss=None, logits=logits)  # as models of transformers give
    assert named_outputs(given, "label").keys() == {"logits"}
    with pytest.raises(TypeError, match="got OrderedDict with hidden, which is tuple"):
        named_outputs(OrderedDict(logits=logits, hidden=(logits,)), "label")


def test_tasks_know_the_losses_and_metrics_by_name() -> None:
    assert {name for names in LOSS_NAMES.values() for name in names} == set(LOSSES)
    assert {name for names in METRIC_NAMES.values() for name in names} == set(METRICS)
    assert LOSS_NAMES.keys() == METRIC_NAMES.keys() == DATASETS.keys()
