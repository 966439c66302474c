"""A table of results that was measured anywhere: every row one number of one arm.

Readers make it, and say what they understood; `suite.analysis` compares its arms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

    from suite.task.components import Metric

TableUnit = Literal["seed", "item", "fold"]


@dataclass(frozen=True)
class Frame:
    """A table as it was read, before anything says what its columns are.

    `source`: what messages call it, usually its path. `frame`: a column of numbers is float64, nan
    where nothing was written, with booleans as 1 and 0; every other column is text, None where
    nothing was written. `notes`: what was understood beyond plain numbers, such as "percent signs
    in a, b: read as shares", each without a full stop.
    """

    source: str
    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MeasuredTable:
    """Numbers of several arms under one metric, and what they are numbers of.

    `rows` has the columns `arm`, `block`, `unit` and `value`, and `cluster` where items come in
    clusters: text, but for `value`, which is a finite float64 or nan where the arm was tried and
    has no value. Of logged runs, where that was asked for, `curve` has the `Curve` of the metric.
    No two rows have the same arm, block and unit. `block` is the data set; "" in all rows where the
    table knows of none. `unit` says which seed, item or fold. `rule` is missing where nothing says
    whether higher or lower is better. `reading`: one line for people on what each column was read
    as and which were ignored. `notes`: what else a reader must know. `paired`: false where equal
    units of two arms have nothing in common.
    """

    source: str
    metric: str
    unit: TableUnit
    rows: pd.DataFrame
    rule: Metric | None
    reading: str = ""
    notes: tuple[str, ...] = field(default=())
    paired: bool = True
