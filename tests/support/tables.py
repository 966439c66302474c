"""Tables of results for tests, whose gaps are known by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from suite.importers.measured_table import MeasuredTable, TableUnit
from suite.task.choices import Direction
from suite.task.components import Metric

WOBBLE = (-0.003, 0.002, -0.001, 0.003, 0.001, -0.002, 0.0, 0.004)  # of a seed, by its arm


def made_rows(
    means: Mapping[str, Sequence[float]],
    *,
    blocks: Sequence[str] = ("",),
    units: int = 8,
    size: float = 1.0,
) -> pd.DataFrame:
    """Rows in which each arm has its mean in each block, but for wobbles of `size` over units.

    `means`: of every arm, in the order of `blocks`. The wobbles of arm k are those of the first,
    turned by k places, so that differences vary.
    """
    rows = [
        (arm, block, str(unit), mean + size * WOBBLE[(unit + 3 * k + j) % len(WOBBLE)])
        for k, (arm, by_block) in enumerate(means.items())
        for j, (block, mean) in enumerate(zip(blocks, by_block, strict=True))
        for unit in range(units)
    ]
    columns: list[str] = ["arm", "block", "unit", "value"]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=columns)
    return frame


def made_table(
    rows: pd.DataFrame,
    *,
    direction: Direction = "higher",
    unit: TableUnit = "seed",
    metric: str = "accuracy",
) -> MeasuredTable:
    """The table of these rows."""
    reading = "read: method = arm, accuracy = value"
    rule = Metric(direction=direction, unit="none")
    return MeasuredTable("results.csv", metric, unit, rows, rule, reading)
