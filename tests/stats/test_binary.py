"""Right and wrong items, by the papers' tables, statsmodels, enumeration and likelihoods."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from suite.stats import (
    Interval,
    PairedCounts,
    count_pairs,
    mcnemar_p,
    newcombe_paired_interval,
    paired_share_gap,
    tango_interval,
    unpaired_share_gap,
)

CAVO = PairedCounts(59, 6, 16, 80)  # complete response before and after therapy: Cavo et al. 2012
Z = 1.959963984540054


def bounds(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def score(counts: PairedCounts, gap: float) -> float:
    """Tango's score with the nuisance share found by maximising the likelihood."""
    n, ties = counts.n, counts.both + counts.neither

    def loss(q: float) -> float:
        shares = np.array([q + gap, q, 1 - 2 * q - gap])
        return -float(np.dot([counts.wins, counts.losses, ties], np.log(shares)))

    lowest, highest = max(0.0, -gap), (1 - gap) / 2
    found = optimize.minimize_scalar(
        loss, bounds=(lowest + 1e-12, highest - 1e-12), method="bounded", options={"xatol": 1e-13}
    )
    variance = n * (2 * found.x + gap - gap**2)
    return float((counts.wins - counts.losses - n * gap) / variance**0.5)


def test_mcnemar_counts_by_hand_and_by_statsmodels() -> None:
    assert mcnemar_p(0, 0) == 1.0
    assert mcnemar_p(3, 0) == pytest.approx(2 / 8)
    assert mcnemar_p(5, 5) == 1.0
    assert mcnemar_p(29, 15) == mcnemar_p(15, 29) == pytest.approx(0.048766765904474, abs=1e-14)
    assert mcnemar_p(6, 16) == pytest.approx(0.052478790283203, abs=1e-14)  # statsmodels 0.15
    assert mcnemar_p(12, 31) == pytest.approx(stats.binomtest(12, 43).pvalue, abs=1e-14)


def test_tango_and_newcombe_give_published_intervals() -> None:
    """Fagerland, Lydersen and Laake 2017, chapter 8: to four digits."""
    assert bounds(tango_interval(CAVO)) == pytest.approx((-0.1240, -0.0054), abs=5e-5)
    assert bounds(newcombe_paired_interval(CAVO)) == pytest.approx((-0.1186, -0.0046), abs=5e-5)


def test_tangos_own_example() -> None:
    """44 patients, both treatments work for 43, one for one: Tango 1998, 90% interval."""
    lenses = PairedCounts(43, 0, 1, 0)
    assert bounds(tango_interval(lenses, level=0.9)) == pytest.approx((-0.096, 0.037), abs=5e-4)


@pytest.mark.parametrize(
    "counts",
    [CAVO, PairedCounts(1, 1, 7, 12), PairedCounts(90, 40, 20, 10), PairedCounts(8, 2, 1, 9)],
)
def test_tangos_limits_are_where_the_score_is_z(counts: PairedCounts) -> None:
    low, high = bounds(tango_interval(counts))
    assert score(counts, low) == pytest.approx(Z, abs=1e-5)
    assert score(counts, high) == pytest.approx(-Z, abs=1e-5)


def test_tango_where_no_item_differs_and_where_all_do() -> None:
    """n gap^2 = z^2 gap (1 - gap), by hand."""
    edge = Z**2 / (100 + Z**2)
    assert bounds(tango_interval(PairedCounts(70, 0, 0, 30))) == pytest.approx(
        (-edge, edge), abs=1e-14
    )
    low, high = bounds(tango_interval(PairedCounts(0, 10, 0, 0)))
    assert high == 1.0
    assert score(PairedCounts(0, 10, 0, 0), low) == pytest.approx(Z, abs=1e-5)
    million = tango_interval(PairedCounts(10**6, 0, 0, 0))
    assert bounds(million) == pytest.approx(
        (-(Z**2) / (10**6 + Z**2), Z**2 / (10**6 + Z**2)), rel=1e-9
    )


counts = st.builds(
    PairedCounts, st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(1, 40)
)


@given(counts)
def test_paired_intervals_turn_with_the_arms_and_widen_with_the_level(given: PairedCounts) -> None:
    turned = PairedCounts(given.both, given.losses, given.wins, given.neither)
    for method in (tango_interval, newcombe_paired_interval):
        interval = method(given)
        assert bounds(method(turned)) == pytest.approx(bounds(-interval), abs=1e-14)
        assert -1 <= interval.low <= paired_share_gap(given).mean <= interval.high <= 1
        assert method(given, level=0.9).lies_in(interval)
        assert interval.lies_in(method(given, level=0.999))


@pytest.mark.parametrize(
    ("wins", "losses"), [(0.01, 0.01), (0.02, 0.005), (0.004, 0.0), (0.05, 0.05)]
)
def test_tango_covers_where_items_rarely_differ(wins: float, losses: float) -> None:
    """Exact, over all tables of 200 items with up to 40 that differ."""
    n, covered, total = 200, 0.0, 0.0
    for b in range(41):
        for c in range(41 - b):
            chance = float(
                stats.multinomial.pmf([b, c, n - b - c], n, [wins, losses, 1 - wins - losses])
            )
            if chance > 1e-7:
                total += chance
                covered += chance * (
                    wins - losses in tango_interval(PairedCounts(0, b, c, n - b - c))
                )
    assert total > 0.9999
    assert covered > 0.935  # a score interval, not an exact one


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_unpaired_shares_give_newcombes_table(
    table: tuple[int, int, int, int], expected: tuple[float, float]
) -> None:
    """Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10."""
    assert bounds(unpaired_share_gap(*table).interval) == pytest.approx(expected, abs=5e-5)


def test_the_score_test_of_shares_is_pearsons() -> None:
    for right_a, items_a, right_b, items_b in [(56, 70, 48, 80), (5, 56, 0, 29)]:
        table = [[right_a, items_a - right_a], [right_b, items_b - right_b]]
        expected = stats.chi2_contingency(table, correction=False).pvalue
        own = unpaired_share_gap(right_a, items_a, right_b, items_b)
        assert own.p == pytest.approx(expected, abs=1e-14)
    assert unpaired_share_gap(7, 7, 3, 3).p == 1.0


def test_counts_of_pairs_by_hand() -> None:
    a, b = [1, 1, 1, 0, 0, 1.0], [1, 0, 0, 0, 1, 1.0]
    assert count_pairs(a, b) == PairedCounts(2, 2, 1, 1)
    assert count_pairs(np.array(a) == 1, np.array(b) == 1) == PairedCounts(2, 2, 1, 1)
    gap = paired_share_gap(count_pairs(a, b))
    assert gap.mean == pytest.approx(1 / 6)
    assert gap.error == pytest.approx(np.std(np.subtract(a, b)) / 6**0.5)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="values of 0 and 1 alone"):
        count_pairs([0, 0.5], [1, 1])
    with pytest.raises(ValueError, match="values of 0 and 1 alone"):
        count_pairs([0, float("nan")], [1, 1])
    with pytest.raises(ValueError, match="as many values of A as of B, got 2 and 1"):
        count_pairs([0, 1], [1])
    with pytest.raises(ValueError, match="counts of one item or more"):
        count_pairs([], [])
    with pytest.raises(ValueError, match="counts of one item or more"):
        PairedCounts(3, -1, 0, 0)
    with pytest.raises(ValueError, match="got -1 wins and 2 losses"):
        mcnemar_p(-1, 2)
    with pytest.raises(ValueError, match="got 8 of 7 and 2 of 7"):
        unpaired_share_gap(8, 7, 2, 7)
    for method in (tango_interval, newcombe_paired_interval, paired_share_gap):
        with pytest.raises(ValueError, match="a level between 0 and 1, got 95"):
            method(CAVO, level=95)
