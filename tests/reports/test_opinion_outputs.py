"""The second opinion in every output: what it says, where it parts from the verdicts, and nothing
where it is not shown.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from suite.analysis.compare_table import TableAnalysis, compare_table
from suite.reports.opinion_words import probability, rank_sentence
from suite.reports.results_table.html_page import as_html
from suite.reports.results_table.json_text import as_json
from suite.reports.results_table.latex_text import as_latex
from suite.reports.results_table.markdown_text import as_markdown
from suite.reports.results_table.opinion_tables import opinion_tables
from suite.reports.results_table.references import RANK_TESTS, RANKS, WELCH
from suite.reports.table_text import WIDTH, table_lines
from suite.stats import block_beliefs
from tests.support.results import results_of

ARMS = ("a", "b", "c", "d")


def analysed(blocks: int, seeds: int = 5, arms: int = 4, *, gap: float = 0.03) -> TableAnalysis:
    """Arms of which the first is better than all others by `gap`."""
    rng = np.random.default_rng(5)
    values = 0.8 + rng.normal(0, 0.01, (arms, blocks, seeds))
    values[0] += gap
    return compare_table(results_of(values, ARMS[:arms]))


def with_an_outlier() -> tuple[np.ndarray, TableAnalysis]:
    """One number each of 12 data sets; b is close below a, but far below everybody on the last."""
    k = np.arange(12)
    a, b, c = 2 + 0.001 * k**2, 1.99 + 0.0001 * k, 1 + 0.0007 * k
    b[-1] = -3
    values = np.array([a, b, c])
    return values, compare_table(results_of(values[:, :, None], ARMS[:3]))


def test_the_sentence_names_where_tests_of_ranks_part_from_the_verdicts() -> None:
    values, analysis = with_an_outlier()
    assert [pair.winner for pair in analysis.lead.comparisons] == [None, "a", None]
    low = stats.wilcoxon(values[0] - values[1]).pvalue
    high = stats.wilcoxon(values[1] - values[2]).pvalue
    assert 3 * low < 0.01
    assert high == pytest.approx(0.034, abs=5e-4)  # the largest of three is corrected by 1
    sentence = rank_sentence(analysis)
    assert sentence is not None
    assert sentence.endswith(
        "; Wilcoxon-Holm agrees in 1 of 3 pairs, not in a - b (p < 0.01), b - c (p = 0.034)"
    )


def test_the_sentence_says_who_is_first_and_that_all_pairs_agree() -> None:
    assert rank_sentence(analysed(blocks=12)) == (
        "Friedman p < 0.001; Nemenyi puts a first; Wilcoxon-Holm agrees in 6 of 6 pairs"
    )


def test_no_arm_ranks_above_another_where_friedman_does_not_reject() -> None:
    sentence = rank_sentence(analysed(blocks=12, gap=0))
    assert sentence is not None
    assert ", so no arm is shown to rank above another; Wilcoxon-Holm agrees in 6" in sentence


def test_few_data_sets_are_no_disagreement() -> None:
    sentence = rank_sentence(analysed(blocks=3))
    assert sentence is not None
    assert sentence.endswith("; Wilcoxon-Holm can show nothing on 3 data sets")


def test_two_arms_and_one_data_set_have_no_sentence_of_ranks() -> None:
    assert rank_sentence(analysed(blocks=12, arms=2)) is None
    assert rank_sentence(analysed(blocks=1, seeds=8)) is None
    assert opinion_tables(analysed(blocks=1, seeds=8)) is None


def test_the_terminal_has_one_line_and_computes_no_more() -> None:
    analysis = analysed(blocks=12)
    lines = table_lines(analysis)
    at = next(k for k, line in enumerate(lines) if line.startswith("Second opinion, by ranks: "))
    assert lines[at - 1] == ""
    assert lines[at + 1] == "Wilcoxon-Holm agrees in 6 of 6 pairs."
    assert all(len(line) <= WIDTH for line in lines)
    computed = vars(analysis.second_opinion)
    assert not {"improvements", "beliefs", "middle_means"} & computed.keys()


def test_two_arms_have_a_line_on_a_new_data_set() -> None:
    rng = np.random.default_rng(2)
    values = 0.8 + rng.normal(0, 0.01, (2, 8, 5))
    values[0] += 0.005
    table = results_of(values, ("a", "b"))
    labels = [block for block in range(8) for _ in range(5)]
    expected = block_beliefs((values[0] - values[1]).ravel().tolist(), labels, 0.002)
    assert expected is not None
    new = expected.new
    text = " ".join(table_lines(compare_table(table, margin=0.002)))
    assert (
        f"A new data set like these: a truly better with probability {new.above:.2f}, within the"
        f" margin {new.within:.2f}, worse {new.below:.2f}."
    ) in text
    assert "within the margin" not in " ".join(table_lines(compare_table(table)))


def test_a_new_data_set_of_one_number_is_believed_as_it_would_be_measured() -> None:
    lines = table_lines(analysed(blocks=12, seeds=1, arms=2, gap=0.1))
    assert "A new data set like these: a better with probability > 0.99, worse < 0.01." in lines


def test_probabilities_near_their_ends_are_said_by_what_they_are_beyond() -> None:
    shares = (0.0, 0.0049, 0.005, 0.5, 0.994, 0.9951, 1.0)
    assert [probability(share) for share in shares] == [
        "< 0.01",
        "< 0.01",
        "0.01",
        "0.50",
        "0.99",
        "> 0.99",
        "> 0.99",
    ]


def test_json_has_all_of_it() -> None:
    analysis = analysed(blocks=8)
    opinion = json.loads(as_json(analysis))["second_opinion"]
    difference = 2.569 * (4 * 5 / (6 * 8)) ** 0.5  # Demsar 2006, table 5
    assert opinion["nemenyi_difference"] == pytest.approx(difference, abs=1e-3)
    ranks = {arm["arm"]: arm["mean_rank"] for arm in opinion["arms"]}
    near = [arm for arm, rank in ranks.items() if rank - ranks["a"] <= difference]
    assert opinion["nemenyi_group"] == near
    assert len(near) < len(ARMS)
    assert opinion["wilcoxon_can_show_a_difference"] is True  # 6 pairs x 2 / 2^8 is 0.047
    assert ranks["a"] == 1
    assert opinion["arms"][0]["interquartile_mean"]["data_sets_like_these"] is None
    pair = opinion["pairs"][0]
    assert (pair["a"], pair["wilcoxon"]["winner"]) == ("a", "a")
    assert pair["wilcoxon"]["corrected_p"] == pytest.approx(6 * pair["wilcoxon"]["p"])
    assert sum(pair["new_data_set"].values()) == pytest.approx(1)
    assert pair["this_data_set"] is None


def test_json_of_one_data_set_has_beliefs_alone() -> None:
    opinion = json.loads(as_json(analysed(blocks=1, seeds=8)))["second_opinion"]
    assert opinion["friedman"] is None
    pair = opinion["pairs"][0]
    assert (pair["wilcoxon"], pair["new_data_set"]) == (None, None)
    assert pair["this_data_set"]["better"] > 0.99


def test_json_of_many_data_sets_leaves_verdicts_within_them_out_and_says_so() -> None:
    analysis = analysed(blocks=13)
    document = json.loads(as_json(analysis))
    assert document["left_out"].startswith("the verdicts within each data set, which are written")
    assert [one["comparisons"] for one in document["data_sets"]] == [None] * 13
    assert len(document["data_sets"][12]["arms"]) == 4
    assert "by_block" not in vars(analysis)
    few = json.loads(as_json(analysed(blocks=12)))
    assert few["left_out"] is None
    assert len(few["data_sets"][0]["comparisons"]) == 6


def test_markdown_has_a_section_with_arms_pairs_and_what_they_are() -> None:
    text = as_markdown(analysed(blocks=8))
    section = text[text.index("## Second opinion") : text.index("## Methods")]
    assert "| a     |        1.00 | with the best |" in section
    assert "- Other methods answer other questions, and the verdicts above do not rest" in section
    assert "(Demšar 2006; Holm 1979)" in text
    assert "## Second opinion" not in as_markdown(analysed(blocks=1, seeds=8))


def test_columns_without_anything_are_left_out() -> None:
    rng = np.random.default_rng(5)
    table = results_of(0.8 + rng.normal(0, 0.01, (2, 2, 5)), ("a", "b"), unit="fold")
    opinion = opinion_tables(compare_table(table))
    assert opinion is not None
    assert [heading.text for heading in opinion.arms.headings] == ["arm", "mean rank"]
    assert [heading.text for heading in opinion.pairs.headings] == ["A", "B", "Wilcoxon-Holm"]


def test_the_page_draws_ranks_where_there_are_three_arms_and_all_pairs() -> None:
    page = as_html(analysed(blocks=8))
    assert page.index('id="arms-title"') < page.index('id="ranks-title"')
    assert page.index('id="ranks-title"') < page.index("<title>accuracy, over data sets like these")
    assert page.index("<title>accuracy, over") < page.index('id="pairs-title"')
    assert page.index('id="pairs-title"') < page.index('id="opinion-title"')
    assert RANKS.short in page
    two, against = analysed(blocks=8, arms=2), analysed(blocks=8)
    baseline = compare_table(against.table, baseline="a")
    for analysis in (two, baseline, analysed(blocks=1, seeds=8)):
        text = as_html(analysis)
        assert 'id="ranks-title"' not in text
        assert RANKS.short not in text


def test_methods_cite_the_second_opinion_only_where_it_is_shown() -> None:
    analysis = analysed(blocks=8)
    for text in (as_markdown(analysis), as_html(analysis), as_json(analysis)):
        assert "As a second opinion, on which no verdict rests, mean ranks are given" in text
        assert "Agarwal" in text
    assert "demsar" not in as_latex(analysis)
    assert "Agarwal" not in as_markdown(analysed(blocks=1, seeds=8))


def test_references_have_their_doi_and_letters_that_bibtex_knows() -> None:
    assert WELCH.entry.endswith("Biometrika 34(1-2):28-35. doi:10.1093/biomet/34.1-2.28")
    assert "  doi = {10.1093/biomet/34.1-2.28}," in WELCH.bibtex
    assert "  author = {Dem{\\v{s}}ar, J.}," in RANK_TESTS.bibtex
    assert "doi" not in RANK_TESTS.bibtex
