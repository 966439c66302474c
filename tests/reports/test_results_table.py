"""The table of a compared table: which cell is bold, which is a tie, and what is said of both.

Wobbles of an arm have a mean of .0005 and an sd of sqrt(42 / 7) = 2.449 thousandths: see WOBBLE.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suite.analysis.compare_table import TableAnalysis, compare_table
from suite.analysis.comparison import Comparison
from suite.analysis.words import Verdict
from suite.reports.results_table.bars import make_bars
from suite.reports.results_table.digits import Digits, digits_for
from suite.reports.results_table.layout import mean_ranks, results_table
from suite.reports.results_table.notes import answer_sentence, table_notes
from suite.reports.results_table.standings import find_standings
from suite.stats import Interval, paired_gap
from tests.support.tables import made_rows, made_table

XYZ = ("x", "y", "z")
THREE = {"a": [0.9, 0.7, 0.8], "b": [0.8, 0.7001, 0.7], "c": [0.7, 0.6, 0.5]}


def marks(analysis: TableAnalysis) -> dict[str, list[str]]:
    """What is said of the numbers of every arm: of data sets, then of the mean."""
    rows = results_table(analysis).rows
    return {row.arm: [*(cell.mark for cell in row.by_block), row.mean.mark] for row in rows}


def column(analysis: TableAnalysis, heading: str) -> list[str]:
    table = results_table(analysis)
    place = table.headings.index(heading)
    return [row[place].text for row in table.cells]


def notes(analysis: TableAnalysis) -> tuple[str, ...]:
    return table_notes(analysis, results_table(analysis))


def comparison(first: str, second: str, verdict: Verdict, winner: str | None = None) -> Comparison:
    gap = paired_gap([1.0, 2.0, 4.0], [0.0, 1.0, 1.0])
    return Comparison(first, second, "m", gap, 0.5, verdict, winner)


def test_the_best_of_two_is_bold_and_the_gap_is_that_of_the_t_test() -> None:
    rows = made_rows({"a": [0.8], "b": [0.9]})
    analysis = compare_table(made_table(rows))
    table = results_table(analysis)
    assert table.headings == (
        "arm",
        "accuracy",
        "n",
        "difference to b",
        "95% interval",
        "verdict",
    )
    assert [cell.text for cell in table.cells[0]] == ["b", "0.9005 ± 0.0024", "8", "", "", "best"]
    values = {arm: part["value"].to_numpy() for arm, part in rows.groupby("arm")}
    low, high = stats.ttest_rel(values["a"], values["b"]).confidence_interval()
    interval = f"[{low:.4f}, {high:.4f}]".replace("-", "\N{MINUS SIGN}")
    assert [cell.text for cell in table.cells[1]] == [
        "a",
        "0.8005 ± 0.0024",
        "8",
        "\N{MINUS SIGN}0.1000",
        interval,
        "worse",
    ]
    assert marks(analysis) == {"b": ["best"], "a": [""]}


def test_the_highest_mean_is_not_bold_where_it_is_not_shown_to_be_better() -> None:
    analysis = compare_table(made_table(made_rows({"a": [0.9], "b": [0.9001], "c": [0.8]})))
    assert marks(analysis) == {"b": ["tied"], "a": ["tied"], "c": [""]}
    assert column(analysis, "verdict") == ["best mean, tied", "tied with the best", "worse"]
    assert answer_sentence(analysis) == (
        "In accuracy, over 8 seeds: b and a are tied: no arm is shown to be better than any of"
        " them."
    )
    assert notes(analysis)[0] == (
        "\N{DAGGER}: tied with the best: no arm is shown to be better, which does not show that"
        " they are equal"
    )
    assert not any("Bold" in note for note in notes(analysis))


def test_each_data_set_has_marks_of_its_own() -> None:
    analysis = compare_table(made_table(made_rows(THREE, blocks=XYZ)))
    assert marks(analysis) == {
        "a": ["best", "tied", "best", "best"],
        "b": ["", "tied", "", ""],
        "c": ["", "", "", ""],
    }
    assert results_table(analysis).headings[1:6] == ("x", "y", "z", "mean", "n")
    assert column(analysis, "y") == ["0.7005 ± 0.0024", "0.7006 ± 0.0024", "0.6005 ± 0.0024"]
    # means by hand: (.9 + .7 + .8) / 3 + .0005, (.8 + .7001 + .7) / 3 + .0005, .6 + .0005
    assert column(analysis, "mean") == ["0.8005", "0.7339", "0.6005"]
    assert column(analysis, "n") == ["24", "24", "24"]
    assert column(analysis, "mean rank") == ["1.33", "1.67", "3.00"]  # (1 + 2 + 1) / 3, 5 / 3
    assert "Marks within data sets hold for all 9 comparisons within data sets together" in notes(
        analysis
    )


def test_five_seeds_give_no_marks_within_data_sets_and_the_note_says_why() -> None:
    blocks = [f"d{k}" for k in range(7)]
    means = {"a": [0.8 + 0.01 * k for k in range(7)], "b": [0.7 + 0.012 * k for k in range(7)]}
    analysis = compare_table(made_table(made_rows(means, blocks=blocks, units=5)))
    assert marks(analysis) == {"a": 7 * [""] + ["best"], "b": 8 * [""]}
    assert (
        "No verdicts within data sets: a pair has at most 5 seeds there in common, and 6 are needed"
        in notes(analysis)
    )
    assert answer_sentence(
        analysis
    ).startswith(
        "In accuracy, on data sets like these 7: a is better than b (a less the other: +0.09"  # .1 - .002 * 3, but for wobbles
    )


def test_six_seeds_are_enough_for_verdicts_within_any_number_of_data_sets() -> None:
    means = {"a": [0.9, 0.8, 0.7, 0.6], "b": [0.7, 0.6, 0.5, 0.4]}
    six = compare_table(made_table(made_rows(means, blocks="wxyz", units=6)))
    assert marks(six) == {"a": 5 * ["best"], "b": 5 * [""]}
    p_values = [pair.p for (pair,) in six.by_block.values()]
    assert p_values == pytest.approx(4 * [2 / 2**6])


def test_below_six_seeds_nothing_is_bold_or_tied() -> None:
    analysis = compare_table(made_table(made_rows({"a": [0.9], "b": [0.8], "c": [0.7]}, units=4)))
    assert marks(analysis) == {"a": [""], "b": [""], "c": [""]}
    no = "no verdict: too few seeds"
    assert column(analysis, "verdict") == ["best mean", no, no]
    assert answer_sentence(analysis) == "In accuracy, over 4 seeds: no verdict (too few seeds)."


def test_lower_is_better_puts_the_lowest_first() -> None:
    table = made_table(made_rows(THREE, blocks=XYZ), direction="lower", metric="loss")
    analysis = compare_table(table)
    assert [row.arm for row in results_table(analysis).rows] == ["c", "b", "a"]
    assert marks(analysis)["c"] == 4 * ["best"]
    assert column(analysis, "difference to c")[1] == "+0.1334"  # (2.2001 - 1.8) / 3
    assert mean_ranks(analysis) == {"c": 1, "b": pytest.approx(7 / 3), "a": pytest.approx(8 / 3)}
    assert "loss: lower is better" in notes(analysis)


def test_against_a_baseline_a_tie_is_not_shown_to_differ_from_it() -> None:
    rows = made_rows({"a": [0.9], "b": [0.85], "c": [0.9001], "d": [0.905]})
    analysis = compare_table(made_table(rows), margin=0.01, baseline="a")
    assert column(analysis, "verdict") == [
        "better, within the margin",
        "equivalent to the baseline",
        "baseline",
        "worse, beyond the margin",
    ]
    assert marks(analysis) == {"d": [""], "c": ["tied"], "a": [""], "b": [""]}
    assert answer_sentence(analysis) == (
        "In accuracy, over 8 seeds: d is shown to be better than a; b is shown to be worse than a;"
        " 1 of 3 arms is not shown to differ from a."
    )
    assert notes(analysis)[0].startswith("\N{DAGGER}: not shown to differ from a")
    assert "accuracy: higher is better; differences below 0.01 are declared not to matter" in notes(
        analysis
    )


def test_an_arm_without_a_data_set_has_a_dash_and_a_note_and_ranks_leave_the_data_set_out() -> None:
    rows = made_rows(THREE, blocks=XYZ)
    rows = rows[~((rows["arm"] == "c") & (rows["block"] == "z"))]
    analysis = compare_table(made_table(rows))
    assert column(analysis, "z")[2] == "-"
    assert "c: mean over the 2 of 3 data sets that have a value of it" in notes(analysis)
    assert mean_ranks(analysis) == {"a": 1.5, "b": 1.5, "c": 3}
    assert marks(analysis)["a"] == ["best", "tied", "best", ""]  # a lost third of c: no verdict
    assert column(analysis, "verdict")[2] == "no verdict: too many failures"


def test_a_matrix_of_one_number_each_is_judged_by_data_sets() -> None:
    blocks = [f"d{k}" for k in range(8)]
    rows = made_rows({"a": 8 * [0.9], "b": 8 * [0.8]}, blocks=blocks, units=1)
    analysis = compare_table(made_table(rows))
    assert marks(analysis) == {"a": 8 * [""] + ["best"], "b": 9 * [""]}
    assert column(analysis, "d0") == ["0.8970", "0.8030"]
    assert not any("±" in note for note in notes(analysis))


def test_many_data_sets_have_no_columns() -> None:
    blocks = [f"d{k}" for k in range(13)]
    rows = made_rows({"a": 13 * [0.9], "b": 13 * [0.8]}, blocks=blocks, units=2)
    analysis = compare_table(made_table(rows))
    assert results_table(analysis).headings[:2] == ("arm", "mean")
    assert "Mean over 13 data sets, each counting alike" in notes(analysis)


def test_items_have_no_standard_deviation() -> None:
    generator = np.random.default_rng(1)
    values = generator.random((2, 50)) < [[0.9], [0.3]]
    rows = pd.DataFrame(
        [
            ("ab"[k], "", str(i), float(values[k, i]), f"c{i // 5}")
            for k in range(2)
            for i in range(50)
        ],
        columns=["arm", "block", "unit", "value", "cluster"],
    )
    analysis = compare_table(made_table(rows, unit="item"))
    assert column(analysis, "accuracy") == [f"{row.mean():.3f}" for row in values]
    assert column(analysis, "verdict") == ["best", "worse"]


def test_an_arm_that_a_third_one_beats_is_not_tied_with_the_best() -> None:
    pairs = [
        comparison("a", "b", Verdict.UNDECIDED),
        comparison("a", "c", Verdict.UNDECIDED),
        comparison("b", "c", Verdict.BETTER, "b"),
    ]
    standings = find_standings(["a", "b", "c"], pairs)
    assert (standings.best, standings.tied) == (None, frozenset("ab"))
    assert standings.beaten_by["c"] == ("b",)


def test_a_pair_without_a_verdict_keeps_an_arm_from_being_best_or_tied() -> None:
    pairs = [
        comparison("a", "b", Verdict.TOO_MANY_FAILURES),
        comparison("a", "c", Verdict.BETTER, "a"),
        comparison("b", "c", Verdict.BETTER, "b"),
    ]
    standings = find_standings(["a", "b", "c"], pairs)
    assert (standings.best, standings.tied) == (None, frozenset())


def test_arms_that_beat_each_other_in_a_circle_have_no_best() -> None:
    pairs = [
        comparison("a", "b", Verdict.BETTER, "a"),
        comparison("b", "c", Verdict.BETTER, "b"),
        comparison("a", "c", Verdict.BETTER, "c"),
    ]
    standings = find_standings(["a", "b", "c"], pairs)
    assert (standings.best, standings.tied, standings.reference) == (None, frozenset(), "a")


@pytest.mark.parametrize(
    ("spreads", "decimals"),
    [
        ([0.0012], 4),
        ([0.011, 0.0012], 4),
        ([0.013, 0.0012], 3),  # below a tenth of the largest: it does not decide
        ([34.0], 0),
        ([340.0], 0),
        ([None, 0.0, 0.5], 2),
        ([None, 0.0], None),
    ],
)
def test_two_digits_of_the_spread_decide(spreads: list[float | None], decimals: int | None) -> None:
    assert digits_for(spreads) == Digits(decimals)


def test_an_interval_that_excludes_0_is_printed_so() -> None:
    assert Digits(2).interval(Interval(0.0004, 0.31)) == "[+0.0004, +0.3100]"
    assert Digits(2).interval(Interval(-0.0004, 0.31)) == "[0.00, +0.31]"
    assert Digits(2).interval(Interval(-0.5, float("inf"))) == "-"


def test_numbers_have_a_true_minus_and_no_negative_zero() -> None:
    assert Digits(2).text(-1.239) == "\N{MINUS SIGN}1.24"
    assert Digits(2).text(-0.0001) == "0.00"
    assert Digits(11).text(-1.5e-10) == "\N{MINUS SIGN}1.5e\N{MINUS SIGN}10"
    assert Digits().text(0.91481234) == "0.9148"
    assert Digits(3).text(None) == "-"


def test_bars_share_one_axis_that_holds_0() -> None:
    analysis = compare_table(made_table(made_rows({"a": [0.9], "b": [0.8], "c": [0.9001]})))
    bars = [bar for bar in make_bars(analysis.lead.comparisons) if bar is not None]
    assert len(bars) == 3
    assert len({bar.zero for bar in bars}) == 1
    assert [bar.tone for bar in bars] == ["open", "won", "won"]
    assert all(2 <= bar.low < bar.gap < bar.high <= 98 for bar in bars)
