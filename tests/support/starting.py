"""Models whose code starts processes of its own, by the name of an arm; each is a good one."""

from __future__ import annotations

import multiprocessing
from typing import Any, cast

# Imports of torch and scikit-learn stand inside functions: tests read this module's names without.


def square(number: int) -> int:
    return number * number


def _pool(method: str) -> list[int]:
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(square, range(4))


def _model(layers: list[int], squares: list[int]) -> object:
    from suite.models.mlp import SigmoidMLP

    if squares != [0, 1, 4, 9]:
        raise ValueError(f"expected 0, 1, 4, 9, got {squares}")
    return SigmoidMLP(layers)


def pool_by_fork(layers: list[int]) -> object:
    return _model(layers, _pool("fork"))


def pool_by_spawn(layers: list[int]) -> object:
    return _model(layers, _pool("spawn"))


def pool_by_fork_server(layers: list[int]) -> object:
    return _model(layers, _pool("forkserver"))


def workers_of_a_data_loader(layers: list[int]) -> object:
    from torch.utils.data import DataLoader

    loader: Any = DataLoader(cast(Any, [0, 1, 4, 9]), num_workers=2)
    return _model(layers, [int(batch) for batch in loader])


def joblib_of_scikit_learn(layers: list[int]) -> object:
    import os

    from joblib import Parallel, delayed  # type: ignore[import-untyped]
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import cross_val_score

    digits = load_digits()
    forest = RandomForestClassifier(n_estimators=2, random_state=0)
    cross_val_score(forest, digits.data[:90], digits.target[:90], cv=2, n_jobs=2)
    pids = Parallel(n_jobs=2, backend="loky")(delayed(os.getpid)() for _ in range(4))
    if os.getpid() in pids:
        raise ValueError("nothing ran in another process")
    return _model(layers, [0, 1, 4, 9])


def left_open(layers: list[int]) -> object:
    pool = multiprocessing.get_context("fork").Pool(2)
    return _model(layers, pool.map(square, range(4)))


STARTING = (
    "pool_by_fork",
    "pool_by_spawn",
    "pool_by_fork_server",
    "workers_of_a_data_loader",
    "joblib_of_scikit_learn",
    "left_open",
)
