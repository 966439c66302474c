"""Ids of runs and of rows of the report, as people copy them: seven digits or more."""

from __future__ import annotations

import re
from typing import Literal

from suite.analysis.analyse import analyse_all
from suite.errors import SuiteError
from suite.reports.row_ids import runs_behind_rows
from suite.result import Result
from suite.store.records import ResultSource


def is_id(word: str) -> bool:
    """Whether the word can be an id."""
    return re.fullmatch("[0-9a-f]{7,64}", word) is not None


def runs_behind(start: str, records: ResultSource) -> tuple[Literal["run", "row"], list[Result]]:
    """What the id that begins so stands for, and the runs behind it.

    Raises SuiteError where it stands for nothing, or for several.
    """
    runs = [[run] for run in records.results() if run.key.startswith(start)]
    rows = [
        behind
        for summary in analyse_all(records)
        for row, behind in runs_behind_rows(summary).items()
        if row.startswith(start)
    ]
    if len(runs + rows) != 1:
        raise SuiteError(
            f"{start}: expected the id of a run or of a row of the report, found"
            f" {len(runs + rows)} such"
        )
    return "run" if runs else "row", (runs + rows)[0]
