"""Verdicts for further test items, where the seeds of a study share their items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from suite.analysis.analyse import Analysis, analyse
from suite.analysis.compare_study import compare_study
from suite.analysis.study import Study
from suite.analysis.test_items import paired_items
from suite.analysis.words import Scope, Verdict
from suite.errors import SuiteError
from suite.reports.headlines import answer
from suite.reports.headlines import scope as scope_sentence
from suite.reports.item_words import items_words
from suite.reports.markdown.task_section import task_section
from suite.reports.prose import plain_text
from suite.stats.crossed import crossed_mean
from suite.store.items import pack
from suite.task.schema import Task
from tests.support.fakes import make_result

TestSet = Callable[[int], tuple[str, list[str] | None]]
ONE_SET: TestSet = lambda _: ("same", None)  # noqa: E731


def study_of(task: Task, right: dict[str, np.ndarray], test_set: TestSet = ONE_SET) -> Study:
    """A study of arms of which it is known what they got `right` (seeds, items)."""
    results, items = {}, {}
    for arm, table in right.items():
        runs = []
        for seed, row in enumerate(table):
            name, ids = test_set(seed)
            digest, document = pack(ids, row.astype(bool))
            items[digest] = document
            run = make_result(task, arm, seed, float(row.mean()))
            changes = {"items": digest, "items_metric": "accuracy", "test_set": name}
            runs.append(run.model_copy(update=changes))
        results[arm] = tuple(runs)
    return Study(task, "cpu", "environment-1", dict.fromkeys(task.arms, ()) | results, items=items)


def drawn(
    rng: np.random.Generator, seeds: int, items: int, luck: float, ahead: float = 0.0
) -> dict[str, np.ndarray]:
    """Two arms that differ from item to item by `luck`, and `ahead` of which is no luck."""
    common = rng.normal(2, 2, items)
    logits = {"long": common + ahead + rng.normal(0, luck, items), "short": common}
    logits["short"] = common + rng.normal(0, luck, items)
    return {
        arm: rng.random((seeds, items)) < 1 / (1 + np.exp(-of_items))
        for arm, of_items in logits.items()
    }


def first_pair(analysis: Analysis) -> tuple[Verdict, Verdict]:
    (lead,) = (p for p in analysis.comparisons if (p.first, p.second) == ("long", "short"))
    (like,) = (p for p in analysis.beside if (p.first, p.second) == ("long", "short"))
    assert (lead.scope, like.scope) == (Scope.THESE_ITEMS, Scope.LIKE_ITEMS)
    return lead.verdict, like.verdict


def two_arms(task: Task) -> Task:
    arms = {arm: task.arms[arm] for arm in ("long", "short")}
    return task.model_copy(update={"arms": arms, "claims": (), "comparisons": (("long", "short"),)})


def test_the_interval_for_items_like_these_is_that_of_the_two_way_layout(tiny: Task) -> None:
    right = drawn(np.random.default_rng(1), 10, 300, luck=1.0)
    analysis = analyse(study_of(two_arms(tiny), right))
    (like,) = analysis.beside
    expected = crossed_mean(1.0 * right["long"] - right["short"]).estimate.interval
    assert like.gap.interval is not None
    assert like.gap.interval.low == pytest.approx(expected.low)
    assert like.gap.interval.high == pytest.approx(expected.high)


def test_what_is_better_on_these_items_need_not_be_on_others(tiny: Task) -> None:
    """Seeds agree on a difference that comes from a hundred items, some better and some worse."""
    right = drawn(np.random.default_rng(3), 30, 100, luck=2.0)
    analysis = analyse(study_of(two_arms(tiny), right))
    assert analysis.comparisons[0].verdict == Verdict.BETTER
    assert analysis.beside[0].verdict == Verdict.UNDECIDED
    assert analysis.beside[0].seeds_for_margin is None
    said = plain_text(answer(analysis))
    assert "for these test items: " in said
    assert " For test items like these: " in said
    assert "all seeds were tested on the same 100 items" in plain_text(scope_sentence(analysis))
    assert "| test items like these |" in "\n".join(task_section(analysis))


def test_a_real_difference_is_shown_for_further_items_too(tiny: Task) -> None:
    right = drawn(np.random.default_rng(4), 12, 800, luck=1.0, ahead=1.5)
    analysis = analyse(study_of(two_arms(tiny), right))
    assert analysis.comparisons[0].verdict in (Verdict.BETTER, Verdict.BETTER_BY_LESS)
    assert analysis.beside[0].verdict == Verdict.BETTER


def test_no_interval_for_further_items_is_narrower(tiny: Task) -> None:
    for seed in range(10):
        right = drawn(np.random.default_rng(seed), 8, 60, luck=0.1)
        analysis = analyse(study_of(two_arms(tiny), right))
        for lead, like in zip(analysis.comparisons, analysis.beside, strict=True):
            assert lead.gap.interval is not None
            assert like.gap.interval is not None
            assert lead.gap.interval.lies_in(like.gap.interval)
            assert like.p is not None
            assert (like.p < 0.05) == (0 not in like.gap.interval)


def test_seeds_that_draw_their_own_items_say_the_share_of_their_luck(tiny: Task) -> None:
    """Arms that are right by chance alone: all of the spread is the luck of the test set."""
    rng = np.random.default_rng(5)
    right = {arm: rng.random((40, 500)) < 0.9 for arm in ("long", "short")}
    analysis = analyse(study_of(two_arms(tiny), right, lambda seed: (f"set {seed}", None)))
    assert analysis.beside == ()
    assert analysis.comparisons[0].scope == Scope.ONE
    assert analysis.items is not None
    assert analysis.items.sampling_share == pytest.approx(1, abs=0.3)
    assert "is the luck of test sets of 500 items, as seen in the items" in items_words(analysis)


def test_draws_from_one_pool_share_items(tiny: Task) -> None:
    rng = np.random.default_rng(6)
    whole = drawn(rng, 10, 400, luck=1.0)
    rows = [np.sort(rng.permutation(400)[:300]) for _ in range(10)]
    right = {
        a: np.stack([row[r] for row, r in zip(t, rows, strict=True)]) for a, t in whole.items()
    }
    study = study_of(two_arms(tiny), right, lambda seed: (f"{seed}", list(map(str, rows[seed]))))
    analysis = analyse(study)
    assert "two seeds share 75% of their 300 test items" in items_words(analysis)
    assert len(analysis.beside) == 1


def test_items_of_another_metric_or_test_set_are_not_used(tiny: Task) -> None:
    task = two_arms(tiny)
    study = study_of(task, drawn(np.random.default_rng(7), 6, 50, luck=1.0))
    for changes in ({"items_metric": "other"}, {"items": None}, {"test_set": None}):
        first = study.results["long"][0].model_copy(update=changes)
        others = {**study.results, "long": (first, *study.results["long"][1:])}
        assert paired_items(replace(study, results=others), "long", "short", "accuracy") is None


def test_items_that_contradict_their_run_are_refused(tiny: Task) -> None:
    study = study_of(two_arms(tiny), drawn(np.random.default_rng(8), 6, 50, luck=1.0))
    first = study.results["long"][0].model_copy(update={"metrics": {"accuracy": 0.123}})
    others = {**study.results, "long": (first, *study.results["long"][1:])}
    with pytest.raises(SuiteError, match=r"seed 0 .*: expected items whose mean is its accuracy"):
        paired_items(replace(study, results=others), "long", "short", "accuracy")


def test_seeds_added_after_a_look_have_no_verdict_for_further_items(tiny: Task) -> None:
    study = study_of(two_arms(tiny), drawn(np.random.default_rng(9), 8, 50, luck=1.0))
    analysis = analyse(replace(study, sequential=True))
    assert analysis.beside == ()
    assert "not for test items like these" in items_words(analysis)


def test_the_verdict_on_these_items_is_the_same_with_and_without_items(tiny: Task) -> None:
    study = study_of(two_arms(tiny), drawn(np.random.default_rng(10), 8, 50, luck=1.0))
    with_items = analyse(study).comparisons
    without = compare_study(study)
    assert [replace(pair, scope=Scope.ONE) for pair in with_items] == without
