"""A run as a tracker or a trainer logged it: its parameters, its metrics along the run, its end.

Readers make it; `run_table` makes a table of results of many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

End = Literal["finished", "failed", "running", "unknown"]


@dataclass(frozen=True)
class Curve:
    """The values of a metric in one run, in the order in which they were logged.

    `values`, `steps` and `epochs` (points,): float64; nan in steps, epochs and `times` where the
    log has none. `times`: seconds, from any origin that all points of the run share.
    """

    values: np.ndarray
    steps: np.ndarray
    epochs: np.ndarray
    times: np.ndarray

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class LoggedRun:
    """One run of a log.

    `name`: what people call it, often not unique; `location`: the file or folder that holds it.
    `parameters`: what was configured, as text, by the tracker's names without its prefix. `end`:
    how it ended, and `status` the log's own word for that. `started`: seconds since 1970; None
    where the log does not say it. `is_named_by_people`: the name may tell the arm and the seed.
    `files`: those that this was read from; none of a server.
    """

    name: str
    location: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, Curve]
    end: End = "unknown"
    status: str = ""
    started: float | None = None
    is_named_by_people: bool = True
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class RunLog:
    """The runs that one file or folder holds.

    `kind`: the program that wrote it, as messages call it. `notes`: what else a reader must know,
    such as what could not be read, each without a full stop.
    """

    source: str
    kind: str
    runs: tuple[LoggedRun, ...]
    notes: tuple[str, ...] = ()


def make_curve(
    values: object, steps: object = None, epochs: object = None, times: object = None
) -> Curve:
    """A curve of these sequences of numbers; None where the log has no such thing."""
    numbers = np.asarray(values, dtype=np.float64).reshape(-1)

    def column(given: object) -> np.ndarray:
        if given is None:
            return np.full(len(numbers), np.nan)
        return np.asarray(given, dtype=np.float64).reshape(-1)

    return Curve(numbers, column(steps), column(epochs), column(times))


def single_value(value: float) -> Curve:
    """The curve of a metric that was logged once, at the end."""
    return make_curve([value])
