"""The methods paragraph: it says what was done to this table, and nothing that was not."""

from __future__ import annotations

import pandas as pd

from suite import __version__
from suite.analysis.compare_table import TableAnalysis, compare_table
from suite.reports.results_table.methods import cited, methods, plain_methods
from suite.reports.results_table.references import BLOCK_MEANS, MCNEMAR
from tests.support.tables import made_rows, made_table


def keys(analysis: TableAnalysis) -> list[str]:
    return [reference.key for reference in cited(methods(analysis))]


def item_rows(*, clustered: bool) -> pd.DataFrame:
    """Two arms on 40 items that are right or wrong; the second fails where 3 divides the item."""
    rows = [
        (arm, "", str(item), float(item % step > 0), f"text {item // 4}")
        for arm, step in (("a", 9), ("b", 3))
        for item in range(40)
    ]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=["arm", "block", "unit", "value", "cluster"])
    if not clustered:
        del frame["cluster"]
    return frame


def test_one_pair_over_seeds() -> None:
    analysis = compare_table(made_table(made_rows({"a": [0.9], "b": [0.8]})))
    assert plain_methods(analysis) == (
        "We compared the two arms in accuracy (higher is better), over 8 seeds. Values of two arms"
        " were paired by seed. Intervals are t intervals of the mean difference over seeds. They"
        " are guarded by step-down sign flips of the seeds, which assume no normal distribution: an"
        " interval that excludes 0 is widened to hold it where the flips do not reject it (Westfall"
        " and Young 1993). An arm is called better where the interval of the difference excludes"
        f" 0; below 6 units there is no verdict. Computed with suite {__version__}."
    )


def test_both_scopes_of_several_data_sets() -> None:
    blocks = [*"stuvwxyz"]
    means = {arm: [0.9 - 0.1 * k + 0.01 * j for j in range(8)] for k, arm in enumerate("abc")}
    rows = made_rows(means, blocks=blocks, units=5)
    analysis = compare_table(made_table(rows), margin=0.01)
    assert keys(analysis) == [
        "ibragimov2010",
        "westfall1993",
        "satterthwaite1946",
        "hothorn2008",
        "schuirmann1987",
    ]
    text = plain_methods(analysis)
    assert "all 3 pairs of arms in accuracy (higher is better), on 8 data sets with 5 seeds" in text
    assert "corrected for all 3 comparisons of a scope together" in text
    assert "Differences below 0.01 were declared not to matter" in text


def test_too_few_data_sets_for_others_like_them_are_said() -> None:
    rows = made_rows({"a": [0.9, 0.8, 0.7], "b": [0.8, 0.7, 0.6]}, blocks=[*"xyz"])
    analysis = compare_table(made_table(rows))
    assert "For data sets like these there is no verdict: too few data sets." in plain_methods(
        analysis
    )
    assert keys(analysis) == ["satterthwaite1946", "westfall1993"]  # the second within data sets


def test_against_a_baseline() -> None:
    rows = made_rows({"a": [0.9], "b": [0.8], "c": [0.7]})
    analysis = compare_table(made_table(rows), baseline="b")
    assert plain_methods(analysis).startswith("We compared b with each of the other 2 arms in")


def test_items_that_are_right_or_wrong() -> None:
    analysis = compare_table(made_table(item_rows(clustered=False), unit="item"))
    assert keys(analysis) == ["tango1998", "mcnemar1947"]


def test_items_in_clusters() -> None:
    analysis = compare_table(made_table(item_rows(clustered=True), unit="item"))
    assert keys(analysis) == ["pustejovsky2018"]


def test_folds_of_a_cross_validation() -> None:
    rows = made_rows({"a": [0.9], "b": [0.8]})
    analysis = compare_table(made_table(rows, unit="fold"))
    assert keys(analysis) == ["nadeau2003"]
    assert "with test sets of 0.12 of the data" in plain_methods(analysis)  # 1 / 8


def test_arms_that_share_nothing() -> None:
    rows = made_rows({"a": [0.9], "b": [0.8], "c": [0.7]})
    analysis = compare_table(made_table(rows), paired=False)
    assert keys(analysis) == ["welch1947", "sidak1967"]
    assert "The seeds of two arms share nothing, and were not paired." in plain_methods(analysis)


def test_missing_values_are_counted() -> None:
    rows = made_rows({"a": [0.9], "b": [0.8], "c": [0.7]}, units=8)
    rows.loc[0, "value"] = float("nan")
    text = plain_methods(compare_table(made_table(rows)))
    assert "1 of 24 values are missing" in text
    assert "by Sidak's correction (Sidak 1967)" in text  # pairs do not share all seeds
    assert "where more than 10% of its units lack a value there is no verdict" in text


def test_a_reference_is_cited_listed_and_written_for_bibtex() -> None:
    assert BLOCK_MEANS.short == "Ibragimov and Müller 2010"
    assert MCNEMAR.entry == (
        "McNemar, Q. (1947). Note on the sampling error of the difference between correlated"
        " proportions or percentages. Psychometrika 12(2):153-157. doi:10.1007/BF02295996"
    )
    assert BLOCK_MEANS.bibtex.splitlines()[:6] == [
        "@article{ibragimov2010,",
        '  author = {Ibragimov, R. and M{\\"u}ller, U. K.},',
        "  title = {{t-statistic based correlation and heterogeneity robust inference}},",
        "  journal = {Journal of Business \\& Economic Statistics},",
        "  year = {2010},",
        "  volume = {28},",
    ]
