"""Verdicts over test items of commands, by the methods of SciPy and by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_rel

from suite.analysis.item_verdicts import ItemVerdicts, compare_items
from suite.analysis.study import Study
from suite.analysis.words import Verdict
from suite.result import Result
from suite.store.documents import ITEMS
from suite.store.items import Document, pack
from suite.task.versus import MetricOptions, Variant, versus_task


@dataclass(frozen=True)
class Kept:
    """Documents in memory."""

    items: Mapping[str, Document]

    def documents(self, kind: str) -> dict[str, Any]:
        return dict(self.items) if kind == ITEMS else {}


def judge(
    arms: Mapping[str, Sequence[np.ndarray | None]],
    *,
    metric: str = "acc",
    values: Mapping[str, Sequence[float]] | None = None,
    ids: Sequence[str] | None = None,
    margin: float | None = None,
    sequential: bool = False,
) -> ItemVerdicts:
    """The verdicts on arms whose runs, one a seed, have these items; None: none were kept."""
    task = versus_task(
        [Variant(f"x {arm} {{seed}}") for arm in arms],
        [*arms],
        MetricOptions((metric,), margin=margin),
        seeds="0-9",
        command_fields={},
        protocol={},
    )
    kept, results = dict[str, Document](), dict[str, tuple[Result, ...]]()
    for arm, runs in arms.items():
        records = []
        for seed, items in enumerate(runs):
            name, document = (None, None) if items is None else pack(ids, items)
            if name is not None and document is not None:
                kept[name] = document
            mean = 0.5 if items is None else float(np.mean(items))
            records.append(record(task.name, arm, seed, metric, mean, name))
        if values is not None:
            pairs = zip(records, values[arm], strict=True)
            records = [r.model_copy(update={"metrics": {metric: v}}) for r, v in pairs]
        results[arm] = tuple(records)
    study = Study(task, "cpu", "e", results, sequential=sequential)
    return compare_items(study, Kept(kept))


def record(task: str, arm: str, seed: int, metric: str, value: float, items: str | None) -> Result:
    return Result(
        seed=seed,
        status="ok",
        metrics={metric: value},
        items=items,
        task=task,
        arm=arm,
        device="cpu",
        trainer="command",
        key=f"{arm}{seed}",
        question=arm,
        environment="e",
        recorded_at="2026-01-02T03:04:05+00:00",
    )


def draw(seed: int, share: float, count: int = 400) -> np.ndarray:
    easy = np.random.default_rng(7).random(count)
    return easy + 0.2 * np.random.default_rng(seed).normal(size=count) < share


def test_one_seed_of_right_and_wrong_items_is_judged_by_mcnemars_exact_test() -> None:
    a, b = draw(1, 0.7), draw(2, 0.8)
    (pair,) = judge({"a": [a], "b": [b]}).comparisons
    wins, losses = int((a & ~b).sum()), int((~a & b).sum())
    assert pair.p == pytest.approx(binomtest(wins, wins + losses).pvalue)
    assert (pair.unit, pair.metric, pair.gap.n) == ("item", "correct", 400)
    assert (pair.verdict, pair.winner) == (Verdict.BETTER, "b")


def test_several_seeds_are_paired_by_the_mean_of_each_item() -> None:
    a = [draw(seed, 0.7) for seed in (1, 2, 3)]
    b = [draw(seed, 0.72) for seed in (4, 5, 6)]
    found = judge({"a": a, "b": b})
    (pair,) = found.comparisons
    test = ttest_rel(np.mean(a, axis=0), np.mean(b, axis=0))
    low, high = test.confidence_interval(0.95)
    assert pair.gap.interval is not None
    assert (pair.gap.interval.low, pair.gap.interval.high) == pytest.approx((low, high), rel=0.02)
    assert pair.gap.mean == pytest.approx(float(np.mean(a) - np.mean(b)))
    assert found.seeds == {("a", "b"): 3}


def test_three_arms_are_one_family() -> None:
    arms = {name: [draw(seed, 0.7) for seed in seeds] for name, seeds in
            {"a": (1, 2), "b": (3, 4), "c": (5, 6)}.items()}  # fmt: skip
    assert [pair.family_size for pair in judge(arms).comparisons] == [3, 3, 3]


def test_scores_are_of_the_metric_that_is_their_mean() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.random(50), rng.random(50) / 2
    (pair,) = judge({"a": [a], "b": [b]}, metric="loss", margin=0.1).comparisons
    assert (pair.metric, pair.direction, pair.winner, pair.margin) == ("loss", "lower", "b", 0.1)
    percent = {arm: [round(100 * float(s.mean()), 1)] for arm, s in (("a", a), ("b", b))}
    (pair,) = judge({"a": [a], "b": [b]}, values=percent, margin=10.0).comparisons
    assert (pair.metric, pair.direction, pair.winner) == ("acc", "higher", "a")
    assert pair.margin == pytest.approx(0.1)  # ten points, of shares


def test_scores_that_are_no_metrics_say_nothing() -> None:
    a = np.linspace(0, 1, 50)
    found = judge({"a": [a], "b": [a]}, values={"a": [0.9], "b": [0.9]})
    assert found.comparisons == ()
    assert found.notes == (
        "a, b: no verdict over items: the mean score of a, seed 0, is 0.5, and no metric (acc 0.9),"
        " so nothing says which is better",
    )


def test_a_seed_without_items_is_left_out_and_said() -> None:
    found = judge({"a": [draw(1, 0.7), draw(2, 0.7)], "b": [draw(3, 0.7), None]})
    assert found.seeds == {("a", "b"): 1}
    assert found.notes == ("a, b: 1 of 2 seeds have no items of both, and are left out of these",)
    lone = judge({"a": [draw(1, 0.7)], "b": [None]})
    assert lone.notes == ("a, b: no verdict over items: no seed has items of both",)


def test_items_that_a_run_lacks_count_as_missing() -> None:
    right = draw(1, 0.7, 10)
    named = {arm: pack(ids, right) for arm, ids in (("a", "abcdefghij"), ("b", "bcdefghijk"))}
    task = versus_task(
        [Variant("x {seed}"), Variant("y {seed}")],
        ["a", "b"],
        MetricOptions(("acc",)),
        seeds="0-1",
        command_fields={},
        protocol={},
    )
    results = {
        arm: (record(task.name, arm, 0, "acc", float(right.mean()), name),)
        for arm, (name, _) in named.items()
    }
    found = compare_items(Study(task, "cpu", "e", results), Kept(dict(named.values())))
    (pair,) = found.comparisons
    assert (pair.gap.n, pair.missing) == (9, 2)
    assert pair.verdict == Verdict.TOO_MANY_FAILURES  # 2 of 11


def test_items_get_no_verdict_after_a_look_and_none_where_none_are_kept() -> None:
    assert judge({"a": [None], "b": [None]}) == ItemVerdicts()
    after = judge({"a": [draw(1, 0.7)], "b": [draw(2, 0.8)]}, sequential=True)
    assert after.comparisons == ()
    assert "seeds were added after a look" in after.notes[0]
    mixed = judge({"a": [draw(1, 0.7)], "b": [np.linspace(0, 1, 400)]})
    assert "some runs have items right or wrong, others scores" in mixed.notes[0]
