"""Arms of logs as one table."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from suite.errors import SuiteError
from suite.importers.arms_as_table import table_of_arms
from suite.importers.measured import MeasuredArm
from suite.task.components import Metric

A = MeasuredArm("a", "acc", {"i": 1.0, "j": 0.0}, unit="item", clusters={"i": "t", "j": "u"})
B = MeasuredArm(
    "b",
    "acc",
    {"i": 0.0},
    without_value=2,
    unit="item",
    clusters={"i": "t", "j": "u"},
    valueless=("j",),
    notes=("invalidated and left out: 1 samples",),
)


def test_every_value_is_a_row_and_what_has_none_is_nan() -> None:
    table = table_of_arms([A, B])
    assert (table.source, table.metric, table.unit) == ("a, b", "acc", "item")
    assert table.rule == A.rule
    assert table.notes == ("b: invalidated and left out: 1 samples",)
    values = table.rows.pop("value")
    assert values.dtype == float
    assert values[:3].tolist() == [1.0, 0.0, 0.0]
    assert all(math.isnan(value) for value in values[3:])
    assert table.rows.to_numpy().tolist() == [
        ["a", "", "i", "t"],
        ["a", "", "j", "u"],
        ["b", "", "i", "t"],
        ["b", "", "j", "u"],
        ["b", "", "b, without a value 2", "b, without a value 2"],
    ]


def test_arms_without_clusters_give_a_table_without() -> None:
    table = table_of_arms([replace(A, clusters=None), replace(B, clusters=None)])
    assert list(table.rows.columns) == ["arm", "block", "unit", "value"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metric": "f1"}, "a, b: expected one metric, got acc and f1: give --metric"),
        (
            {"metric": "value"},
            "a, b: expected one metric, got acc and value: give --metric",
        ),
        (
            {"unit": "seed"},
            "a, b: expected numbers by seed or by item, got one by item and one by seed",
        ),
        ({"name": "a"}, "a, a: expected arms of different names"),
        ({"clusters": None}, "a, b: expected clusters of both or of none"),
        (
            {"clusters": {"i": "v"}},
            "b: item i: expected cluster t, as in another arm, got v",
        ),
        (
            {"rule": Metric(direction="lower", unit="none")},
            "a, b: what they come from contradicts itself on whether acc is better when higher or"
            " lower: give --direction",
        ),
    ],
)
def test_arms_that_are_not_alike_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SuiteError) as caught:
        table_of_arms([A, replace(B, **changes)])
    assert str(caught.value) == message


def test_arms_of_other_conditions_are_refused() -> None:
    arms = [replace(arm, condition=f"filter {arm.name}") for arm in (A, B)]
    with pytest.raises(SuiteError, match="got filter a and filter b"):
        table_of_arms(arms)
    with pytest.raises(SuiteError, match="expected arms of results, got none"):
        table_of_arms([])
