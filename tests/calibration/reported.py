"""Reported numbers that came about as the runs here do, or did not, judged as reports judge them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np

from suite.analysis.adjudications import ClaimedOrder
from suite.analysis.claims import adjudicate
from suite.analysis.compare_study import compare_study
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.analysis.words import Word
from suite.task.choices import Statistic
from suite.task.claims import Claim
from tests.support.fakes import make_result
from tests.support.tasks import disc_task

Rng = np.random.Generator
SD = 0.004
STATISTICS: tuple[tuple[Statistic, int], ...] = (("mean", 5), ("best", 5), ("median", 4))
TAKE: Mapping[Statistic, Callable[[np.ndarray], np.floating]] = {
    "single": np.mean,
    "mean": np.mean,
    "best": np.max,
    "median": np.median,
}


def typical_levels(
    rng: Rng, repeats: int, *, n: int, statistic: Statistic = "single", runs: int = 1
) -> float:
    """How often an honest value, of `runs` runs, is called TYPICAL beside n seeds."""
    return _levels(rng, repeats, "TYPICAL", n=n, statistic=statistic, runs=runs)


def inflated_levels(rng: Rng, repeats: int, *, n: int, inflation: float) -> float:
    """How often a single run, made better by `inflation`, is called HIGHER THAN RUNS GIVE HERE."""
    return _levels(rng, repeats, "HIGHER THAN RUNS GIVE HERE", n=n, inflation=inflation)


def typical_sizes(
    rng: Rng, repeats: int, *, n: int, statistic: Statistic = "single", runs: int = 1
) -> float:
    """How often the gap of two honest values, of `runs` runs each, is called TYPICAL.

    Both arms vary differently.
    """
    found = 0
    for _ in range(repeats):
        long, short = rng.normal(0.95, SD, n + runs), rng.normal(0.93, 2 * SD, n + runs)
        claim = Claim(
            metric="accuracy",
            reported={
                "long": float(TAKE[statistic](long[n:])),
                "short": float(TAKE[statistic](short[n:])),
            },
            statistic=statistic,
            runs=runs,
        )
        values = {"long": long[:n], "short": short[:n]}
        first = adjudicate(_study(values, claim), _any_verdict())[0]
        assert isinstance(first, ClaimedOrder)
        found += first.size is not None and first.size.word == "TYPICAL"
    return found / repeats


def typical_shares(rng: Rng, repeats: int, *, n: int, items: int, reported_items: int) -> float:
    """How often an honest share of right items, of another test set, is called TYPICAL."""
    found = 0
    task = disc_task()
    data = task.only_data_set.model_copy(update={"test_points": items})
    for _ in range(repeats):
        right = np.clip(rng.normal(0.965, SD, n + 1), 0, 1)
        values = rng.binomial(items, right[:n]) / items
        reported = float(rng.binomial(reported_items, right[n]) / reported_items)
        claim = Claim(metric="accuracy", reported={"long": reported}, test_items=reported_items)
        found += _words({"long": values}, claim, data=data) == ("TYPICAL",)
    return found / repeats


def wrong_targets(rng: Rng, repeats: int, *, n: int) -> float:
    """How often a mean that is exactly two targets is said to reach or to miss either."""
    found = 0
    claim = Claim(metric="accuracy", target={"long": 0.95, "short": 0.93})
    for _ in range(repeats):
        values = {"long": rng.normal(0.95, SD, n), "short": rng.normal(0.93, 2 * SD, n)}
        said = adjudicate(_study(values, claim), [])
        found += any(one.words != ("NOT SHOWN",) for one in said)
    return found / repeats


def _levels(
    rng: Rng,
    repeats: int,
    word: str,
    *,
    n: int,
    statistic: Statistic = "single",
    runs: int = 1,
    inflation: float = 0.0,
) -> float:
    found = 0
    for _ in range(repeats):
        values = rng.normal(0.95, SD, n + runs)
        reported = float(TAKE[statistic](values[n:])) + inflation
        claim = Claim(
            metric="accuracy", reported={"long": reported}, statistic=statistic, runs=runs
        )
        found += _words({"long": values[:n]}, claim) == (word,)
    return found / repeats


def _words(values: Mapping[str, np.ndarray], claim: Claim, **changes: object) -> tuple[Word, ...]:
    (found,) = adjudicate(_study(values, claim, **changes), [])
    return found.words


def _study(
    values: Mapping[str, Sequence[float] | np.ndarray], claim: Claim, **changes: object
) -> Study:
    task = disc_task().model_copy(update={"claims": (claim,), **changes})
    results = {
        arm: tuple(make_result(task, arm, seed, float(value)) for seed, value in enumerate(given))
        for arm, given in values.items()
    }
    return Study(task, "cpu", "environment-1", dict.fromkeys(task.arms, ()) | results)


@cache
def _any_verdict() -> tuple[Comparison, ...]:
    """A verdict on the pair, for the size does not depend on it and it takes long."""
    values = {"long": [0.95, 0.96, 0.94, 0.95, 0.955, 0.96], "short": [0.9] * 6}
    claim = Claim(metric="accuracy", order=("long", "short"))
    return tuple(compare_study(_study(values, claim)))
