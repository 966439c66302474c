"""Which sequence judges seeds that are added until there is a verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from suite.analysis.analyse import analyse
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.execution.in_process import InProcess
from suite.execution.runner import note_plan
from suite.plan.plan import make_plan
from suite.reports.comparison_text import comparison_fields
from suite.reports.headlines import answer
from suite.reports.prose import plain_text
from suite.reports.snapshot import difference_lines
from suite.reports.terminal.versus import next_command
from suite.reports.wording import cautions, looks_words
from suite.result import Result
from suite.stats import betting_mean, upper_deviation
from suite.stats.betting_plan import bets_for_gap, bets_for_tie
from suite.store.documents import last_plan_record
from suite.store.looks import TopUp
from suite.store.store import open_store
from suite.task.components import Metric
from suite.task.schema import Task
from suite.task.sequences import bounds_of, with_sequence
from tests.support.fakes import make_result
from tests.support.tasks import DISC_TASK, load_text


def study_of(task: Task, gaps: list[float], *, sequence: str = "betting") -> Study:
    results: dict[str, list[Result]] = {arm: [] for arm in task.arms}
    for seed, gap in enumerate(gaps):
        for arm in task.arms:
            value = 0.6 + 0.01 * seed + gap * (arm == "long")
            results[arm].append(make_result(task, arm, seed, value))
    by_arm = {arm: tuple(runs) for arm, runs in results.items()}
    return Study(task, "cpu", "e", by_arm, sequential=True, sequence=sequence)  # type: ignore[arg-type]


GAPS = [0.2, 0.1, 0.3, 0.25, 0.15, 0.2, 0.12, 0.28]


def test_the_verdict_is_that_of_the_bets_in_the_order_of_seeds(tiny: Task) -> None:
    study = study_of(tiny, GAPS)
    pair = analyse(study).comparisons[0]
    expected = betting_mean(GAPS, low=-1, high=1, level=1 - 0.05 / 2)  # of two pairs
    assert (pair.first, pair.family_size, pair.sequence) == ("long", 2, "betting")
    assert pair.gap.interval is not None
    assert pair.gap.interval.low == pytest.approx(expected.interval.low)
    assert pair.p == pytest.approx(min(1, 2 * expected.p))
    alone = study.gap("long", "short", "accuracy")
    assert alone is not None
    assert alone.interval is not None
    assert alone.interval.low == pytest.approx(betting_mean(GAPS, low=-1, high=1).interval.low)


def test_every_surface_says_that_it_is_by_betting(tiny: Task) -> None:
    study = study_of(tiny, GAPS)
    pair = analyse(study).comparisons[0]
    assert comparison_fields(pair)["sequence"] == "betting"
    assert cautions(pair)[-1].endswith("hold over all looks, by betting")
    assert "by betting on values from 0 to 1" in looks_words(study)
    by_t = analyse(replace(study, sequence="t"))
    assert comparison_fields(by_t.comparisons[0])["sequence"] == "t"
    assert "betting" not in looks_words(by_t.study)


def test_who_watches_sees_the_interval_of_the_verdict(tiny: Task) -> None:
    study = study_of(tiny, GAPS)
    assert difference_lines(study) == difference_lines(replace(study, sequential=False))
    assert difference_lines(study) != difference_lines(replace(study, sequence="t"))


def test_seeds_that_were_topped_up_by_hand_are_not_bet_on(tiny: Task) -> None:
    """They may have come in another order than that of their numbers."""
    study = replace(study_of(tiny, GAPS), top_up=TopUp(6, 2))
    assert study.betting_bounds("accuracy") is None
    assert analyse(study).comparisons[0].sequence == "t"


def test_values_out_of_bounds_are_named(tiny: Task) -> None:
    study = study_of(tiny, [0.2, 0.5, 0.1, 0.2, 0.3, 0.2])
    with pytest.raises(SuiteError, match=r"betting: expected accuracy from 0 to 1, got 1.11"):
        analyse(study)
    with pytest.raises(SuiteError, match=r"betting: expected accuracy from 0 to 1, got 1.11"):
        study.summary("long", "accuracy")


def test_only_what_is_known_to_be_bounded_is_bet_on(tiny: Task) -> None:
    assert bounds_of(tiny, "accuracy") == (0, 1)
    loss = Metric(direction="lower", name="reported")
    task = tiny.model_copy(update={"metrics": {"loss": loss}})
    with pytest.raises(SuiteError, match=r"write bounds = \[0, 1\] into \[metrics.loss\]"):
        with_sequence(task, "betting")
    bounded = loss.model_copy(update={"bounds": (0.0, 5.0)})
    task = tiny.model_copy(update={"metrics": {"loss": bounded}})
    assert bounds_of(with_sequence(task, "betting"), "loss") == (0, 5)


@pytest.mark.parametrize("wrong", ["[1, 0]", "[0]", "[0, inf]", "[true, 2]", "7"])
def test_bounds_that_are_none_are_refused(wrong: str) -> None:
    text = DISC_TASK.replace("margin = 0.01", f"margin = 0.01\nbounds = {wrong}")
    with pytest.raises(SuiteError, match="expected the least and the largest value, "):
        load_text(text)


def test_tasks_without_a_sequence_keep_their_json(tiny: Task) -> None:
    written = tiny.model_dump(mode="json")
    assert "sequence" not in written["protocol"]
    assert "bounds" not in written["metrics"]["accuracy"]
    assert (
        make_plan(tiny, device="cpu").questions
        == make_plan(with_sequence(tiny, "betting"), device="cpu").questions
    )


def test_the_sequence_stays_that_of_the_first_look(tiny: Task, tmp_path: Path) -> None:
    with open_store(tmp_path / "s.sqlite", create=True) as store:
        betting = make_plan(
            with_sequence(tiny, "betting"), device="cpu", describe=InProcess().describe
        )
        note_plan(betting, store, sequential=True)
        note_plan(make_plan(tiny, device="cpu", describe=InProcess().describe), store)
        record = last_plan_record(store, "tiny", "cpu")
    assert record is not None
    assert (record.sequential, record.task.protocol.sequence) == (True, "betting")


def test_skewed_seeds_do_not_fool_it(tiny: Task) -> None:
    """Arms that collapse alike, one run in five: any winner at any look from 6 to 40 seeds."""
    rng, found = np.random.default_rng(1), 0
    for _ in range(100):
        a, b = (0.9 - 0.8 * (rng.random(40) < 0.2) for _ in range(2))
        interval = betting_mean(list(a - b), low=-1, high=1).interval
        found += 0 not in interval
    assert found <= 10


def test_what_is_open_says_how_many_bets_would_decide_it(tiny: Task) -> None:
    """A family of two pairs, planned with the upper limit of their deviation."""
    pair = analyse(study_of(tiny, [0.01] * 5 + [0.02])).comparisons[0]
    upper = upper_deviation(float(np.std([0.01] * 5 + [0.02], ddof=1)), 6)
    assert pair.verdict == "UNDECIDED"
    assert pair.seeds_for_margin == bets_for_gap(0.01, upper, 1.0, 2)
    assert pair.seeds_for_tie == bets_for_tie(0.01, upper, 1.0, 2)
    assert pair.seeds_for_margin is not None
    assert pair.seeds_for_margin > 400


def test_the_advice_keeps_the_bets_in_order(tiny: Task) -> None:
    """Seeds that are added at once after a look would be judged by the t sequence."""
    task = with_sequence(
        tiny.model_copy(update={"metrics": {"accuracy": Metric(direction="higher", margin=0.05)}}),
        "betting",
    )
    analysis = analyse(study_of(task, [0.01, 0.02, 0.0, 0.03, 0.01, 0.02]))
    needed = max(
        max(filter(None, (pair.seeds_for_margin, pair.seeds_for_tie)))
        for pair in analysis.primary_comparisons
        if pair.verdict == "UNDECIDED"
    )
    more = f"--until decided --max-seeds {needed} --sequence betting"
    assert more in plain_text(answer(analysis))
    assert next_command(
        analysis, ["versus", "a", "b", "--sequence", "betting", "--seeds", "0-9"]
    ) == (f"suite versus a b --sequence betting --until decided --max-seeds {needed}")
