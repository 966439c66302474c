"""Training by a loop of the user's, for scikit-learn, JAX or anything else.

A task names it by `train = "package.module:train"`. The function is called for every seed as
`train(arm, data, seed, device)`:

- `arm`: the settings (suite.task.arms.ResolvedArm): arm.model, arm.arguments, arm.epochs,
  arm.batch_size, arm.optimizer ...
- `data`: the training part alone (`Training`): data.inputs, a tensor or a dict of them by name;
  data.targets, a dict. The function is given nothing of the test part; its "predict" is,
  afterwards, the inputs.
- `seed`: the study's own seed, 0, 1, 2 ... random, numpy's and torch's global generators are seeded
  before, apart for each arm. In a study that lets one random stream vary (`suite noise`,
  `--placebo`) it is a number of that stream.
- `device`: "cpu" or "cuda".
- `run`, where the signature names it, by name: the run itself (suite.training.own_run.OwnRun), with
  run.seed, run.arm, run.folder, run.is_trial.

It returns a dict with "predict", a function of inputs of the same form that gives a row of scores
for each item (an array, or a dict of arrays by name), and optionally

- "weights": a dict of arrays, or a torch module, hashed for the certificate. Without it the weights
  of a run cannot be certified;
- "parameters": how many numbers were learned. A dict of weights may hold others (buffers,
  importances), so they are counted only where "weights" is a module;
- "history": a dict of lists, one number per epoch;
- "metrics": a dict of numbers, for metrics whose name is "reported".

Learning and scoring are two functions, for `suite run` has each in a process of its own: the one
that scores has the labels of the test part and never runs the loop.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from suite.data.user_functions import as_tensor
from suite.errors import SuiteError
from suite.provenance.references import load
from suite.result import Outcome
from suite.training.items import items_of
from suite.training.measure import finite, is_finite, parameter_count, tensors_hash
from suite.training.named_metrics import as_number, make_metrics, require_given, required
from suite.training.own_run import own_run, wants_run
from suite.training.stopwatch import Stopwatch

if TYPE_CHECKING:
    from suite.data.dataset import Split
    from suite.plan.job import Job
    from suite.training.recipe import Replicate, Tensors

MAY_GIVE = ("predict", "weights", "history", "metrics", "parameters")


@dataclass(frozen=True)
class Training:
    """The data that an arm may learn from.

    `inputs`: a tensor (N, ...) or several by name; `targets` by name, each (N, ...).
    """

    inputs: torch.Tensor | dict[str, torch.Tensor]
    targets: dict[str, torch.Tensor]


@dataclass(frozen=True)
class Scoring:
    """How predictions are scored. `label` stands before messages.

    `reported`: the metrics that the arm gives itself; `metrics` are of its predictions; `required`:
    those of both that it must give.
    """

    label: str
    metrics: Mapping[str, Callable[[Tensors, Tensors], float | None]]
    reported: tuple[str, ...]
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnRecipe:
    """The loop, the job that names it, and how what it predicts is scored."""

    train: Callable[..., Any]
    job: Job
    scoring: Scoring


@dataclass(frozen=True)
class Lesson:
    """What an arm is given under one seed: no label of the test part.

    `test_inputs` by name, each (N, ...). `first_target` names what a single output predicts.
    `seed`: of the study. `generator_seed`: of the global generators.
    """

    train: Split
    test_inputs: dict[str, torch.Tensor]
    first_target: str
    seed: int
    generator_seed: int


@dataclass(frozen=True)
class Learned:
    """What an arm gives: its `outputs` for the test inputs by name, each (N, ...), and the rest.

    `reported`: the metrics that it gives itself. `weights_hash` is None where it gives
    no weights, and `parameters` where it does not say how many numbers it learned.
    """

    outputs: dict[str, torch.Tensor]
    reported: dict[str, float]
    history: dict[str, tuple[float | None, ...]]
    weights_hash: str | None
    parameters: int | None
    train_time_s: float
    predict_time_s: float


def make_recipe(job: Job) -> OwnRecipe:
    """The job's settings with every name replaced by what it names."""
    return OwnRecipe(load(job.settings.train or ""), job, make_scoring(job))


def make_scoring(job: Job) -> Scoring:
    """How the job's predictions are scored; its loop is not loaded."""
    metrics = make_metrics(job.metrics, job.measures)
    reported = tuple(key for key, metric in job.measures.items() if metric.name == "reported")
    needed = required(job.metrics, job.measures)
    return Scoring(f"train: {job.settings.train}", metrics, reported, needed)


def train(
    recipe: OwnRecipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome a replicate.

    Raises SuiteError where the arm's loop gives something else than it must.
    """
    for replicate in replicates:
        yield score(recipe.scoring, replicate, learn(recipe, lesson_of(replicate), device))


def lesson_of(replicate: Replicate) -> Lesson:
    """What an arm is given of a replicate."""
    dataset = replicate.dataset
    return Lesson(
        dataset.train,
        dataset.test.inputs,
        dataset.first_target,
        replicate.seed,
        replicate.initialisation,
    )


def learn(recipe: OwnRecipe, lesson: Lesson, device: torch.device) -> Learned:
    """What the loop gives. Raises SuiteError where it gives something else than it must."""
    label, stopwatch, learned = recipe.scoring.label, Stopwatch(device), lesson.train.to(device)
    test_inputs = {name: values.to(device) for name, values in lesson.test_inputs.items()}
    settings = recipe.job.settings
    _seed_everything(lesson.generator_seed)
    with threadpool_limits(settings.threads), own_run(recipe.job, lesson.seed) as run:
        extra = {"run": run} if wants_run(recipe.train) else {}
        with stopwatch.running():
            given = recipe.train(settings, training(learned), run.seed, device.type, **extra)
        given = _checked(label, given)
        with (watch := Stopwatch(device)).running():
            outputs = _predictions(label, given["predict"], test_inputs, lesson.first_target)
    given_weights = given.get("weights") or {}
    if isinstance(given_weights, nn.Module):
        given_weights = given_weights.state_dict()
    weights = {
        str(n): as_tensor(f"{label}: weights {n}", w, exact=True) for n, w in given_weights.items()
    }
    given_metrics = given.get("metrics") or {}
    return Learned(
        outputs,
        {
            key: as_number(f"{label}: metrics {key}", given_metrics[key])
            for key in recipe.scoring.reported
            if key in given_metrics
        },
        {
            str(name): tuple(finite(as_number(f"{label}: history {name}", v)) for v in values)
            for name, values in (given.get("history") or {}).items()
        },
        tensors_hash(sorted(weights.items())) if weights else None,
        _parameters(label, given),
        stopwatch.total_s,
        watch.total_s,
    )


def training(split: Split) -> Training:
    """The training part as an arm is given it."""
    return Training(
        _copied(split.inputs), {name: target.clone() for name, target in split.targets.items()}
    )


def _copied(inputs: Tensors) -> torch.Tensor | dict[str, torch.Tensor]:
    """Inputs as an arm is given them: a single one without its name."""
    copies = {name: values.clone() for name, values in inputs.items()}
    return copies if len(copies) > 1 else next(iter(copies.values()))


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
    is_module = isinstance(given.get("weights"), nn.Module)
    for name in ("weights", "history", "metrics"):
        if not (isinstance(given.get(name) or {}, Mapping) or (is_module and name == "weights")):
            raise SuiteError(f"{label}: {name}: expected a dict, got {type(given[name]).__name__}")
    return dict(given)


def _parameters(label: str, given: Mapping[str, Any]) -> int | None:
    """How many numbers the arm learned; None where it does not say."""
    count, weights = given.get("parameters"), given.get("weights")
    if count is None:
        return parameter_count(weights) if isinstance(weights, nn.Module) else None
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0:
        raise SuiteError(f"{label}: parameters: expected a whole number from 0, got {count!r:.80}")
    return int(count)


def _predictions(
    label: str, predict: Callable[[Any], Any], test_inputs: Tensors, first_target: str
) -> dict[str, torch.Tensor]:
    count = len(next(iter(test_inputs.values())))
    given = predict(_copied(test_inputs))
    predictions = given if isinstance(given, Mapping) else {first_target: given}
    outputs = {
        str(name): as_tensor(f"{label}: predictions {name}", value)
        for name, value in predictions.items()
    }
    for name, value in outputs.items():
        if len(value) != count:
            raise SuiteError(
                f"{label}: predictions {name}: expected {count} rows, got shape"
                f" {tuple(value.shape)}"
            )
    return outputs


def _require_every_class(label: str, scores: torch.Tensor, labels: torch.Tensor) -> None:
    """Raises SuiteError where rows of scores have fewer columns than there are classes."""
    if scores.ndim == 2 and 1 < scores.shape[1] <= int(labels.max()):
        raise SuiteError(
            f"{label}: expected a score of each class, 0 to {int(labels.max())}, got"
            f" {scores.shape[1]} scores an item"
        )


def score(scoring: Scoring, replicate: Replicate, learned: Learned) -> Outcome:
    """The outcome of what an arm predicts. Raises SuiteError where these are no predictions."""
    outputs, targets = learned.outputs, replicate.dataset.test.targets
    learned_from = replicate.dataset.train.targets
    for name in outputs if "accuracy" in scoring.metrics else ():
        if name == "label" and name in targets:
            field = f"{scoring.label}: predictions {name}"
            _require_every_class(field, outputs[name], learned_from[name])
    measured = {key: metric(outputs, targets) for key, metric in scoring.metrics.items()}
    both = measured | learned.reported
    metrics = {key: value for key, value in both.items() if value is not None}
    require_given(scoring.required, metrics, outputs, targets)
    last = {
        key: (*learned.history.get(key, ()), value)
        for key, value in metrics.items()
        if key not in learned.history
    }
    hashes = {"test_outputs": tensors_hash(sorted(outputs.items()))}
    if learned.weights_hash:
        hashes["final_weights"] = learned.weights_hash
    has_finite_outputs = is_finite(outputs)
    return Outcome(
        seed=replicate.seed,
        status="ok" if has_finite_outputs else "diverged",
        reason=None if has_finite_outputs else "a test output is not finite",
        metrics=metrics if has_finite_outputs else {},
        history={**learned.history, **last},
        hashes=hashes,
        parameters=learned.parameters,
        train_time_s=learned.train_time_s,
        predict_time_s=learned.predict_time_s,
        **(
            items_of(scoring.metrics, outputs, replicate.dataset.test) if has_finite_outputs else {}
        ),
    )
