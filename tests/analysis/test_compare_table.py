"""Tables of arms x data sets x seeds: the two scopes, what is counted, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from suite.analysis.compare_table import compare_table
from suite.analysis.comparison import Comparison
from suite.analysis.ranking import rank_arms
from suite.analysis.words import Scope, Verdict
from suite.errors import SuiteError
from suite.importers.measured_table import MeasuredTable
from suite.stats import ALPHA
from suite.stats.ranks import RankInterval
from tests.support.results import results_of, results_table

ARMS = ("good", "bad")


def planted(blocks: int, seeds: int, gap: float = 0.02, arms: int = 2) -> np.ndarray:
    """Values (arms, blocks, seeds): the first arm is better by `gap`, which varies a little."""
    rng = np.random.default_rng(8)
    values = 0.8 + rng.normal(0, 0.1, (1, blocks, 1)) + rng.normal(0, 0.01, (arms, blocks, seeds))
    values[0] += gap + rng.normal(0, gap / 10, (blocks, 1))
    return np.asarray(values)


def test_data_sets_like_these_are_the_t_interval_of_their_mean_gaps() -> None:
    values = planted(blocks=7, seeds=4)
    analysis = compare_table(results_of(values, ARMS))
    assert analysis.lead.scope == Scope.LIKE_THESE
    (pair,) = analysis.lead.comparisons
    d = (values[0] - values[1]).mean(axis=1)
    low, high = stats.t.interval(1 - ALPHA, 6, d.mean(), stats.sem(d))
    assert pair.gap.interval is not None
    assert (pair.gap.interval.low, pair.gap.interval.high) == pytest.approx((low, high), abs=1e-12)
    assert (pair.unit, pair.gap.n, pair.verdict, pair.winner) == ("data set", 7, "BETTER", "good")


def test_these_data_sets_are_strata_with_satterthwaites_freedom() -> None:
    values = planted(blocks=7, seeds=4)
    family = compare_table(results_of(values, ARMS)).beside
    assert family is not None
    assert family.scope == Scope.THESE
    (pair,) = family.comparisons
    d = values[0] - values[1]
    parts = d.var(axis=1, ddof=1) / 4
    error = parts.sum() ** 0.5 / 7
    freedom = parts.sum() ** 2 / (parts**2 / 3).sum()
    half = stats.t.ppf(1 - ALPHA / 2, freedom) * error
    assert pair.gap.interval is not None
    assert pair.gap.interval.low == pytest.approx(d.mean() - half, abs=1e-12)
    assert pair.p == pytest.approx(2 * stats.t.sf(abs(d.mean()) / error, freedom), rel=1e-9)
    assert (pair.unit, pair.gap.n, pair.groups) == ("seed", 28, 7)


def test_few_data_sets_say_nothing_of_others() -> None:
    analysis = compare_table(results_of(planted(blocks=3, seeds=4), ARMS))
    assert analysis.lead.scope == Scope.THESE
    assert analysis.lead.comparisons[0].verdict == Verdict.BETTER
    assert analysis.beside is not None
    assert analysis.beside.comparisons[0].verdict == Verdict.TOO_FEW_SEEDS


def test_one_number_a_data_set_speaks_of_data_sets_like_these_alone() -> None:
    analysis = compare_table(results_of(planted(blocks=9, seeds=1), ARMS))
    assert (analysis.lead.scope, analysis.beside) == (Scope.LIKE_THESE, None)
    assert analysis.lead.comparisons[0].winner == "good"


def test_seeds_that_change_nothing_are_no_evidence_on_these_data_sets() -> None:
    values = np.repeat(planted(blocks=6, seeds=1), 5, axis=2)
    analysis = compare_table(results_of(values, ARMS))
    assert analysis.lead.comparisons[0].verdict == Verdict.BETTER
    assert analysis.beside is not None
    assert analysis.beside.comparisons[0].verdict == Verdict.NOTHING_VARIED


def test_one_data_set_has_one_scope_and_all_pairs() -> None:
    values = planted(blocks=1, seeds=8, arms=3)
    analysis = compare_table(results_of(values, ("good", "b", "c")))
    assert (analysis.lead.scope, analysis.beside) == (Scope.ONE, None)
    assert {(p.first, p.second) for p in analysis.lead.comparisons} >= {("good", "b")}
    assert [p.family_size for p in analysis.lead.comparisons] == [3, 3, 3]


def test_a_baseline_is_compared_with_every_other() -> None:
    table = results_of(planted(blocks=1, seeds=8, arms=3), ("good", "b", "c"))
    pairs = compare_table(table, baseline="b").lead.comparisons
    assert sorted((p.first, p.second) for p in pairs) == [("b", "c"), ("b", "good")]
    with pytest.raises(SuiteError, match="--baseline: expected an arm, got 'd': known: good, "):
        compare_table(table, baseline="d")


def test_ranks_hold_what_is_not_shown() -> None:
    """The first of three arms is better than both others, between which nothing is shown."""
    table = results_of(planted(blocks=8, seeds=3, arms=3, gap=0.05), ("good", "b", "c"))
    rows = {row.arm: row for row in rank_arms(compare_table(table))}
    assert rows["good"].ranks == RankInterval(1, 1)
    assert rows["b"].ranks == rows["c"].ranks == RankInterval(2, 3)
    assert sum(row.mean_rank or 0 for row in rows.values()) == pytest.approx(6)


def test_a_loss_is_best_when_low() -> None:
    table = results_of(planted(blocks=8, seeds=3), ARMS)
    analysis = compare_table(table, direction="lower")
    assert list(analysis.arms.values) == ["bad", "good"]
    assert analysis.lead.comparisons[0].winner == "bad"
    with pytest.raises(SuiteError, match="nothing says whether accuracy is better when higher"):
        compare_table(replace(table, rule=None))


def test_an_arm_that_lacks_a_fifth_of_its_values_gets_no_verdict() -> None:
    values = planted(blocks=7, seeds=5)
    values[1, :, 0] = np.nan
    analysis = compare_table(results_of(values, ARMS))
    assert analysis.lead.comparisons[0].verdict == Verdict.TOO_MANY_FAILURES
    assert len(analysis.arms.tried["bad"]) - len(analysis.arms.values["bad"]) == 7


def test_one_missing_value_is_counted_and_the_rest_are_paired() -> None:
    values = planted(blocks=7, seeds=5)
    values[1, 2, 3] = np.nan
    analysis = compare_table(results_of(values, ARMS))
    assert analysis.lead.comparisons[0].verdict == Verdict.BETTER
    assert analysis.beside is not None
    assert analysis.beside.comparisons[0].missing == 1
    assert analysis.beside.comparisons[0].gap.n == 34


def test_arms_without_a_unit_in_common_are_refused() -> None:
    rows = [("a", "", str(k), k / 10) for k in range(6)]
    rows += [("b", "", str(k), k / 10) for k in range(6, 12)]
    with pytest.raises(SuiteError, match="at least 2 seeds that b and a have in common, got 0"):
        compare_table(results_table(rows))
    pair = compare_table(results_table(rows), paired=False).lead.comparisons[0]
    assert (pair.winner, pair.gap.paired) == ("b", False)


def test_folds_of_one_cross_validation_have_nadeau_and_bengios_error() -> None:
    values = planted(blocks=1, seeds=10)
    (pair,) = compare_table(results_of(values, ARMS, "fold")).lead.comparisons
    d = (values[0] - values[1])[0]
    error = d.std(ddof=1) * (1 / 10 + (1 / 10) / (1 - 1 / 10)) ** 0.5
    half = stats.t.ppf(1 - ALPHA / 2, 9) * error
    assert pair.gap.interval is not None
    assert pair.gap.interval.high - pair.gap.mean == pytest.approx(half, rel=1e-12)


def test_items_in_clusters_are_counted_by_cluster() -> None:
    """Every cluster has one difference, four times over: eight clusters know what 32 items know."""
    d = np.random.default_rng(4).normal(0.3, 1, 8)
    rows = [("a", "", f"{c}.{k}", float(d[c])) for c in range(8) for k in range(4)]
    rows += [("b", "", f"{c}.{k}", 0.0) for c in range(8) for k in range(4)]
    table = results_table(rows, "item")
    table = replace(table, rows=table.rows.assign(cluster=[r[2].split(".")[0] for r in rows]))
    (pair,) = compare_table(table).lead.comparisons
    low, high = stats.t.interval(1 - ALPHA, 7, d.mean(), stats.sem(d))
    assert pair.gap.interval is not None
    assert (pair.gap.interval.low, pair.gap.interval.high) == pytest.approx((low, high), rel=1e-9)
    assert (pair.unit, pair.gap.n, pair.groups) == ("item", 32, 8)


def test_data_sets_by_themselves_are_a_family_of_all() -> None:
    values = planted(blocks=4, seeds=10, gap=0.05)
    by_block = compare_table(results_of(values, ARMS)).by_block
    assert list(by_block) == [f"set {k}" for k in range(4)]
    assert all(found[0].winner == "good" for found in by_block.values())
    assert all(found[0].family_size == 4 for found in by_block.values())


def test_eight_seeds_tell_arms_apart_within_each_of_twelve_data_sets() -> None:
    """The smallest p of the sign flips is 2 / 2^8, whatever the number of data sets and arms."""
    values = planted(blocks=12, seeds=8, gap=0.4, arms=3)
    by_block = compare_table(results_of(values, ("good", "x", "y")), baseline="good").by_block
    found = [pair for pairs in by_block.values() for pair in pairs]
    assert [pair.p for pair in found] == pytest.approx([2 / 2**8] * 24)
    assert {pair.winner for pair in found} == {"good"}


def test_a_data_set_of_few_seeds_hides_no_verdict_on_others() -> None:
    """All of its few differences have one sign in 2 of 2^3 flips, and then a |t| of 10."""
    table = results_of(planted(blocks=2, seeds=10, gap=0.05), ARMS)
    is_left_out = (table.rows["block"] == "set 1") & (table.rows["unit"].astype(int) > 2)
    many, few = compare_table(replace(table, rows=table.rows[~is_left_out])).by_block.values()
    assert (many[0].winner, few[0].verdict) == ("good", Verdict.TOO_FEW_SEEDS)


def test_items_of_several_data_sets_are_told_apart_by_their_data_set_alone() -> None:
    """Names that data sets share, or not, and clusters of the same names, decide nothing."""
    values = planted(blocks=3, seeds=12, gap=0.004, arms=3)
    table = results_of(values, ("x", "y", "z"), "item")
    named = replace(table, rows=table.rows.assign(unit=table.rows["block"] + table.rows["unit"]))
    for one, other in ((table, named), (_in_fours(table), _in_fours(named))):
        expected, found = (compare_table(each).by_block for each in (one, other))
        assert _p_values(found) == pytest.approx(_p_values(expected), rel=1e-12)


def _in_fours(table: MeasuredTable) -> MeasuredTable:
    cluster = table.rows["unit"].str[-1].astype(int) % 4
    return replace(table, rows=table.rows.assign(cluster=cluster.astype(str)))


def _p_values(by_block: Mapping[str, Sequence[Comparison]]) -> list[float | None]:
    return [pair.p for pairs in by_block.values() for pair in pairs]


def test_clusters_within_a_data_set_are_its_own() -> None:
    """Where the items have the same names and lie in other clusters, so does the verdict."""
    rng = np.random.default_rng(11)
    rows = [(a, b, f"{i}", float(rng.normal())) for a in ARMS for b in "xy" for i in range(32)]
    cluster = [str(int(r[2]) // 2 if r[1] == "x" else int(r[2]) % 8) for r in rows]
    table = results_table(rows, "item")
    (x,), (y,) = compare_table(
        replace(table, rows=table.rows.assign(cluster=cluster))
    ).by_block.values()
    assert (x.groups, y.groups) == (16, 8)
    d = [a[3] - b[3] for a, b in zip(rows[32:64], rows[96:], strict=True)]
    sums = np.array(d).reshape(4, 8).sum(axis=0)  # by cluster
    error = np.array(sums - sums.mean()).std(ddof=1) / 8**0.5 / 4
    half = stats.t.ppf((1 + 0.95**0.5) / 2, 7) * error  # equal clusters: their t; Sidak over two
    assert y.gap.interval is not None
    assert y.gap.interval.high - y.gap.mean == pytest.approx(half, rel=1e-6)


def test_names_and_their_order_decide_nothing() -> None:
    values = planted(blocks=7, seeds=3, arms=3, gap=0.006)
    first = compare_table(results_of(values, ("x", "y", "z"))).lead.comparisons
    second = compare_table(results_of(values[::-1], ("x", "y", "z"))).lead.comparisons
    assert sorted(p.p for p in first if p.p) == pytest.approx(sorted(p.p for p in second if p.p))


def test_means_are_over_the_data_sets_that_every_arm_has() -> None:
    """The second arm is better wherever both are; the first has an easy data set besides."""
    values = planted(blocks=8, seeds=3)
    values[:, 0] += 5
    values[1, 0] = np.nan
    analysis = compare_table(results_of(values, ("easy", "hard")), direction="lower")
    assert analysis.arms.mean("easy") == pytest.approx(float(values[0, 1:].mean()))
    assert analysis.arms.means_note == "means are over the 7 of 8 data sets that every arm has"


def test_profiles_are_shares_of_runs_above_thresholds() -> None:
    values = planted(blocks=7, seeds=4)
    opinion = compare_table(results_of(values, ARMS)).second_opinion
    for arm, own in zip(ARMS, values, strict=True):
        for threshold, profile in zip(opinion.thresholds, opinion.profiles[arm], strict=True):
            assert profile.value == pytest.approx(float((own > threshold).mean()))
