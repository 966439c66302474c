"""Ranks, aggregates and beliefs beside the verdicts: equal to SciPy's, and honest on what is not
known.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from suite.analysis.compare_table import compare_table
from suite.stats import block_beliefs
from tests.support.results import results_of, results_table
from tests.support.tables import made_rows, made_table

ARMS = ("a", "b", "c")


def planted(blocks: int, seeds: int = 5) -> np.ndarray:
    """Values (3, blocks, seeds): the first arm is better than the second by 0.02 or so."""
    rng = np.random.default_rng(3)
    values = 0.8 + rng.normal(0, 0.1, (1, blocks, 1)) + rng.normal(0, 0.01, (3, blocks, seeds))
    values[0] += 0.03
    values[1] += 0.01
    return np.asarray(values)


def test_ranks_are_scipys_over_the_means_of_data_sets() -> None:
    values = planted(blocks=10)
    opinion = compare_table(results_of(values, ARMS)).second_opinion
    means = values.mean(axis=2)
    assert opinion.ranks is not None
    assert opinion.ranks.friedman is not None
    chi_squared, p = stats.friedmanchisquare(*means)
    assert opinion.ranks.friedman.chi_squared == pytest.approx(chi_squared, abs=1e-12)
    assert opinion.ranks.friedman.p == pytest.approx(p, abs=1e-12)
    expected = stats.rankdata(-means, axis=0).mean(axis=1)
    assert opinion.mean_ranks == pytest.approx(dict(zip(ARMS, expected, strict=True)))
    for (first, second), test in opinion.signed_ranks.items():
        d = means[ARMS.index(first)] - means[ARMS.index(second)]
        assert test.p == pytest.approx(stats.wilcoxon(d).pvalue, abs=1e-12)


def test_wilcoxons_tests_are_corrected_by_holm_and_name_the_better_arm() -> None:
    # Six data sets, b above a in all: no p is below 2 / 2^6, and three pairs make it 6 / 64.
    gaps = {"a": [0.0] * 6, "b": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "c": [-1.0] * 6}
    opinion = compare_table(made_table(made_rows(gaps, blocks=[*"uvwxyz"]))).second_opinion
    assert opinion.signed_ranks["b", "a"].p == pytest.approx(2 / 64)
    assert opinion.signed_ranks["b", "a"].adjusted == pytest.approx(6 / 64)
    assert opinion.rank_winner(("b", "a")) is None
    assert not opinion.can_show_by_ranks  # 3 pairs x 2 / 2^6 is above 5%
    alone = compare_table(opinion.arms.table, pairs=[("a", "b")]).second_opinion
    assert alone.signed_ranks["a", "b"].adjusted == pytest.approx(2 / 64)
    assert alone.rank_winner(("a", "b")) == "b"
    assert alone.can_show_by_ranks


def test_a_loss_is_better_when_low_everywhere() -> None:
    values = planted(blocks=10)
    higher = compare_table(results_of(values, ARMS)).second_opinion
    lower = compare_table(results_of(-values, ARMS), direction="lower").second_opinion
    assert lower.mean_ranks == higher.mean_ranks
    assert lower.nemenyi_group == higher.nemenyi_group
    assert lower.improvements == higher.improvements
    assert lower.rank_winner(("a", "b")) == higher.rank_winner(("a", "b")) == "a"
    assert lower.beliefs["a", "c"].new.above == higher.beliefs["a", "c"].new.above > 0.5
    assert lower.middle_means["a"].value == pytest.approx(-higher.middle_means["a"].value)


def test_aggregates_are_the_middle_half_and_the_share_of_pairs_of_runs() -> None:
    values = planted(blocks=4)  # 20 runs an arm, of which 5 are cut at each end
    opinion = compare_table(results_of(values, ARMS)).second_opinion
    for arm, runs in zip(ARMS, values, strict=True):
        assert opinion.middle_means[arm].value == pytest.approx(stats.trim_mean(runs.ravel(), 0.25))
    shares = [
        stats.mannwhitneyu(a, b).statistic / 25 for a, b in zip(values[0], values[1], strict=True)
    ]
    assert opinion.improvements["a", "b"].value == pytest.approx(np.mean(shares), abs=1e-12)


def test_beliefs_are_of_the_paired_differences() -> None:
    values = planted(blocks=7)
    opinion = compare_table(results_of(values, ARMS), margin=0.01).second_opinion
    d = (values[0] - values[1]).ravel()
    labels = [f"set {block}" for block in range(7) for _ in range(5)]
    expected = block_beliefs(d.tolist(), labels, 0.01)
    assert expected is not None
    own = opinion.beliefs["a", "b"].new
    assert own.above == pytest.approx(expected.new.above, abs=1e-12)
    assert own.above + own.within + own.below == pytest.approx(1)
    assert own.within > 0


def test_arms_that_are_not_paired_are_believed_by_their_means() -> None:
    values = planted(blocks=7)
    opinion = compare_table(results_of(values, ARMS), paired=False).second_opinion
    d = (values[0] - values[1]).mean(axis=1)
    expected = block_beliefs(d.tolist(), list(range(7)), 0.0)
    assert expected is not None
    assert opinion.beliefs["a", "b"].mean.above == pytest.approx(expected.mean.above, abs=1e-12)


def test_one_data_set_is_believed_by_the_t_distribution() -> None:
    values = planted(blocks=1, seeds=8)
    opinion = compare_table(results_of(values, ARMS), margin=0.01).second_opinion
    d = (values[0] - values[1]).ravel()
    t = stats.t(7, d.mean(), stats.sem(d))
    own = opinion.beliefs_of_one["a", "b"]
    assert (own.above, own.below) == pytest.approx((t.sf(0.01), t.cdf(-0.01)), abs=1e-12)
    assert opinion.ranks is None
    assert not opinion.beliefs
    assert not opinion.signed_ranks
    assert not opinion.middle_means


def test_folds_have_nadeau_and_bengios_error_in_beliefs_too() -> None:
    values = planted(blocks=1, seeds=5)
    opinion = compare_table(results_of(values, ARMS, unit="fold")).second_opinion
    d = (values[0] - values[1]).ravel()
    error = d.std(ddof=1) * (1 / 5 + 1 / 4) ** 0.5
    expected = stats.t(4, d.mean(), error).sf(0)
    assert opinion.beliefs_of_one["a", "b"].above == pytest.approx(expected, abs=1e-12)


def test_folds_and_items_have_no_aggregates_of_runs() -> None:
    opinion = compare_table(results_of(planted(blocks=6), ARMS, unit="fold")).second_opinion
    assert not opinion.middle_means
    assert not opinion.improvements
    assert opinion.ranks is not None


def test_items_that_are_right_or_wrong_are_not_normal() -> None:
    rows = [
        (arm, "", str(k), float(k % step > 0))
        for arm, step in (("a", 9), ("b", 3))
        for k in range(40)
    ]
    assert not compare_table(results_table(rows, unit="item")).second_opinion.beliefs_of_one


def test_data_sets_that_lack_an_arm_are_left_out_of_ranks_but_not_of_beliefs() -> None:
    values = planted(blocks=8)
    table = results_of(values, ARMS)
    lacking = (table.rows["arm"] == "c") & (table.rows["block"] == "set 2")
    table = replace(table, rows=table.rows[~lacking])
    opinion = compare_table(table).second_opinion
    assert "set 2" not in opinion.blocks
    assert len(opinion.blocks) == 7
    kept = np.delete(values, 2, axis=1).mean(axis=2)
    expected = stats.wilcoxon(kept[0] - kept[1]).pvalue
    assert opinion.signed_ranks["a", "b"].p == pytest.approx(expected, abs=1e-12)
    whole = compare_table(results_of(values, ARMS)).second_opinion
    assert opinion.beliefs["a", "b"] == whole.beliefs["a", "b"]
    assert opinion.beliefs["a", "c"] != whole.beliefs["a", "c"]


def test_two_data_sets_give_no_beliefs_and_one_value_each_no_interval() -> None:
    opinion = compare_table(results_of(planted(blocks=2), ARMS)).second_opinion
    assert not opinion.beliefs
    single = compare_table(results_of(planted(blocks=6, seeds=1), ARMS)).second_opinion
    assert single.middle_means["a"].these is None
    assert single.beliefs["a", "c"].new.above > 0.5


def test_arms_that_are_equal_everywhere_are_told_apart_by_nothing() -> None:
    values = np.repeat(planted(blocks=6)[:1], 3, axis=0)
    opinion = compare_table(results_of(values, ARMS)).second_opinion
    assert opinion.ranks is not None
    assert opinion.ranks.friedman is None
    assert opinion.nemenyi_group == ARMS
    assert opinion.signed_ranks["a", "b"].p == 1
    assert opinion.rank_winner(("a", "b")) is None
    assert opinion.improvements["a", "b"].value == 0.5
    assert not opinion.beliefs
