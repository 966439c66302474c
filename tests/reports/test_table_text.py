"""The text of a compared table in a terminal: 80 columns, and names that cannot forge a line."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from suite.analysis.compare_table import TableAnalysis, compare_table
from suite.errors import visible
from suite.reports.results_table.html_page import as_html
from suite.reports.table_text import WIDTH, table_lines
from suite.reports.text_columns import aligned, short_names
from tests.support.tables import made_rows, made_table

BLOCKS = tuple("stuvwxyz")
ESCAPE, TURN = "\x1b[2K\x1b[1A", "\N{RIGHT-TO-LEFT OVERRIDE}"


def analysed(*names: str, margin: float | None = None, size: float = 1.0) -> TableAnalysis:
    """Arms 0.02 apart on eight data sets, the first best."""
    wobble = (0.002, -0.001, 0.0, 0.003, -0.002, 0.001, -0.003, 0.0)
    means = {
        name: [0.9 - 0.02 * k + wobble[(j + k) % 8] for j in range(len(BLOCKS))]
        for k, name in enumerate(names)
    }
    return compare_table(made_table(made_rows(means, blocks=BLOCKS, size=size)), margin=margin)


@pytest.mark.parametrize("names", [("small", "large"), ("base", "larger", "largest")])
@pytest.mark.parametrize("margin", [None, 0.001, 0.5])
def test_every_line_fits_a_terminal(names: tuple[str, ...], margin: float | None) -> None:
    lines = table_lines(analysed(*names, margin=margin))
    assert [line for line in lines if cell_len(line) > WIDTH] == []


def test_a_sign_stands_for_the_margin_where_words_are_too_wide() -> None:
    lines = table_lines(analysed("base", "large", "huge", margin=0.001))
    rows = [" ".join(line.split()) for line in lines]
    assert sum(row.endswith("] base IS BETTER > base IS BETTER >") for row in rows) == 2
    assert "> by at least the margin" in lines


def test_words_without_names_are_on_the_first_arm() -> None:
    first, second = "a-name-of-some-length", "another-name-of-length"
    lines = table_lines(analysed(first, second))
    row = next(line for line in lines if line.startswith(f"{first} - {second}"))
    assert row.split()[-2:] == ["BETTER", "BETTER"]
    assert "words are on the first arm of the pair" in lines


def test_names_are_never_cut_to_the_same_letters() -> None:
    names = [f"{'x' * 40}{number}" for number in range(3)]
    assert list(short_names(names).values()) == names
    assert list(short_names(["y" * 40, "z"]).values()) == ["y" * 23 + "…", "z"]


@pytest.mark.parametrize("others", [(), ("third",)])
def test_a_name_cannot_move_the_cursor_turn_the_text_or_end_a_line(others: tuple[str, ...]) -> None:
    names = (f"a{ESCAPE}", f"b\nb IS BETTER\u2028{TURN}", *others)
    lines = table_lines(analysed(*names))
    text = "".join(lines)
    assert text.isprintable()
    assert r"a\x1b[2K\x1b[1A" in text
    assert r"b\nb IS BETTER\u2028" in text


def test_a_page_shows_no_control_character() -> None:
    page = as_html(analysed(f"a{ESCAPE}", f"b{TURN}"))
    assert visible(page, keep="\n") == page
    assert r"a\x1b[2K" in page


def test_text_of_any_language_stays_as_it_is() -> None:
    for text in ("naïve", "模型 甲", "نموذج", "👩\N{ZERO WIDTH JOINER}🔬", "a b"):
        assert visible(text) == text
    assert visible("\x00\x9b\ud800\t") == r"\x00\x9b\ud800\t"


def test_columns_are_as_wide_as_a_terminal_shows_them() -> None:
    lines = aligned([["arm", "mean"], ["模型", "1"], ["ab", "2"]])
    assert [cell_len(line) for line in lines] == [10, 10, 10]
    assert lines[1] == "模型     1"


def test_a_data_set_with_one_seed_is_named_where_the_scope_is_left_out() -> None:
    rows = made_rows({"a": [0.9] * 8, "b": [0.8] * 8}, blocks=BLOCKS)
    rows = rows[(rows["block"] != "u") | (rows["unit"] == "0")]
    lines = table_lines(compare_table(made_table(rows)))
    assert (
        "No verdict on these data sets by themselves: u has fewer than 2 seeds in common." in lines
    )


def test_without_a_verdict_on_any_pair_no_arm_is_called_tied() -> None:
    rows = made_rows({"a": [0.9], "b": [0.8], "c": [0.7]}, units=5)
    lines = table_lines(compare_table(made_table(rows)))
    assert lines[0] == "No verdict: too few seeds."
    assert "tied" not in "\n".join(lines)


def test_an_arm_whose_pairs_have_no_verdict_is_not_called_tied_with_the_best() -> None:
    rows = made_rows({"a": [0.9], "b": [0.8], "c": [0.7]}, units=8)
    rows = rows[(rows["arm"] != "a") | (rows["unit"] < "6")]
    lines = table_lines(compare_table(made_table(rows)))
    assert lines[0] == "No arm is shown to be best. 2 of 3 pairs have no verdict."
    assert "tied" not in "\n".join(lines)
