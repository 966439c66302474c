"""What was measured of one arm, wherever it comes from; and the checks that every reader shares.

A `location` names what a message is on: a file, a row and a field of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from suite.atomic_files import read_at_most
from suite.errors import SuiteError
from suite.store.looks import SeenArm
from suite.task.components import Metric
from suite.task.protocol import Protocol

MAX_FILE_BYTES = 256 * 1024 * 1024  # read whole; larger ones are refused before that
UNNAMED = "value"  # the metric of a source that does not name it
HIGHER = Metric(direction="higher", unit="none")
FAILED_SHARE: float = Protocol.model_fields["max_failed_share"].default


@dataclass(frozen=True)
class MeasuredArm:
    """Values of one arm by what pairs them: a seed, or the id of an item.

    `without_value`: seeds or items that were tried and have no value (a failed run, an answer that
    nobody scored); above a share of `max_failed_share` there is no verdict. `rule` is missing where
    the source does not say what is better. `sequential`: seeds were added until a verdict was
    reached, or after one had been seen. `environment`: that of records of this suite. `unit`: what
    the keys of `values` are; items of a test set vary by themselves, seeds only where the run
    depends on them. `stored`: what the runs of an arm of a store are, for looks at it. `clusters`:
    of each item, where items come in clusters (questions about one text). `valueless`: the names of
    those among `without_value` that the source names. `condition`: how the values came about, such
    as "filter strict-match"; arms of other conditions are no rivals. `notes`: what else a reader
    must know, each without a full stop. `history`: what happened to the study that a stored arm is
    of since its results were seen, likewise.
    """

    name: str
    metric: str
    values: Mapping[str, float]
    without_value: int = 0
    rule: Metric | None = HIGHER
    max_failed_share: float = FAILED_SHARE
    sequential: bool = False
    environment: str | None = None
    unit: Literal["seed", "item"] = "seed"
    stored: SeenArm | None = None
    clusters: Mapping[str, str] | None = None
    valueless: tuple[str, ...] = ()
    condition: str = ""
    notes: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    @property
    def failed_too_often(self) -> bool:
        """Whether too many seeds or items have no value for a verdict."""
        return self.without_value > self.max_failed_share * (self.without_value + len(self.values))


def check_comparable(a: MeasuredArm, b: MeasuredArm) -> None:
    """Raises SuiteError where the values of two arms are numbers of other things."""
    if a.condition and b.condition and a.condition != b.condition:
        raise SuiteError(
            f"{a.name}, {b.name}: expected arms measured in one way, got {a.condition} and"
            f" {b.condition}: choose two of one; FILE:ARM names an arm of a file"
        )
    if a.unit != b.unit:
        raise SuiteError(
            f"{a.name}, {b.name}: expected numbers by seed or by item, got one by {a.unit} and"
            f" one by {b.unit}"
        )
    if a.metric != b.metric and UNNAMED not in (a.metric, b.metric):
        raise SuiteError(
            f"{a.name}, {b.name}: expected one metric, got {a.metric} and {b.metric}: give --metric"
        )


def read_bytes(path: Path) -> bytes:
    """What the file holds. Raises SuiteError where it is too large or cannot be read."""
    return read_at_most(
        path, MAX_FILE_BYTES, "results", instead="keep what you compare, or write several files"
    )


def choose_metric(wanted: str | None, known: Sequence[str], location: str) -> str:
    """`wanted`, else the first that is known. Raises SuiteError for one that is not there."""
    if not known:
        raise SuiteError(f"{location}: expected a metric, found none")
    if wanted is not None and wanted not in known:
        raise SuiteError(
            f"{location}: --metric: expected one of {', '.join(known)}, got {wanted!r}"
        )
    return wanted or known[0]


def read_item(value: object, location: str) -> str:
    """A seed or the id of an item, as text. Raises SuiteError for what is neither."""
    if value is None or isinstance(value, float | dict | list | bool) or not str(value).strip():
        raise SuiteError(f"{location}: expected a seed or the id of an item, got {value!r:.60}")
    return str(value).strip()


def read_number(value: object, location: str) -> float:
    """A finite number. Raises SuiteError for anything else."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except OverflowError:
        number = math.inf
    except (TypeError, ValueError):
        raise SuiteError(f"{location}: expected a number, got {value!r:.60}") from None
    if not math.isfinite(number):
        raise SuiteError(f"{location}: expected a finite number, got {_shortened(value)}")
    return number


def _shortened(value: object) -> str:
    """The value as it was written, or its beginning."""
    text = repr(value) if isinstance(value, float | str) else "an integer too large for one"
    return text if len(text) <= 60 else f"{text[:60]}..."
