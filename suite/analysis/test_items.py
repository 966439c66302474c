"""What the runs of two arms got right of their test items, seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.result import Result
from suite.stats.crossed import CrossedMean, crossed_mean, separate_mean
from suite.store.items import unpack

ROUNDING = 1e-6  # of a share of floats of 32 bits
MOST_CELLS = 50_000_000  # of seeds times items: 400 MB


@dataclass(frozen=True)
class PairedItems:
    """What the differences of two arms on each test item say, over `seeds`.

    `items`: how many a seed has, on average. `mean`: that of the seeds' means, seeds and items
    being draws of more of their kind.
    """

    seeds: int
    items: float
    mean: CrossedMean

    @property
    def sampling_share(self) -> float | None:
        """The share of the variance of the seeds' gaps that is the luck of their test sets.

        None where seeds share items: that luck is then no part of it, or not all.
        """
        variance = self.mean.seed_part * self.seeds
        return None if self.mean.overlap or not variance else self.mean.sampling / variance


def paired_items(study: Study, first: str, second: str, metric: str) -> PairedItems | None:
    """The items of two arms under every seed that both have a value for.

    None where items are not kept, are of another metric, or are not the same for both arms of a
    seed. Raises SuiteError where a document does not say what its run's metric says.
    """
    if study.blocks:
        return None
    sides = [_runs(study, arm, metric) for arm in (first, second)]
    seeds = sorted(sides[0].keys() & sides[1].keys())
    if len(seeds) < 2:
        return None
    rows: list[tuple[tuple[Any, ...], np.ndarray]] = []
    for a, b in ((sides[0][seed], sides[1][seed]) for seed in seeds):
        if a.test_set is None or a.test_set != b.test_set:
            return None
        (names, values), (_, others) = (_values(study, run, metric) for run in (a, b))
        if len(values) != len(others) or len(values) < 2:
            return None
        rows.append((names, values - others))
    mean = _mean(rows)
    if mean is None:
        return None
    return PairedItems(len(rows), float(np.mean([len(row) for _, row in rows])), mean)


def _runs(study: Study, arm: str, metric: str) -> dict[int, Result]:
    """The good runs of an arm that have the metric, where all of them kept its items."""
    runs = [r for r in study.results[arm] if r.status == "ok" and metric in r.metrics]
    is_kept = all(run.items_metric == metric and _document(study, run) for run in runs)
    return {run.seed: run for run in runs} if is_kept else {}


def _document(study: Study, run: Result) -> Mapping[str, Any] | None:
    """What the run says of its items; that of a run which was not stored is with it."""
    return run.items_document or study.items.get(run.items or "")


def _values(study: Study, run: Result, metric: str) -> tuple[tuple[Any, ...], np.ndarray]:
    """The items' names, which tell test sets apart, and their values."""
    items = unpack(_document(study, run) or {})
    if abs(float(items.values.mean()) - run.metrics[metric]) > ROUNDING:
        raise SuiteError(
            f"{run.task} {run.cell} seed {run.seed} ({run.key[:7]}): expected items whose mean is"
            f" its {metric}, {run.metrics[metric]:g}, got {items.values.mean():g}"
        )
    if items.ids is not None:
        return items.ids, items.values
    return tuple((run.test_set, number) for number in range(len(items.values))), items.values


def _mean(rows: Sequence[tuple[tuple[Any, ...], np.ndarray]]) -> CrossedMean | None:
    """The mean over rows of items' names and differences; None where the table is too large."""
    first = rows[0][0]
    if all(names == first for names, _ in rows):
        return crossed_mean(np.stack([values for _, values in rows]))
    names = dict.fromkeys(name for names, _ in rows for name in names)
    if len(names) == sum(len(values) for _, values in rows):
        return separate_mean([values for _, values in rows])
    if len(rows) * len(names) > MOST_CELLS:
        return None
    columns = {name: number for number, name in enumerate(names)}
    table = np.full((len(rows), len(columns)), np.nan)
    for row, (own, values) in zip(table, rows, strict=True):
        row[[columns[name] for name in own]] = values
    return crossed_mean(table)
