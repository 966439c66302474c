"""Scores of scikit-learn's cross-validation: the table of cross_validate, and of cv_results_.

A row, or a column split0_test_score, is a fold. Folds share training data, so they are compared
with the correction of Nadeau and Bengio.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from suite.importers.measured_table import Frame

_SPLIT = re.compile(r"^split(\d+)_(test|train)_(.+)$")
FOLD = "fold"


def as_folds(frame: Frame) -> Frame:
    """The table with a row a fold, where it is one of these; else as it is."""
    names = [str(name) for name in frame.frame.columns]
    if {"fit_time", "score_time"} <= set(names) and any(n.startswith("test_") for n in names):
        return _of_cross_validate(frame, names)
    if "params" in names and any(_SPLIT.match(name) for name in names):
        return _of_search(frame, names)
    return frame


def _of_cross_validate(frame: Frame, names: Sequence[str]) -> Frame:
    if FOLD in names:
        return frame
    table = frame.frame.drop(columns=["fit_time", "score_time"])
    table = table.drop(columns=[name for name in names if name.startswith("Unnamed") or not name])
    table = table.assign(**{FOLD: range(len(table))}).astype({FOLD: "float64"})
    note = "a result of cross_validate: each row is a fold, in the same order in all files"
    return replace(frame, frame=table, notes=(*frame.notes, note))


def _of_search(frame: Frame, names: Sequence[str]) -> Frame:
    """A row for each candidate and fold, with the scores on test parts."""
    table = frame.frame
    splits = [(name, m) for name in names if (m := _SPLIT.match(name)) and m[2] == "test"]
    parts = []
    for number in sorted({int(match[1]) for _, match in splits}):
        scores = {
            f"test_{match[3]}": table[name] for name, match in splits if int(match[1]) == number
        }
        own = pd.DataFrame({"arm": table["params"].astype(str), FOLD: float(number), **scores})
        parts.append(own)
    note = "cv_results_ of scikit-learn: each candidate is an arm, each split a fold"
    return replace(frame, frame=pd.concat(parts, ignore_index=True), notes=(*frame.notes, note))
