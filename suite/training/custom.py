"""Training by a loop of the user's, for scikit-learn, JAX or anything else.

A task names it by `train = "package.module:train"`. The function is called for every seed as
`train(arm, data, seed, device)`:

- `arm`: the settings (suite.task.arms.ResolvedArm): arm.model, arm.arguments, arm.epochs,
  arm.batch_size, arm.optimizer ...
- `data`: the training part alone (`Training`): data.inputs, a tensor or a dict of them by name;
  data.targets, a dict. The function is given nothing of the test part; its "predict" is,
  afterwards, the inputs.
- `seed`: an integer for whatever it draws. random, numpy's and torch's global generators are seeded
  with it as well.
- `device`: "cpu" or "cuda".

It returns a dict with "predict", a function of inputs of the same form that gives a row of scores
for each item (an array, or a dict of arrays by name), and optionally

- "weights": a dict of arrays, hashed for the certificate. Without it the weights of a run cannot be
  certified;
- "history": a dict of lists, one number per epoch;
- "metrics": a dict of numbers, for metrics whose name is "reported".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from suite.data.user_functions import as_tensor
from suite.errors import SuiteError
from suite.provenance.references import load
from suite.result import Outcome
from suite.training.items import items_of
from suite.training.measure import finite, is_finite, tensors_hash
from suite.training.named_metrics import as_number, make_metrics
from suite.training.stopwatch import Stopwatch

if TYPE_CHECKING:
    from suite.data.dataset import Split
    from suite.plan.job import Job
    from suite.task.arms import ResolvedArm
    from suite.training.recipe import Replicate, Tensors

MAY_GIVE = ("predict", "weights", "history", "metrics")


@dataclass(frozen=True)
class Training:
    """The data that an arm may learn from.

    `inputs`: a tensor (N, ...) or several by name; `targets` by name, each (N, ...).
    """

    inputs: torch.Tensor | dict[str, torch.Tensor]
    targets: dict[str, torch.Tensor]


@dataclass(frozen=True)
class OwnRecipe:
    """`label` stands before messages.

    `reported`: the metrics that the arm gives itself; `metrics` are of its predictions.
    """

    train: Callable[..., Any]
    label: str
    settings: ResolvedArm
    metrics: Mapping[str, Callable[[Tensors, Tensors], float | None]]
    reported: tuple[str, ...]


def make_recipe(job: Job) -> OwnRecipe:
    """The job's settings with every name replaced by what it names."""
    metrics, reference = make_metrics(job.metrics, job.measures), job.settings.train or ""
    reported = tuple(key for key in job.metrics if key not in metrics)
    return OwnRecipe(load(reference), f"train: {reference}", job.settings, metrics, reported)


def train(
    recipe: OwnRecipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome a replicate.

    Raises SuiteError where the arm's loop gives something else than it must.
    """
    for replicate in replicates:
        stopwatch = Stopwatch(device)
        learned = replicate.dataset.train.to(device)
        _seed_everything(replicate.initialisation)
        with threadpool_limits(recipe.settings.threads):
            with stopwatch.running():
                given = recipe.train(
                    recipe.settings, training(learned), replicate.initialisation, device.type
                )
            given = _checked(recipe.label, given)
            outputs = _predictions(
                recipe.label, given["predict"], replicate.dataset.test.to(device), replicate
            )
        yield _outcome(recipe, replicate, given, outputs, stopwatch.total_s)


def training(split: Split) -> Training:
    """The training part as an arm is given it."""
    inputs = {name: values.clone() for name, values in split.inputs.items()}
    return Training(
        inputs if len(inputs) > 1 else next(iter(inputs.values())),
        {name: target.clone() for name, target in split.targets.items()},
    )


def _seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # code may draw from the global generator
    torch.manual_seed(seed)


def _checked(label: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not callable(given.get("predict")):
        raise SuiteError(
            f'{label}: expected a dict with "predict", a function of inputs, got'
            f" {type(given).__name__}"
        )
    unknown = [str(name) for name in given if name not in MAY_GIVE]
    if unknown:
        raise SuiteError(f"{label}: expected {', '.join(MAY_GIVE)}, got {unknown[0]!r}")
    for name in MAY_GIVE[1:]:
        if not isinstance(given.get(name) or {}, Mapping):
            raise SuiteError(f"{label}: {name}: expected a dict, got {type(given[name]).__name__}")
    return dict(given)


def _predictions(
    label: str, predict: Callable[[Any], Any], test: Split, replicate: Replicate
) -> dict[str, torch.Tensor]:
    given = predict(training(test).inputs)
    predictions = given if isinstance(given, Mapping) else {replicate.dataset.first_target: given}
    outputs = {
        str(name): as_tensor(f"{label}: predictions {name}", value)
        for name, value in predictions.items()
    }
    for name, value in outputs.items():
        if len(value) != len(test):
            raise SuiteError(
                f"{label}: predictions {name}: expected {len(test)} rows, got shape"
                f" {tuple(value.shape)}"
            )
        _require_scores(f"{label}: predictions {name}", value, test.targets.get(name))
    return outputs


def _require_scores(label: str, value: torch.Tensor, target: torch.Tensor | None) -> None:
    """Raises SuiteError for predictions of classes that are no scores of every class.

    Of labels, or of one probability an item, the largest score would be the first, always.
    """
    if target is None or target.is_floating_point() or target.ndim != 1:
        return
    if value.ndim < 2 or value.shape[-1] < 2:
        raise SuiteError(
            f"{label}: expected a row of scores for each item, one score a class, got shape"
            f" {tuple(value.shape)}: give predict_proba's rows, or one-hot rows of the labels"
        )


def _outcome(
    recipe: OwnRecipe,
    replicate: Replicate,
    given: Mapping[str, Any],
    outputs: Mapping[str, torch.Tensor],
    train_time_s: float,
) -> Outcome:
    weights = {
        str(n): as_tensor(f"{recipe.label}: weights {n}", w, exact=True)
        for n, w in (given.get("weights") or {}).items()
    }
    measured = {
        key: metric(outputs, replicate.dataset.test.targets)
        for key, metric in recipe.metrics.items()
    }
    given_metrics = given.get("metrics") or {}
    reported = {
        key: as_number(f"{recipe.label}: metrics {key}", given_metrics[key])
        for key in recipe.reported
        if key in given_metrics
    }
    metrics = {key: value for key, value in (measured | reported).items() if value is not None}
    history = {
        str(name): tuple(
            finite(as_number(f"{recipe.label}: history {name}", value)) for value in values
        )
        for name, values in (given.get("history") or {}).items()
    }
    hashes = {"test_outputs": tensors_hash(sorted(outputs.items()))}
    if weights:
        hashes["final_weights"] = tensors_hash(sorted(weights.items()))
    has_finite_outputs = is_finite(outputs)
    return Outcome(
        seed=replicate.seed,
        status="ok" if has_finite_outputs else "diverged",
        reason=None if has_finite_outputs else "a test output is not finite",
        metrics=metrics if has_finite_outputs else {},
        history={
            **history,
            **{
                key: (*history.get(key, ()), value)
                for key, value in metrics.items()
                if key not in history
            },
        },
        hashes=hashes,
        parameters=sum(value.numel() for value in weights.values()) or None,
        train_time_s=train_time_s,
        **(items_of(recipe.metrics, outputs, replicate.dataset.test) if has_finite_outputs else {}),
    )
