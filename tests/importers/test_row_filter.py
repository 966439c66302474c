"""Rows are chosen by comparisons, and no text of a user is code."""

from __future__ import annotations

import pandas as pd
import pytest

from suite.errors import SuiteError
from suite.importers.row_filter import filter_rows

FRAME = pd.DataFrame(
    {
        "split": ["train", "test", None, "test"],
        "val/acc": [1.0, 2.0, 3.0, 4.0],
        "epoch": [1.0, 2.0, 3.0, float("nan")],
    },
    index=[5, 6, 7, 8],
)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("split == 'test'", [6, 8]),
        ("`val/acc` > 1.5 and epoch in [2, 3]", [6, 7]),
        ("not (split == 'test')", [5, 7]),
        ("0 < epoch < 3", [5, 6]),
        ("epoch == -1 or split in ('train',)", [5]),
        ("split not in ['train']", [6, 7, 8]),
        (" 'train' == split ", [5]),
    ],
)
def test_comparisons_choose_rows_by_their_index(where: str, rows: list[int]) -> None:
    assert list(filter_rows(FRAME, where, "t.csv").index) == rows


@pytest.mark.parametrize(
    "where",
    [
        "",
        "split",
        "True",
        "1 == 1",
        "not split",
        "epoch.max() == 3",
        "@x == 1",
        "epoch in 3",
        "epoch + 1 == 2",
        "__import__('os').getcwd() == 'x'",
        "split is 'test'",
        "split in []",
        "split == f'{epoch}'",
        "(" * 300,
    ],
)
def test_anything_else_is_refused(where: str) -> None:
    with pytest.raises(SuiteError, match="expected comparisons like"):
        filter_rows(FRAME, where, "t.csv")


def test_unknown_columns_are_refused_with_those_that_exist() -> None:
    for where in ("loss == 1", "`loss` == 1", "column0 == 1"):
        with pytest.raises(SuiteError, match="expected columns among split, val/acc, epoch, got"):
            filter_rows(FRAME, where, "t.csv")


def test_a_column_may_have_any_name() -> None:
    frame = pd.DataFrame({"column0": [1.0, 2.0], "a'b": [3.0, 4.0], "index": [5.0, 6.0]})
    assert list(
        filter_rows(frame, "`a'b` == 4 and column0 == 2 and index == 6", "t.csv").index
    ) == [1]


def test_a_filter_that_fits_no_row_or_no_type_is_refused() -> None:
    with pytest.raises(SuiteError, match=r"t\.csv: --where .*: expected rows, none of 4 is like"):
        filter_rows(FRAME, "epoch == 9", "t.csv")
    with pytest.raises(SuiteError, match="cannot compare text with numbers"):
        filter_rows(FRAME, "split > 3", "t.csv")
