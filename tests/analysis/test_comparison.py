"""Verdicts: by hand, and how often they err when the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from suite.analysis.compare_study import compare_study
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
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


def test_what_is_undecided_says_how_many_seeds_are_needed(tiny: Task) -> None:
    found = verdict(tiny, [0.9, 0.8, 0.95, 0.7, 0.9, 0.85], [0.8, 0.85, 0.8, 0.75, 0.9, 0.7])
    assert found.verdict == "UNDECIDED"
    assert found.gap.effect == pytest.approx(0.6, abs=0.2)
    assert found.seeds_needed is not None
    assert 10 < found.seeds_needed < 60


def test_five_seeds_are_too_few_however_clear(tiny: Task) -> None:
    assert verdict(tiny, around(0.9)[:5], around(0.1)[:5]).verdict == "TOO FEW SEEDS"


def test_failures_are_not_dropped_in_silence(tiny: Task) -> None:
    one_of_seven: list[float | None] = [*around(0.9), None]
    assert verdict(tiny, one_of_seven, around(0.8, NOISE[::-1])).verdict == "TOO MANY FAILURES"
    lenient = {"protocol": tiny.protocol.model_copy(update={"max_failed_share": 0.2})}
    assert verdict(tiny, one_of_seven, around(0.8, NOISE[::-1]), **lenient).verdict == "BETTER"


def test_holm_counts_all_pairs_of_the_task(tiny: Task) -> None:
    values = {
        "long": around(0.9),
        "short": around(0.8, NOISE[::-1]),
        "control": around(0.9, NOISE[::-1]),
    }
    found = compare_study(study_of(tiny, values))
    assert [(one.first, one.second) for one in found] == [
        ("short", "long"),
        ("short", "control"),
        ("long", "control"),
    ]
    assert [one.p for one in found] == pytest.approx([3 * 2 / 64, 3 * 2 / 64, found[2].gap.p])
    assert (
        found[0].verdict == "UNDECIDED"
    )  # six seeds have a p of .031 at the least, and three looks cost a factor
