"""The picture of ranks: what is drawn, read back from the SVG."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from suite.reports.rank_picture import rank_picture

SVG = "{http://www.w3.org/2000/svg}"
ARMS = ["second", "third", "first"]
POINTS = [1.9, 2.8, 1.3]


def wins(*pairs: tuple[int, int]) -> np.ndarray:
    array = np.zeros((3, 3), dtype=bool)
    for better, worse in pairs:
        array[better, worse] = True
    return array


def drawn(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 - our own


def rows(picture: str) -> list[ElementTree.Element]:
    return drawn(picture).findall(f"{SVG}g")


def test_rows_stand_from_the_best_rank_down_and_say_what_is_known() -> None:
    """The first beats the third; the second is not told apart from either."""
    picture = rank_picture(ARMS, POINTS, wins((2, 1)))
    assert [row.findtext(f"{SVG}title") for row in rows(picture)] == [
        "1. first: 1.30, rank 1 to 2, not told apart from 2.",
        "2. second: 1.90, rank 1 to 3, not told apart from 1, 3.",
        "3. third: 2.80, rank 2 to 3, not told apart from 2.",
    ]
    known = rows(rank_picture(ARMS, POINTS, wins((2, 1), (2, 0), (0, 1))))
    assert known[1].findtext(f"{SVG}title") == (
        "2. second: 1.90, rank 2, not told apart from no other arm."
    )


def test_every_pair_that_is_not_told_apart_has_a_mark_in_both_rows() -> None:
    """One circle of a row is its point."""
    picture = rank_picture(ARMS, POINTS, wins((2, 1)))
    assert [len(row.findall(f"{SVG}circle")) - 1 for row in rows(picture)] == [1, 2, 1]


def test_bars_reach_from_the_best_rank_to_the_worst_and_points_lie_on_the_axis() -> None:
    first, second, third = rows(rank_picture(ARMS, [2.0, 3.0, 1.0], wins((2, 1))))
    points = [float(row.findall(f"{SVG}circle")[0].get("cx", "")) for row in (first, second, third)]
    assert points[1] - points[0] == pytest.approx(points[2] - points[1], abs=0.02)
    bars = [row.find(f"{SVG}rect") for row in (first, second)]
    widths = [float(bar.get("width", "")) for bar in bars if bar is not None]
    assert widths[1] - widths[0] == pytest.approx(points[1] - points[0], abs=0.02)


def test_arms_that_none_beats_have_a_colour_and_bold_names() -> None:
    names = [row.findall(f"{SVG}text")[0] for row in rows(rank_picture(ARMS, POINTS, wins((2, 1))))]
    assert [(name.text, name.get("font-weight")) for name in names] == [
        ("first", "600"),
        ("second", "600"),
        ("third", None),
    ]


def test_text_is_text_for_screens_and_for_readers_of_them() -> None:
    root = drawn(rank_picture(ARMS, POINTS, wins(), title="Ranks & <names>", point_label="median"))
    assert (root.get("role"), root.get("aria-label")) == ("img", "Ranks & <names>")
    assert root.findtext(f"{SVG}title") == "Ranks & <names>"
    assert "3. third: 2.80, rank 1 to 3, not told apart from 1, 2." in (
        root.findtext(f"{SVG}desc") or ""
    )
    assert "median" in [text.text for text in root.iter(f"{SVG}text")]


def test_names_of_any_letters_are_drawn_within_the_picture() -> None:
    names = ["a\x00<b>&\"'", "x" * 90, "表形式"]
    first, second, third = rows(rank_picture(names, POINTS, wins()))
    texts = [row.findall(f"{SVG}text")[0].text for row in (first, second, third)]
    assert texts == ["表形式", "a\ufffd<b>&\"'", "x" * 35 + "…"]
    assert "x" * 90 in (third.findtext(f"{SVG}title") or "")


def test_the_same_ranks_give_the_same_bytes() -> None:
    assert rank_picture(ARMS, POINTS, wins()) == rank_picture(ARMS, POINTS, wins())


def test_one_arm_has_rank_1() -> None:
    (row,) = rows(rank_picture(["only"], [1.0], np.zeros((1, 1), dtype=bool)))
    assert row.findtext(f"{SVG}title") == "1. only: 1.00, rank 1, not told apart from no other arm."


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([1.0, 2.0], r"got 3 arms, 2 points and wins of shape \(3, 3\)"),
        ([0.5, 2.0, 3.0], r"expected ranks from 1 to 3, got \[0.5, 2.0, 3.0\]"),
        ([float("nan"), 2.0, 3.0], "expected ranks from 1 to 3"),
    ],
)
def test_points_must_be_ranks_of_the_arms(points: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rank_picture(ARMS, points, wins())
