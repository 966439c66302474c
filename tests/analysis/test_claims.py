"""The answers to what was reported: by hand, and how often they err when the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from suite.analysis.adjudications import (
    Adjudication,
    ClaimedCount,
    ClaimedLevel,
    ClaimedOrder,
    ClaimedTarget,
)
from suite.analysis.analyse import analyse
from suite.analysis.claims import adjudicate
from suite.analysis.compare_study import compare_study
from suite.analysis.study import Study
from suite.stats import Interval
from suite.task.claims import Claim
from suite.task.components import Metric
from suite.task.schema import Task
from tests.support.fakes import make_result

NOISE = (0.001, -0.001, 0.002, -0.002, 0.0015, -0.0015)  # mean 0, sd 0.0017029
Values = Sequence[float | None]


def around(mean: float, noise: Sequence[float] = NOISE) -> list[float | None]:
    return [mean + one for one in noise]


GOOD, BAD, SAME = around(0.9), around(0.8, NOISE[::-1]), around(0.9, NOISE[::-1])


def study_of(task: Task, values: Mapping[str, Values], *claims: Claim, **changes: object) -> Study:
    changes = {"comparisons": (("long", "short"),), "claims": claims, **changes}
    task = task.model_copy(update=changes)
    results = {
        arm: tuple(
            make_result(task, arm, seed, value) for seed, value in enumerate(values.get(arm, ()))
        )
        for arm in task.arms
    }
    return Study(task, "cpu", "environment-1", results)


def answers(
    task: Task, values: Mapping[str, Values], claim: Mapping[str, object], **changes: object
) -> list[Adjudication]:
    study = study_of(task, values, Claim.model_validate({"metric": "accuracy", **claim}), **changes)
    return adjudicate(study, compare_study(study))


def order(
    task: Task, long: Values, short: Values, claim: Mapping[str, object], **changes: object
) -> ClaimedOrder:
    found = answers(task, {"long": long, "short": short}, claim, **changes)[0]
    assert isinstance(found, ClaimedOrder)
    return found


def reported(long: float, short: float) -> dict[str, object]:
    return {"reported": {"long": long, "short": short}}


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


def test_the_direction_is_the_pairs_verdict(tiny: Task) -> None:
    found = order(tiny, GOOD, BAD, reported(0.95, 0.85))
    assert (found.better, found.worse, found.direction) == ("long", "short", "CONFIRMED")
    assert order(tiny, GOOD, BAD, reported(0.80, 0.85)).direction == "CONTRADICTED"
    assert order(tiny, GOOD, SAME, reported(0.95, 0.85)).direction == "NOT SHOWN"
    assert order(tiny, GOOD, BAD, {"order": ("long", "short")}).direction == "CONFIRMED"
    assert order(tiny, GOOD, BAD, {"order": ("short", "long")}).direction == "CONTRADICTED"


def test_what_takes_a_pairs_verdict_takes_the_claims(tiny: Task) -> None:
    few = order(tiny, GOOD[:5], BAD[:5], reported(0.95, 0.85))
    assert (few.direction, few.size) == ("TOO FEW SEEDS", None)
    failed = order(tiny, [*GOOD, None], BAD, reported(0.95, 0.85))
    assert (failed.direction, failed.size) == ("TOO MANY FAILURES", None)
    equal = order(tiny, [0.9] * 6, [0.8] * 6, reported(0.95, 0.85))
    assert (equal.direction, equal.size) == ("NOTHING VARIED", None)
    assert order(tiny, [], [], reported(0.95, 0.85)).direction == "TOO FEW SEEDS"
    assert order(tiny, [None], [None], reported(0.95, 0.85)).direction == "TOO MANY FAILURES"


@pytest.mark.parametrize(
    ("gap", "word", "equals_mean"),
    [
        (0.105, "TYPICAL", True),
        (0.1057, "TYPICAL", True),
        (0.1059, "LARGER THAN RUNS GIVE HERE", True),
        (0.109, "LARGER THAN RUNS GIVE HERE", False),
        (0.0943, "TYPICAL", True),
        (0.0941, "SMALLER THAN RUNS GIVE HERE", True),
    ],
)
def test_the_size_by_hand(tiny: Task, gap: float, word: str, equals_mean: bool) -> None:
    """Mean gap 0.1 of two arms of sd 0.0017029: t(10) 2.228139 sqrt(2 (1 + 1/6)) sd = 0.0057960.

    The 90% interval of the mean gap is 0.1 ± 0.00278 (d has sd 0.0033764), the margin 0.01.
    """
    size = order(tiny, GOOD, BAD, reported(0.8 + gap, 0.8)).size
    assert size is not None
    assert bounds(size.prediction.interval) == pytest.approx((0.094204, 0.105796), abs=1e-6)
    assert (size.word, size.equals_mean) == (word, equals_mean)
    assert size.prediction.percentile is not None
    assert (size.prediction.percentile > 0.5) == (gap > 0.1)


def test_rounding_counts_against_equality_and_for_typicality(tiny: Task) -> None:
    rounded = reported(0.906, 0.8) | {"decimals": 3}
    size = order(tiny, GOOD, BAD, rounded).size
    assert size is not None
    assert bounds(size.prediction.interval) == pytest.approx((0.093204, 0.106796), abs=1e-6)
    assert (size.word, size.equals_mean) == ("TYPICAL", True)
    coarse = order(tiny, GOOD, BAD, reported(0.90, 0.80) | {"decimals": 2}).size
    assert coarse is not None
    assert coarse.equals_mean is False  # whole percents cannot show half a point


def test_where_lower_is_better_larger_means_more_in_favour(tiny: Task) -> None:
    lower = {"accuracy": Metric(direction="lower", margin=0.01)}
    found = order(tiny, GOOD, BAD, reported(0.93, 0.8), metrics=lower)
    assert (found.better, found.direction) == ("short", "CONFIRMED")
    assert found.size is not None
    assert found.size.word == "LARGER THAN RUNS GIVE HERE"
    assert found.size.reported == pytest.approx(-0.13)
    assert bounds(found.size.prediction.interval) == pytest.approx((-0.105796, -0.094204), abs=1e-6)
    assert found.size.prediction.percentile == pytest.approx(1, abs=1e-3)
    assert found.gap == pytest.approx(-0.1)


def test_without_a_margin_nothing_is_said_of_the_mean_gap(tiny: Task) -> None:
    size = order(
        tiny, GOOD, BAD, reported(0.9, 0.8), metrics={"accuracy": Metric(direction="higher")}
    ).size
    assert size is not None
    assert size.equals_mean is None


def test_a_shared_split_takes_the_paired_prediction(tiny: Task) -> None:
    """D has sd 0.0033764: t(5) 2.570582 sqrt(7/6) 0.0033764 = 0.0093747."""
    size = order(tiny, GOOD, BAD, reported(0.9, 0.8) | {"shared_split": True}).size
    assert size is not None
    assert bounds(size.prediction.interval) == pytest.approx((0.090625, 0.109375), abs=1e-6)


def test_levels_by_hand_also_of_arms_in_pairs(tiny: Task) -> None:
    """T(5) 2.570582 times sd 0.0017029 times sqrt(7/6) = 0.0047282."""
    found = answers(tiny, {"long": GOOD, "short": BAD}, reported(0.9046, 0.8049))
    levels = [one for one in found if isinstance(one, ClaimedLevel)]
    assert [(one.arm, one.word) for one in levels] == [
        ("long", "TYPICAL"),
        ("short", "HIGHER THAN RUNS GIVE HERE"),
    ]
    assert levels[0].prediction is not None
    assert bounds(levels[0].prediction.interval) == pytest.approx((0.895272, 0.904728), abs=1e-6)
    (low,) = answers(tiny, {"long": GOOD}, {"reported": {"long": 0.88}})
    assert low.words == ("LOWER THAN RUNS GIVE HERE",)
    (few,) = answers(tiny, {"long": GOOD[:4]}, {"reported": {"long": 0.9}})
    assert few.words == ("TOO FEW SEEDS",)
    (failed,) = answers(tiny, {"long": [*GOOD, None]}, {"reported": {"long": 0.9}})
    assert failed.words == ("TOO MANY FAILURES",)
    (constant,) = answers(tiny, {"long": [0.9] * 7}, {"reported": {"long": 0.9}})
    assert constant.words == ("NOTHING VARIED",)


def test_a_level_of_a_mean_of_runs_has_less_room(tiny: Task) -> None:
    claim = {"reported": {"long": 0.904}, "runs": 6, "statistic": "mean"}
    (found,) = answers(tiny, {"long": GOOD}, claim)
    assert found.words == ("HIGHER THAN RUNS GIVE HERE",)  # 2.570582 sd sqrt(1/6 + 1/6) = 0.002527
    (best,) = answers(
        tiny, {"long": GOOD}, {"reported": {"long": 0.904}, "runs": 6, "statistic": "best"}
    )
    assert best.words == ("TYPICAL",)


def test_a_metric_that_is_no_share_is_not_clipped(tiny: Task) -> None:
    (found,) = answers(
        tiny, {"long": [30 + 100 * one for one in NOISE]}, {"reported": {"long": 30.1}}
    )
    assert found.words == ("TYPICAL",)


@pytest.mark.parametrize(
    ("target", "word"), [(0.898, "YES"), (0.9, "NOT SHOWN"), (0.902, "NO"), (0.8983, "NOT SHOWN")]
)
def test_a_target_by_hand(tiny: Task, target: float, word: str) -> None:
    """2.570582 sd / sqrt(6) = 0.0017871: the interval of the mean is [0.898213, 0.901787]."""
    (found,) = answers(tiny, {"long": GOOD}, {"target": {"long": target}})
    assert isinstance(found, ClaimedTarget)
    assert bounds(found.interval) == pytest.approx((0.898213, 0.901787), abs=1e-6)
    assert found.word == word


def test_targets_of_a_task_are_corrected_together_and_a_lower_one_is_reached_from_above(
    tiny: Task,
) -> None:
    """t(5) at 98.75% is 3.163381: half a width of 0.0021993."""
    both = {"target": {"long": 0.898, "short": 0.7979}}
    long, short = answers(tiny, {"long": GOOD, "short": BAD}, both)
    assert (long.words, short.words) == (("NOT SHOWN",), ("NOT SHOWN",))
    assert isinstance(long, ClaimedTarget)
    assert bounds(long.interval) == pytest.approx((0.9 - 0.0021993, 0.9 + 0.0021993), abs=1e-6)
    lower = {"accuracy": Metric(direction="lower")}
    (found,) = answers(tiny, {"long": GOOD}, {"target": {"long": 0.902}}, metrics=lower)
    assert found.words == ("YES",)


def test_a_targets_failures_seeds_and_spread_take_its_answer(tiny: Task) -> None:
    for values, word in (
        ([*GOOD, None], "TOO MANY FAILURES"),
        (GOOD[:5], "TOO FEW SEEDS"),
        ([], "TOO FEW SEEDS"),
        ([0.9] * 6, "NOTHING VARIED"),
    ):
        (found,) = answers(tiny, {"long": values}, {"target": {"long": 0.5}})
        assert found.words == (word,)


def test_what_reported_shares_say_by_themselves(tiny: Task) -> None:
    """96.5% against 95.3% of 1,000 each. Wilson: [95.17, 97.47] and [93.81, 96.45]; Newcombe:
    1.2 less sqrt(1.33^2 + 1.15^2), and more sqrt(0.97^2 + 1.49^2). Of 965, 35, 953 and 47 Pearson's
    chi-squared is 1.832: p = .176.
    """
    found = answers(
        tiny, {"long": GOOD, "short": BAD}, reported(0.965, 0.953) | {"test_items": 1000}
    )
    first, second = found[:2]
    assert isinstance(first, ClaimedOrder)
    assert first.evidence is not None
    assert bounds(first.evidence.interval) == pytest.approx((-0.00555, 0.02983), abs=1e-4)
    assert first.evidence.p == pytest.approx(0.176, abs=5e-4)
    assert isinstance(second, ClaimedLevel)
    assert bounds(second.evidence) == pytest.approx((0.95172, 0.97473), abs=1e-4)


def test_counts_are_compared_exactly_and_so_is_their_order(tiny: Task) -> None:
    claim = {"metric": "parameters", "exact": True}
    found = answers(
        tiny,
        {"long": GOOD, "short": BAD},
        {**claim, "reported": {"long": 9, "short": 10}, "order": ("long", "short")},
    )
    assert [(type(one), one.words) for one in found] == [
        (ClaimedOrder, ("CONTRADICTED",)),  # both have 9
        (ClaimedCount, ("CONFIRMED",)),
        (ClaimedCount, ("CONTRADICTED",)),
    ]


def test_a_pair_that_only_a_claim_states_is_judged_and_not_shown_among_the_declared(
    tiny: Task,
) -> None:
    claim = Claim(metric="accuracy", order=("long", "control"))
    values = {"long": GOOD, "short": BAD, "control": around(0.7)}
    study = study_of(tiny, values, claim)
    analysis = analyse(study)
    assert [(pair.first, pair.second) for pair in analysis.comparisons] == [("long", "short")]
    (found,) = analysis.adjudications
    assert isinstance(found, ClaimedOrder)
    assert found.comparison is not None
    assert not found.comparison.is_declared
    assert found.words == (str(found.direction),)


def test_the_direction_never_contradicts_the_pairs_verdict(tiny: Task) -> None:
    rng = np.random.default_rng(4)
    words = set()
    for _ in range(30):
        long, short, control = (
            [float(value) for value in rng.normal(mean, 0.01, 8)]
            for mean in rng.choice([0.9, 0.91, 0.92], 3)
        )
        values = {"long": long, "short": short, "control": control}
        claim = Claim(metric="accuracy", order=("short", "long", "control"))
        study = study_of(tiny, values, claim, comparisons=())
        verdicts = compare_study(study)
        for found in adjudicate(study, verdicts):
            assert isinstance(found, ClaimedOrder)
            (pair,) = (v for v in verdicts if {v.first, v.second} == set(found.arms))
            shown = {found.better: "CONFIRMED", found.worse: "CONTRADICTED", None: "NOT SHOWN"}
            assert found.direction == shown[pair.winner]
            words.add(str(found.direction))
    assert words == {"CONFIRMED", "CONTRADICTED", "NOT SHOWN"}


@pytest.mark.parametrize("n", [6, 30, pytest.param(100, marks=pytest.mark.slow)])
def test_more_seeds_do_not_make_an_honest_pair_of_runs_look_wrong(tiny: Task, n: int) -> None:
    """Before, the more seeds the more often: the reported gap was held against the mean's.

    The size does not depend on the verdict, so that one is made once.
    """
    rng, typical = np.random.default_rng(n), 0
    verdicts = compare_study(study_of(tiny, {"long": GOOD, "short": BAD}))
    for _ in range(400):
        long, short = ([float(one) for one in rng.normal(0.9, 0.01, n + 1)] for _ in range(2))
        claim = Claim.model_validate({"metric": "accuracy", **reported(long[0], short[0])})
        study = study_of(tiny, {"long": long[1:], "short": short[1:]}, claim)
        found = adjudicate(study, verdicts)[0]
        assert isinstance(found, ClaimedOrder)
        assert found.size is not None
        typical += found.size.word == "TYPICAL"
    assert 0.92 <= typical / 400 <= 0.98
