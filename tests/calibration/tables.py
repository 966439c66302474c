"""Tables of arms x data sets x seeds where the truth is known, judged as `suite compare` does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from suite.analysis.compare_table import Family, compare_table
from suite.analysis.words import Scope
from suite.importers.measured_table import MeasuredTable
from suite.task.components import Metric
from tests.calibration.families import SD, Draw, Rng

HIGHER = Metric(direction="higher", unit="none")


def table_of(values: np.ndarray, *, unit: str = "seed", clusters: int = 0) -> MeasuredTable:
    """The table of `values` (arms, data sets, units); `clusters` of items, in turn."""
    arms, blocks, units = (index.ravel() for index in np.indices(values.shape))
    rows = pd.DataFrame(
        {
            "arm": [f"arm {arm}" for arm in arms],
            "block": [f"set {block}" if values.shape[1] > 1 else "" for block in blocks],
            "unit": units.astype(str),
            "value": values.ravel(),
        }
    )
    if clusters:
        rows["cluster"] = (units % clusters).astype(str)
    return MeasuredTable("table", "accuracy", unit, rows, HIGHER)  # type: ignore[arg-type]


def families_of(table: MeasuredTable) -> dict[Scope, Family]:
    analysis = compare_table(table)
    return {family.scope: family for family in (analysis.lead, analysis.beside) if family}


def equal_on_these(rng: Rng, arms: int, blocks: int, seeds: int, draw: Draw) -> np.ndarray:
    """Arms whose mean over these data sets is the same, though each is ahead on some."""
    ahead = SD * rng.normal(size=(arms, blocks, 1))
    return np.asarray(draw(rng, (arms, blocks, seeds)) + ahead - ahead.mean(axis=1, keepdims=True))


def equal_on_average(
    rng: Rng, arms: int, blocks: int, seeds: int, draw: Draw, spread: Draw
) -> np.ndarray:
    """Arms that are as good over all data sets, of which these are drawn."""
    ahead = 2 * (spread(rng, (arms, blocks, 1)) - 0.9)
    return draw(rng, (arms, blocks, seeds)) + ahead + rng.normal(0, 0.1, (1, blocks, 1))


def share_with_a_winner(
    rng: Rng,
    repeats: int,
    *,
    scope: Scope,
    arms: int,
    blocks: int,
    seeds: int,
    draw: Draw,
    spread: Draw | None = None,
) -> float:
    """The share of tables in which any arm is called better than another, though none is."""
    found = 0
    for _ in range(repeats):
        values = (
            equal_on_these(rng, arms, blocks, seeds, draw)
            if spread is None
            else equal_on_average(rng, arms, blocks, seeds, draw, spread)
        )
        comparisons = families_of(table_of(values))[scope].comparisons
        found += any(comparison.winner for comparison in comparisons)
    return found / repeats


def share_of_clustered_with_a_winner(
    rng: Rng, repeats: int, *, clusters: int, items: int, is_binary: bool
) -> float:
    """The same of two arms on `items` in `clusters`, which share much of what decides an item."""
    found, own = 0, np.arange(items) % clusters
    for _ in range(repeats):
        values = rng.normal(0, 1, (2, 1, clusters))[..., own] + rng.normal(0, 1, (2, 1, items))
        shown = np.where(values > 0, 1.0, 0.0) if is_binary else values
        table = table_of(shown, unit="item", clusters=clusters)
        found += any(one.winner for one in families_of(table)[Scope.ONE].comparisons)
    return found / repeats
