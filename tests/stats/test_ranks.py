"""Ranks: by hand, by SciPy, and how often all their intervals hold."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from suite.stats import Interval, simultaneous_means
from suite.stats.ranks import (
    RankInterval,
    block_ranks,
    mean_ranks,
    not_told_apart,
    rank_intervals,
    shown_better,
    tied_with_best,
)

UNKNOWN = Interval(-1.0, 1.0)
Noise = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


def wins_of(values: np.ndarray) -> np.ndarray:
    """Who is shown to be better by the simultaneous intervals of all pairs of (blocks, arms)."""
    pairs = list(combinations(range(values.shape[1]), 2))
    gaps = np.stack([values[:, a] - values[:, b] for a, b in pairs], axis=1)
    answers = simultaneous_means(gaps, [None] * len(pairs))
    intervals = [answer.interval for answer in answers]
    return shown_better(pairs, intervals, arms=values.shape[1], higher_is_better=True)


def test_ranks_of_four_arms_by_hand() -> None:
    """Arm 0 beats 2 and 3, arm 1 beats 3; the rest is open."""
    pairs = [(0, 1), (0, 2), (3, 0), (1, 2), (3, 1), (2, 3)]
    above, below = Interval(0.1, 2.0), Interval(-2.0, -0.1)
    gaps = [UNKNOWN, above, below, UNKNOWN, below, UNKNOWN]
    wins = shown_better(pairs, gaps, arms=4, higher_is_better=True)
    assert {(int(a), int(b)) for a, b in np.argwhere(wins)} == {(0, 2), (0, 3), (1, 3)}
    assert rank_intervals(wins) == [
        RankInterval(1, 2),
        RankInterval(1, 3),
        RankInterval(2, 4),
        RankInterval(3, 4),
    ]
    assert tied_with_best(wins) == [0, 1]
    open_pairs = {(int(a), int(b)) for a, b in np.argwhere(not_told_apart(wins))}
    assert open_pairs == {(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)}


def test_of_a_loss_the_lower_arm_wins() -> None:
    gaps = [Interval(-2.0, -1.0)]
    wins = shown_better([(0, 1)], gaps, arms=2, higher_is_better=False)
    assert wins.tolist() == [[False, True], [False, False]]
    assert shown_better([(0, 1)], gaps, arms=2, higher_is_better=True).tolist() == wins.T.tolist()


def test_an_interval_that_ends_at_0_shows_nothing() -> None:
    wins = shown_better([(0, 1)], [Interval(0.0, 1.0)], arms=2, higher_is_better=True)
    assert rank_intervals(wins) == [RankInterval(1, 2)] * 2
    assert tied_with_best(wins) == [0, 1]


def test_against_a_baseline_only_its_own_pairs_say_something() -> None:
    """Arms 1 and 2 beat the baseline 0; who of them is better was not asked."""
    gaps = [Interval(1.0, 2.0), Interval(3.0, 4.0)]
    wins = shown_better([(1, 0), (2, 0)], gaps, arms=3, higher_is_better=True)
    assert rank_intervals(wins) == [RankInterval(3, 3), RankInterval(1, 2), RankInterval(1, 2)]
    assert tied_with_best(wins) == [1, 2]


def test_wins_in_a_circle_leave_no_best() -> None:
    wins = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=bool)
    assert tied_with_best(wins) == []
    assert rank_intervals(wins) == [RankInterval(2, 2)] * 3


@pytest.mark.parametrize(
    ("wins", "message"),
    [
        (np.zeros((2, 3)), r"expected wins of every arm over every arm, got shape \(2, 3\)"),
        (np.array([[0, 1], [1, 0]]), "expected one of arms 0 and 1 to be better, got both"),
        (np.eye(2), "expected one of arms 0 and 0 to be better, got both"),
    ],
)
def test_impossible_wins_are_refused(wins: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rank_intervals(wins)


def test_gaps_must_be_of_the_pairs() -> None:
    with pytest.raises(ValueError, match="expected a gap for each of 2 pairs, got 1"):
        shown_better([(0, 1), (0, 2)], [UNKNOWN], arms=3, higher_is_better=True)
    with pytest.raises(ValueError, match="expected two different arms below 2, got 0 and 2"):
        shown_better([(0, 2)], [UNKNOWN], arms=2, higher_is_better=True)


@given(
    st.integers(2, 6).flatmap(
        lambda k: st.tuples(
            st.lists(st.integers(0, 3), min_size=k, max_size=k),
            st.lists(st.booleans(), min_size=k * k, max_size=k * k),
        )
    )
)
def test_ranks_lie_in_their_intervals_where_all_wins_are_true(
    drawn: tuple[list[int], list[bool]],
) -> None:
    """Whatever part of the truth is shown, with arms that are equal among them."""
    truth, shown = drawn
    arms = len(truth)
    wins = np.zeros((arms, arms), dtype=bool)
    for (a, b), is_shown in zip(permutations(range(arms), 2), shown, strict=False):
        wins[a, b] = is_shown and truth[a] > truth[b]
    for arm, interval in enumerate(rank_intervals(wins)):
        rank = 1 + sum(other > truth[arm] for other in truth)
        assert interval.best <= rank <= interval.worst
    best = {arm for arm in range(arms) if truth[arm] == max(truth)}
    assert best <= set(tied_with_best(wins))


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_block_ranks_are_scipys(higher_is_better: bool) -> None:
    values = np.random.default_rng(1).integers(0, 6, (9, 5)).astype(float)
    signed = -values if higher_is_better else values
    expected = stats.rankdata(signed, axis=1)
    assert block_ranks(values, higher_is_better=higher_is_better).tolist() == expected.tolist()
    own = mean_ranks(values, higher_is_better=higher_is_better)
    assert own.tolist() == expected.mean(axis=0).tolist()


def test_values_that_differ_by_rounding_alone_are_tied() -> None:
    values = np.array([[0.1 + 0.2, 0.3, 0.2]])
    assert block_ranks(values, higher_is_better=True).tolist() == [[1.5, 1.5, 3.0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((3, 1)), "expected values of blocks by two arms or more, got shape"),
        (np.ones(3), "expected values of blocks by two arms or more, got shape"),
        (np.array([[1.0, np.nan]]), "expected a finite value of every arm on every block"),
    ],
)
def test_ranks_need_every_value(values: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mean_ranks(values, higher_is_better=True)


def share_that_holds(true_means: list[float], noise: Noise, repeats: int) -> float:
    """How often all rank intervals hold, and the best are in the set that is tied with the best."""
    generator, means = np.random.default_rng(20), np.array(true_means)
    ranks = [1 + int((means > mean).sum()) for mean in means]
    held = 0
    for _ in range(repeats):
        wins = wins_of(means + noise(generator, (12, len(means))))
        held += all(
            own.best <= rank <= own.worst
            for own, rank in zip(rank_intervals(wins), ranks, strict=True)
        ) and set(np.flatnonzero(means == means.max())) <= set(tied_with_best(wins))
    return held / repeats


def normal(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return generator.normal(size=shape)


def heavy(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return generator.standard_t(3, shape)


def lowest(repeats: int) -> float:
    """What a share of 95% does not fall below in so many repeats, but by bad luck of 0.1%."""
    return float(0.95 - 3 * (0.05 * 0.95 / repeats) ** 0.5)


@pytest.mark.slow
def test_all_rank_intervals_hold_together() -> None:
    """Of 12 data sets: ranks 1, 1, 1, 4 and 5."""
    assert share_that_holds([0.0, 0.0, 0.0, -0.4, -3.0], normal, 40) >= lowest(40)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [normal, heavy])
def test_of_equal_arms_all_rank_intervals_are_whole(noise: Noise) -> None:
    """Five equal arms: an interval that is not [1, 5] leaves out a rank that is theirs."""
    assert share_that_holds([0.0] * 5, noise, 500) >= lowest(500)
