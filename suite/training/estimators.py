"""scikit-learn's classifiers and regressors as arms.

The task says `train = "suite.training.estimators:train"`, and `model` names the estimator, such as
"sklearn.linear_model:LogisticRegression". An example of a user's own training loop
(suite.training.custom).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from suite.errors import SuiteError
from suite.provenance.references import load

if TYPE_CHECKING:
    from suite.task.arms import ResolvedArm
    from suite.training.custom import Training


# it has no other
def train(arm: ResolvedArm, data: Training, seed: int, device: str) -> dict[str, Any]:  # noqa: ARG001
    """The fitted estimator's function "predict", its coefficients as "weights", "parameters".

    The estimator is fitted to the first target. "weights" is empty where it has no coefficients,
    and "parameters" None where these are not all that it learned.
    Raises SuiteError where `arm.model` is no estimator of scikit-learn.
    """
    estimator = load(arm.model)(**arm.arguments)
    if not hasattr(estimator, "fit") or not hasattr(estimator, "get_params"):
        raise SuiteError(
            f"model: {arm.model}: expected an estimator of scikit-learn, got"
            f" {type(estimator).__name__}"
        )
    if "random_state" in estimator.get_params() and "random_state" not in arm.arguments:
        estimator.set_params(random_state=seed)
    target = next(iter(data.targets.values()))
    estimator.fit(_table(data.inputs), target.cpu().numpy())
    classes = int(target.max()) + 1 if hasattr(estimator, "classes_") else 0

    def predict(inputs: torch.Tensor | dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.from_numpy(_scores(estimator, _table(inputs), classes))

    learned = {
        name: getattr(estimator, name)
        for name in ("coef_", "intercept_", "feature_importances_")
        if hasattr(estimator, name)
    }
    return {"predict": predict, "weights": learned, "parameters": _parameters(estimator)}


def _parameters(estimator: Any) -> int | None:
    """The coefficients of a linear model or a network; None where other things were learned.

    Trees, support vectors and neighbours are no parameters that could be counted.
    """
    for names in (("coefs_", "intercepts_"), ("coef_", "intercept_")):
        if all(hasattr(estimator, name) for name in names) and not hasattr(estimator, "dual_coef_"):
            parts = [getattr(estimator, name) for name in names]
            arrays = [a for part in parts for a in (part if isinstance(part, list) else [part])]
            return sum(int(np.size(array)) for array in arrays)
    return None


def _table(inputs: torch.Tensor | dict[str, torch.Tensor]) -> np.ndarray:
    parts = [inputs] if isinstance(inputs, torch.Tensor) else list(inputs.values())
    return torch.cat([part.flatten(1) for part in parts], dim=1).cpu().numpy()


def _scores(estimator: Any, rows: np.ndarray, classes: int) -> np.ndarray:
    """The scores of each class (N, classes); the predictions (N,) where it is a regressor.

    A class's number is its column. `classes` is 0 for a regressor.
    """
    if not classes:
        return np.asarray(estimator.predict(rows), dtype=np.float32)
    scores = np.zeros((len(rows), classes), dtype=np.float32)
    if hasattr(estimator, "predict_proba"):
        scores[:, estimator.classes_.astype(int)] = estimator.predict_proba(rows)
    else:
        scores[np.arange(len(rows)), estimator.predict(rows).astype(int)] = 1
    return scores
