"""The metric of numbers that no column names, by the names of their files: "CNN_rmse.csv"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from suite.importers.measured import UNNAMED
from suite.importers.role_names import direction_of, is_generic, words_of


def unnamed_metric(sources: Sequence[str], wanted: str | None) -> str:
    """The metric that --metric says, else that in which the names of all the files end.

    "value" where neither is a metric whose direction is known.
    """
    if wanted is not None and direction_of(wanted) is not None:
        return wanted
    metrics = {_last_word(source) for source in sources}
    metric = metrics.pop() if len(metrics) == 1 else UNNAMED
    return UNNAMED if direction_of(metric) is None or is_generic(metric) else metric


def _last_word(source: str) -> str:
    """The last word of a file's name without its endings; "" for a name of one word."""
    words = words_of(PurePath(source).name.partition(".")[0])
    return words[-1] if len(words) > 1 else ""
