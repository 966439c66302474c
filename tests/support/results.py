"""Tables of results, as readers make them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from suite.importers import sources
from suite.importers.measured import MeasuredArm
from suite.importers.measured_table import MeasuredTable, TableUnit
from suite.importers.roles import RoleOptions
from suite.importers.runs.points import parse_point
from suite.importers.source_word import ReadOptions
from suite.task.components import Metric

HIGHER = Metric(direction="higher", unit="none")
COLUMNS = ("arm", "block", "unit", "value")


def results_table(
    rows: Iterable[tuple[str, str, str, float]], unit: TableUnit = "seed", rule: Metric = HIGHER
) -> MeasuredTable:
    """The table of rows (arm, data set, unit, value)."""
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    return MeasuredTable("results.csv", "accuracy", unit, frame, rule)


def results_of(values: np.ndarray, arms: Sequence[str], unit: TableUnit = "seed") -> MeasuredTable:
    """The table of `values` (arms, data sets, units); "" for the only data set."""
    blocks = values.shape[1]
    return results_table(
        (
            (arm, f"set {block}" if blocks > 1 else "", str(k), float(values[i, block, k]))
            for i, arm in enumerate(arms)
            for block in range(blocks)
            for k in range(values.shape[2])
        ),
        unit,
    )


def read_arms(
    path: Path,
    metric: str | None = None,
    *,
    average: bool = False,
    cluster: str | None = None,
    at: float | None = None,
) -> dict[str, MeasuredArm]:
    """The arms in a file, as `suite compare` reads them beside those of a store."""
    roles = RoleOptions(metric=metric, average=average, cluster=cluster)
    return sources.read_arms(
        str(path), ReadOptions(roles, None if at is None else parse_point(str(at)))
    )
