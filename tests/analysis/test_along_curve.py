"""Verdicts along the curves of logged runs: which points are compared, and how often they err."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suite.analysis.along_curve import AlongCurve, stretches
from suite.analysis.compare_table import TableAnalysis, compare_table, with_curve
from suite.analysis.words import Verdict
from suite.errors import SuiteError
from suite.importers.measured_table import MeasuredTable
from suite.importers.runs.logged import Curve, make_curve
from suite.importers.runs.points import parse_point
from suite.reports.curve_words import curve_sentence, decided_from
from suite.stats import simultaneous_means
from suite.task.components import Metric

Curves = dict[str, list[Curve]]  # of every seed, by arm


def table_of(curves: Curves, *, margin: float | None = None) -> MeasuredTable:
    """The table of the runs' last values, as a log of runs gives it."""
    rows = [
        {"arm": arm, "block": "", "unit": str(seed), "value": curve.values[-1], "curve": curve}
        for arm, own in curves.items()
        for seed, curve in enumerate(own)
    ]
    rule = Metric(direction="higher", unit="none", margin=margin)
    return MeasuredTable("log", "acc", "seed", pd.DataFrame(rows), rule)


def along(curves: Curves, at: str = "last", **options: float) -> AlongCurve:
    """The verdicts along the curves of these runs."""
    table = table_of(curves, **options)
    found = with_curve(compare_table(table), parse_point(at)).along
    assert found is not None
    return found


def epochs(values: np.ndarray) -> list[Curve]:
    """A curve of each row (runs, points), at the epochs 1, 2, ..."""
    return [make_curve(row, epochs=np.arange(1, values.shape[1] + 1)) for row in values]


def rising(seed: int, gap_from: int, *, runs: int = 8, points: int = 12) -> Curves:
    """Two arms that are alike at first, and 1 apart from an epoch on; the noise has sd 0.1."""
    noise = np.random.default_rng(seed).normal(0, 0.1, (2, runs, points))
    noise[0, :, gap_from - 1 :] += 1.0
    return {"a": epochs(noise[0]), "b": epochs(noise[1])}


def test_the_point_from_which_an_arm_is_better_is_where_its_gap_begins() -> None:
    found = along(rising(3, gap_from=6))
    pair = ("a", "b")
    assert decided_from(found, pair) == 6
    assert [(one.state, one.first, one.last) for one in stretches(found.verdicts[pair])] == [
        (None, 0, 4),
        ("a", 5, 11),
    ]
    assert curve_sentence(found, pair).startswith("from epoch 6 on, a is better; at epoch 12")
    assert curve_sentence(found, pair).endswith("before that, nothing is shown")


def test_the_bands_are_the_simultaneous_intervals_of_all_points_together() -> None:
    curves = rising(4, gap_from=3)
    a, b = (np.stack([curve.values for curve in curves[arm]]) for arm in ("a", "b"))
    expected = simultaneous_means(a - b, [None] * 12)
    found = along(curves).verdicts["a", "b"]
    for comparison, answer in zip(found, expected, strict=True):
        assert comparison.gap.interval == answer.interval
        assert comparison.family_size == 12


def test_only_points_that_every_run_has_are_compared_and_the_run_with_the_fewest_is_named() -> None:
    curves = rising(5, gap_from=2)
    short = curves["b"][3]
    curves["b"][3] = make_curve(short.values[[0, 2, 3, 6]], epochs=[1, 3, 4, 7])
    found = along(curves)
    assert found.points == (1, 3, 4, 7)
    assert found.notes[0].startswith("4 of 12 logged epochs are compared")
    assert found.notes[0].endswith("b, seed 3 has the fewest")


def test_a_value_that_is_no_number_is_no_point_of_its_run() -> None:
    curves = rising(6, gap_from=2)
    values = curves["a"][0].values.copy()
    values[4:7] = np.nan
    curves["a"][0] = make_curve(values, epochs=np.arange(1, 13))
    assert along(curves).points == (1, 2, 3, 4, 8, 9, 10, 11, 12)


def test_a_run_without_a_value_at_the_end_has_none_on_the_curve() -> None:
    curves = rising(7, gap_from=2, runs=12)
    values = curves["a"][0].values.copy()
    values[4:] = np.nan
    curves["a"][0] = make_curve(values, epochs=np.arange(1, 13))
    found = along(curves)
    assert len(found.points) == 12
    assert {comparison.gap.n for comparison in found.verdicts["a", "b"]} == {11}
    assert {comparison.missing for comparison in found.verdicts["a", "b"]} == {1}


def test_steps_count_where_runs_share_more_of_them_than_epochs() -> None:
    rng = np.random.default_rng(8)
    curves = {
        arm: [
            make_curve(rng.normal(size=6), steps=[5, 10, 15, 20, 25, 30], epochs=[1, 1, 1, 2, 2, 2])
            for _ in range(6)
        ]
        for arm in ("a", "b")
    }
    assert along(curves).axis == "step"
    at_epochs = along(curves, "epoch=2")
    assert (at_epochs.axis, at_epochs.points) == ("epoch", (1, 2))
    last = [curves["a"][seed].values[5] - curves["b"][seed].values[5] for seed in range(6)]
    assert abs(at_epochs.verdicts["a", "b"][1].gap.mean) == pytest.approx(abs(np.mean(last)))


def test_a_point_on_the_axis_ends_the_curve_there() -> None:
    assert along(rising(9, gap_from=2), "epoch=5").points == (1, 2, 3, 4, 5)


def test_a_long_curve_is_shown_at_some_points_with_its_ends() -> None:
    rng = np.random.default_rng(10)
    curves = {arm: epochs(rng.normal(size=(6, 400))) for arm in ("a", "b")}
    found = along(curves)
    assert len(found.points) == 50
    assert (found.points[0], found.points[-1]) == (1, 400)
    assert found.notes == (
        "50 of 400 epochs are shown, evenly spaced, and the bands hold for those",
    )


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        (make_curve([0.5]), "got 0; b, seed 2 has no epoch with a value"),
        (make_curve([0.5, 0.6], epochs=[90, 91]), "got 0; b, seed 2 has 2 epochs, 90 to 91"),
        (make_curve([0.5, 0.6], epochs=[1, 91]), "got 1; b, seed 2 has 2 epochs, 1 to 91"),
    ],
)
def test_runs_that_share_no_curve_are_refused_and_one_is_named(curve: Curve, message: str) -> None:
    curves = rising(11, gap_from=2)
    curves["b"][2] = curve
    with pytest.raises(SuiteError, match="expected at least 2 epochs at which every run") as error:
        along(curves)
    assert message in str(error.value)


def test_too_many_pairs_are_refused() -> None:
    rng = np.random.default_rng(12)
    curves = {f"arm{k}": epochs(rng.normal(size=(6, 3))) for k in range(9)}  # 36 pairs
    with pytest.raises(SuiteError, match="expected at most 30 pairs, got 36: --baseline"):
        along(curves)


def test_a_point_at_which_nothing_varies_is_open_and_no_part_of_the_family() -> None:
    curves = rising(13, gap_from=2)
    for own in curves.values():
        for curve in own:
            curve.values[0] = 0.1  # all start alike
    found = along(curves).verdicts["a", "b"]
    assert found[0].verdict == Verdict.NOTHING_VARIED
    assert (found[0].gap.interval, found[1].family_size) == (None, 11)
    assert decided_from(along(curves), ("a", "b")) == 2


def test_arms_within_a_margin_are_equivalent_along_the_curve() -> None:
    noise = np.random.default_rng(14).normal(0, 0.1, (2, 10, 6))
    curves = {"a": epochs(noise[0]), "b": epochs(noise[1])}
    found = along(curves, margin=1.0)
    pair = next(iter(found.verdicts))
    assert curve_sentence(found, pair).startswith(
        "at every epoch shown, the arms are equivalent within the margin"
    )


def test_below_six_seeds_there_is_no_verdict_at_any_point() -> None:
    found = along(rising(15, gap_from=2, runs=5))
    assert curve_sentence(found, ("a", "b")) == "no verdict along the curve: too few seeds"


def test_an_arm_that_is_ahead_for_a_while_is_not_called_better_at_the_end() -> None:
    curves = rising(16, gap_from=2)
    for curve in curves["a"]:
        curve.values[8:] -= 1.0
    table = table_of(curves)
    found = with_curve(compare_table(table, pairs=[("a", "b")])).along
    assert found is not None
    assert curve_sentence(found, ("a", "b")).startswith(
        "a is better from epoch 2 to 8, but not at the end: at epoch 12 the gap is"
    )
    assert decided_from(found, ("a", "b")) is None


def null_study(rng: np.random.Generator, runs: int, points: int) -> TableAnalysis:
    """Two arms that are alike, whose curves wander: a level, a random walk and jitter."""

    def curves() -> list[Curve]:
        level = rng.standard_normal((runs, 1))
        walk = rng.standard_normal((runs, points)).cumsum(axis=1) / points**0.5
        return epochs(level + walk + 0.2 * rng.standard_normal((runs, points)))

    return compare_table(table_of({"a": curves(), "b": curves()}))


def share_of_false_bands(studies: int, runs: int, points: int, seed: int) -> float:
    """How often the band of two equal arms leaves 0 at any point."""
    rng, wrong = np.random.default_rng(seed), 0
    for _ in range(studies):
        found = with_curve(null_study(rng, runs, points)).along
        assert found is not None
        (verdicts,) = found.verdicts.values()
        wrong += any(comparison.winner is not None for comparison in verdicts)
    return wrong / studies


@pytest.mark.slow
@pytest.mark.parametrize("runs", [6, 10, 20])
def test_bands_of_equal_arms_leave_0_anywhere_in_at_most_one_of_twenty(runs: int) -> None:
    share = share_of_false_bands(400, runs, 15, seed=runs)
    assert share <= 0.05 + 2 * (0.05 * 0.95 / 400) ** 0.5


def test_bands_of_a_few_equal_arms_seldom_leave_0() -> None:
    # of a rate of 5%, more than 2 of 12 are found in 2% of cases
    assert share_of_false_bands(12, 8, 6, seed=1) <= 2 / 12
