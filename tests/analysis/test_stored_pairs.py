"""Two arms of a store have the verdict of their task's report, whatever kind of study that is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from suite.analysis.analyse import analyse
from suite.analysis.comparison import Comparison
from suite.analysis.stored_pairs import StoredPair, read_stored_pair
from suite.analysis.studies import read_studies
from suite.analysis.study import Study
from suite.analysis.words import Scope
from suite.execution.runner import note_plan
from suite.plan.plan import make_plan
from suite.store.items import pack
from suite.store.store import open_store
from suite.task.schema import Task
from suite.task.sequences import with_sequence
from tests.support.data_sets import disc_sets
from tests.support.fakes import make_result

Decided = tuple[object, ...]


def decided_by(pair: Comparison) -> Decided:
    """What every surface must agree on."""
    bands = pair.gap.interval, pair.gap.inner
    asked = pair.scope, pair.sequence, pair.family_size, pair.gap.n
    return (pair.verdict, pair.p, bands, asked, pair.seeds_for_margin, pair.seeds_for_tie)


def fill(
    path: Path, task: Task, seeds: int, *, items: int = 0, until_decided: bool = False
) -> None:
    """Made-up runs of every arm on every data set; with `items`, all tested on the same ones."""
    plan = make_plan(task, device="cpu", seeds=range(seeds))
    rng = np.random.default_rng(len(task.arms) + items)
    with open_store(path, create=True) as store:
        note_plan(plan, store, sequential=until_decided)
        for arm, block in task.cells():
            ahead = 0.1 * list(task.arms).index(arm)
            question = plan.questions[f"{arm}@{block}" if block else arm]
            for seed in range(seeds):
                right = rng.random(items or 400) < 0.6 + ahead
                result = make_result(task, arm, seed, float(right.mean()), question=question)
                digest, document = pack(None, right)
                kept = {"items": digest, "items_document": document, "items_metric": "accuracy"}
                where = {"block": block, "environment": plan.environment}
                of_items = kept | {"test_set": "same"} if items else {}
                store.append(result.model_copy(update=where | of_items))


def read(path: Path, first: str, second: str) -> tuple[Study, StoredPair]:
    with open_store(path) as store:
        (study,) = read_studies(store)
        pair = read_stored_pair(store, first, second, None)
    assert pair is not None
    return study, pair


def test_seeds_that_share_test_items_are_judged_for_these_and_for_others(
    tiny: Task, tmp_path: Path
) -> None:
    fill(tmp_path / "s.sqlite", tiny, 8, items=200)
    study, pair = read(tmp_path / "s.sqlite", "tiny/long", "tiny/short")
    analysis = analyse(study)
    lead, like = pair.judge()
    assert like is not None
    assert (lead.scope, like.scope) == (Scope.THESE_ITEMS, Scope.LIKE_ITEMS)
    assert decided_by(lead) == decided_by(analysis.comparisons[0])
    assert decided_by(like) == decided_by(analysis.beside[0])
    assert lead.winner == "tiny/long"


def test_a_study_by_betting_is_judged_by_betting(tiny: Task, tmp_path: Path) -> None:
    """In the order of seeds: as texts 10 comes before 2."""
    fill(tmp_path / "s.sqlite", with_sequence(tiny, "betting"), 12, until_decided=True)
    study, pair = read(tmp_path / "s.sqlite", "tiny/long", "tiny/short")
    lead, like = pair.judge()
    assert (lead.sequence, like) == ("betting", None)
    assert decided_by(lead) == decided_by(analyse(study).comparisons[0])


def test_all_data_sets_are_one_family(tmp_path: Path) -> None:
    fill(tmp_path / "s.sqlite", disc_sets(3), 7)
    study, pair = read(tmp_path / "s.sqlite", "sets/guess@d1", "sets/logistic@d1")
    (reported,) = analyse(study).within["d1"]
    lead, _ = pair.judge()
    assert lead.family_size == 3
    assert (lead.verdict, lead.p) == (reported.verdict, reported.p)
    assert lead.gap.interval is not None
    assert reported.gap.interval is not None
    assert lead.gap.interval.low == pytest.approx(-reported.gap.interval.high)


def test_a_margin_that_is_given_stands_before_the_tasks(tiny: Task, tmp_path: Path) -> None:
    fill(tmp_path / "s.sqlite", tiny, 8)
    study, pair = read(tmp_path / "s.sqlite", "tiny/short", "tiny/long")
    lead, _ = pair.judge("lower", 0.9)
    assert (lead.direction, lead.margin) == ("lower", 0.9)
    assert lead.p == analyse(study).comparisons[0].p


def test_no_task_asks_about_arms_of_which_it_compares_none(tiny: Task, tmp_path: Path) -> None:
    fill(tmp_path / "s.sqlite", tiny, 8)
    with open_store(tmp_path / "s.sqlite") as store:
        assert read_stored_pair(store, "tiny/short", "tiny/control", None) is None
        assert read_stored_pair(store, "tiny/long", "tiny/none", None) is None
        assert read_stored_pair(store, "tiny/long", "tiny/long", None) is None
