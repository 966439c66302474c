"""Verdicts: by hand, and how often they err when the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import pytest
from scipy import stats

from suite.analysis.compare_study import compare_study
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.stats import power, tie_power
from suite.task.components import Metric
from suite.task.schema import Task
from tests.support.fakes import make_result


def study_of(task: Task, values: Mapping[str, Sequence[float | None]], **changes: object) -> Study:
    task = task.model_copy(update={"comparisons": (), **changes})
    results = {
        arm: tuple(
            make_result(task, arm, seed, value) for seed, value in enumerate(values.get(arm, ()))
        )
        for arm in task.arms
    }
    return Study(task, "cpu", "environment-1", results)


def verdict(
    task: Task, long: Sequence[float | None], short: Sequence[float | None], **changes: object
) -> Comparison:
    changes = {"comparisons": (("long", "short"),), **changes}
    results = {"long": long, "short": short}
    (found,) = compare_study(study_of(task.model_copy(update={"claims": ()}), results, **changes))
    return found


NOISE = (0.001, -0.001, 0.002, -0.002, 0.0015, -0.0015)


def around(mean: float, noise: Sequence[float] = NOISE) -> list[float | None]:
    return [mean + one for one in noise]


def test_a_clear_difference_names_the_winner(tiny: Task) -> None:
    found = verdict(tiny, around(0.9), around(0.8, NOISE[::-1]))
    assert (found.verdict, found.winner, found.by_margin) == (
        "BETTER",
        "long",
        True,
    )  # the margin is one point
    found = verdict(tiny, around(0.8), around(0.9, NOISE[::-1]))
    assert (found.verdict, found.winner) == ("BETTER", "short")
    small = verdict(tiny, around(0.9), around(0.8935, NOISE[::-1]))
    assert (small.verdict, small.by_margin) == ("BETTER", False)


def test_where_lower_is_better_the_lower_wins(tiny: Task) -> None:
    metrics = {"accuracy": Metric(direction="lower", margin=0.01)}
    assert verdict(tiny, around(0.9), around(0.8, NOISE[::-1]), metrics=metrics).winner == "short"


def test_a_difference_within_the_margin_is_equivalent(tiny: Task) -> None:
    assert verdict(tiny, around(0.9), around(0.9, NOISE[::-1])).verdict == "EQUIVALENT"
    without = {"accuracy": Metric(direction="higher")}
    found = verdict(tiny, around(0.9), around(0.9, NOISE[::-1]), metrics=without)
    assert found.verdict == "UNDECIDED"


def test_what_is_undecided_says_how_many_seeds_find_a_margin_or_a_tie(tiny: Task) -> None:
    """The numbers are those of the upper 80% limit of sd(d), which six seeds give by a half more."""
    metrics = {"accuracy": Metric(direction="higher", margin=0.1)}
    long, short = [0.9, 0.8, 0.95, 0.6, 0.9, 0.85], [0.8, 0.85, 0.8, 0.75, 0.9, 0.7]
    found = verdict(tiny, long, short, metrics=metrics)
    assert found.verdict == "UNDECIDED"
    assert found.gap.deviation is not None
    upper = found.gap.deviation * (5 / stats.chi2.ppf(0.2, 5)) ** 0.5
    assert found.seeds_for_margin is not None
    assert power(0.1 / upper, found.seeds_for_margin) >= 0.8
    assert power(0.1 / upper, found.seeds_for_margin - 1) < 0.8
    assert found.seeds_for_tie is not None
    assert tie_power(0.1 / upper, found.seeds_for_tie) >= 0.8
    assert tie_power(0.1 / upper, found.seeds_for_tie - 1) < 0.8
    without = verdict(tiny, long, short, metrics={"accuracy": Metric(direction="higher")})
    assert (without.seeds_for_margin, without.seeds_for_tie) == (None, None)


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_an_arm_that_may_be_better_but_not_worse_is_said_to_be_so(
    tiny: Task, direction: Literal["higher", "lower"]
) -> None:
    metrics = {"accuracy": Metric(direction=direction, margin=0.01)}
    gaps = (0.03, -0.004, 0.02, 0.001, 0.03, 0.0, 0.02)
    found = verdict(tiny, [0.8 + gap for gap in gaps], [0.8] * 7, metrics=metrics)
    assert found.verdict == "NOT WORSE"
    assert found.not_worse == ("long" if direction == "higher" else "short")
    assert found.unvarying == ("short",)


def test_a_small_difference_that_is_sure_is_better_by_less_than_the_margin(tiny: Task) -> None:
    found = verdict(tiny, around(0.9) * 3, around(0.8965, NOISE[::-1]) * 3)
    assert (found.verdict, found.winner) == ("BETTER BY LESS THAN THE MARGIN", "long")


@pytest.mark.parametrize("gap", [0.0, 0.01, 5e-17])
def test_repeats_of_one_difference_are_no_evidence(tiny: Task, gap: float) -> None:
    found = verdict(tiny, [0.3 + gap] * 6, [0.3] * 6)
    assert (found.verdict, found.p, found.gap.interval) == ("NOTHING VARIED", None, None)


def test_a_margin_of_zero_is_a_margin(tiny: Task) -> None:
    metrics = {"accuracy": Metric(direction="higher", margin=0.0)}
    found = verdict(tiny, around(0.9), around(0.8, NOISE[::-1]), metrics=metrics)
    assert (found.verdict, found.by_margin, found.margin) == ("BETTER", True, 0.0)
    tied = verdict(tiny, around(0.9), around(0.9, NOISE[::-1]), metrics=metrics)
    assert (tied.verdict, tied.seeds_for_margin, tied.seeds_for_tie) == ("UNDECIDED", None, None)


def test_seeds_that_one_arm_lacks_count_like_failures(tiny: Task) -> None:
    long, short = around(0.9) * 3, around(0.8, NOISE[::-1]) * 3
    found = verdict(tiny, long, short[:17])
    assert (found.verdict, found.missing, found.missing_could_change) == ("BETTER", 1, False)
    assert verdict(tiny, long, short[:9]).verdict == "TOO MANY FAILURES"


def test_the_worst_case_for_what_is_missing_can_take_a_verdict_away(tiny: Task) -> None:
    """Eighteen seeds on which long is 0.4 to 0.6 points ahead; the values reach over 20 points."""
    short = [0.7 + 0.2 * (seed % 2) for seed in range(19)]
    long: list[float | None] = [value + 0.004 + 0.001 * (k % 3) for k, value in enumerate(short)]
    assert verdict(tiny, long, short).missing_could_change is False
    long[18] = None
    found = verdict(tiny, long, short)
    assert (found.winner, found.missing, found.missing_could_change) == ("long", 1, True)


def test_what_is_measured_besides_does_not_cost_the_question_its_answer(tiny: Task) -> None:
    values = {"long": around(0.9), "short": around(0.8, NOISE[::-1])}
    one = study_of(tiny, values, comparisons=(("long", "short"),))
    metrics = {**tiny.metrics, **{f"m{k}": Metric(direction="higher") for k in range(9)}}
    task = one.task.model_copy(update={"metrics": metrics})
    many = replace(
        one,
        task=task,
        results={
            arm: tuple(
                result.model_copy(
                    update={"metrics": dict.fromkeys(metrics, result.metrics["accuracy"])}
                )
                for result in results
            )
            for arm, results in one.results.items()
        },
    )
    (alone,), together = compare_study(one), compare_study(many)
    assert together[0] == alone
    assert [pair.is_primary for pair in together] == [True] + [False] * 9
    assert {pair.family_size for pair in together[1:]} == {9}


def test_five_seeds_are_too_few_however_clear(tiny: Task) -> None:
    assert verdict(tiny, around(0.9)[:5], around(0.1, NOISE[::-1])[:5]).verdict == ("TOO FEW SEEDS")


def test_failures_are_not_dropped_in_silence(tiny: Task) -> None:
    one_of_seven: list[float | None] = [*around(0.9), None]
    assert verdict(tiny, one_of_seven, around(0.8, NOISE[::-1])).verdict == "TOO MANY FAILURES"
    lenient = {"protocol": tiny.protocol.model_copy(update={"max_failed_share": 0.2})}
    assert verdict(tiny, one_of_seven, around(0.8, NOISE[::-1]), **lenient).verdict == "BETTER"


def test_all_pairs_of_the_task_are_one_family(tiny: Task) -> None:
    values = {
        "long": around(0.9),
        "short": around(0.8, NOISE[::-1]),
        "control": around(0.9, (*NOISE[3:], *NOISE[:3])),
    }
    found = compare_study(study_of(tiny, values))
    assert [(pair.first, pair.second) for pair in found] == [
        ("short", "long"),
        ("short", "control"),
        ("long", "control"),
    ]
    assert [pair.verdict for pair in found] == ["BETTER", "BETTER", "EQUIVALENT"]
    assert {pair.family_size for pair in found} == {3}
    assert found[0].p == pytest.approx(2 / 64)  # the smallest that six seeds have
