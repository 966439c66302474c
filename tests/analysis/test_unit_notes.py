"""A table whose numbers are in several units says so."""

from __future__ import annotations

from suite.analysis.compare_table import compare_table
from tests.support.tables import made_rows, made_table


def notes(means: dict[str, float], margin: float | None = None) -> tuple[str, ...]:
    rows = made_rows({arm: [mean] for arm, mean in means.items()}, size=0)
    rows["value"] += rows["unit"].astype(float) / 1000  # up to 0.007
    return compare_table(made_table(rows), margin=margin).table.notes


def test_an_arm_in_percent_beside_shares_is_named() -> None:
    assert notes({"a": 0.8, "b": 79.993}) == (
        "take care: b has values up to 80 and a up to 0.807: are they percent beside shares?",
    )


def test_arms_of_one_unit_have_no_note() -> None:
    assert notes({"a": 0.8, "b": 0.5}) == ()
    assert notes({"a": 80.0, "b": 50.0}) == ()
    assert notes({"a": 0.1, "b": 76.0}) == ()  # chance on a thousand classes, in percent
    assert notes({"a": 0.9, "b": 1.1}) == ()


def test_a_margin_larger_than_any_difference_is_named() -> None:
    assert notes({"a": 0.8, "b": 0.7}, margin=0.107) == ()
    assert notes({"a": 0.8, "b": 0.7}, margin=1) == (
        "take care: the margin 1 is larger than any difference between two values (0.107); it must"
        " be in the unit of the values",
    )
