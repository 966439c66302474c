"""What is right of each test item is kept with a run, and changes none of its bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from suite.data.dataset import Split
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.execution.processes import Processes
from suite.execution.runner import note_plan, run
from suite.plan.plan import make_plan
from suite.result import Result
from suite.store import items
from suite.store.items import unpack
from suite.store.merge import merge
from suite.store.record_reading import read_records
from suite.store.record_writing import as_files
from suite.store.records import ITEMS_FILE, reported_records
from suite.store.store import open_store
from suite.task.schema import Task
from suite.training.items import items_of
from suite.training.metrics import METRICS
from suite.training.recipe import MetricFunction
from tests.support.bits import bits
from tests.support.own_code import load_own, runs
from tests.support.tasks import DIGITS_TASK, LOOP_TASK
from tests.training.test_user_loops import CODE

LABELS: dict[str, MetricFunction] = {"luck": lambda *_: 0.5, "accuracy": METRICS["accuracy"]}


def by_id(result: Result) -> dict[str, float]:
    assert result.items_document is not None
    return unpack(result.items_document).by_id()


def test_every_run_of_an_accuracy_says_which_items_it_got_right(tiny: Task) -> None:
    jobs = make_plan(tiny, device="cpu").jobs
    results = list(run_jobs(InProcess(), jobs))
    assert {result.items_metric for result in results} == {"accuracy"}
    for result in results:
        values = list(by_id(result).values())
        assert len(values) == tiny.only_data_set.test_points  # type: ignore[union-attr]
        assert sum(values) / len(values) == result.metrics["accuracy"]
    assert len({result.test_set for result in results}) == 3  # a draw of its own for each seed
    elsewhere = list(run_jobs(Processes(1), jobs))
    assert bits(elsewhere) == bits(results)
    assert [one.items for one in elsewhere] == [one.items for one in results]


def test_the_items_of_both_arms_are_those_of_the_same_draw(tiny: Task) -> None:
    results = list(run_jobs(InProcess(), make_plan(tiny, device="cpu").jobs))
    of_seed = {seed: {r.test_set for r in results if r.seed == seed} for seed in range(3)}
    assert all(len(digests) == 1 for digests in of_seed.values())


@pytest.mark.slow
def test_loops_and_models_of_ones_own_keep_their_items_by_row(tmp_path: Path) -> None:
    (tmp_path / "own_items.py").write_text(CODE)
    of_loop = runs(load_own(tmp_path, LOOP_TASK.replace("own_loop", "own_items")))
    of_model = runs(load_own(tmp_path / "other", DIGITS_TASK))
    for result in (*of_loop, *of_model):
        values = list(by_id(result).values())
        assert sum(values) / len(values) == result.metrics["accuracy"]


def test_rows_put_items_in_one_order_whatever_the_draw() -> None:
    scores, labels = torch.eye(3)[torch.tensor([0, 1, 2, 0])], torch.tensor([0, 1, 0, 0])
    first = Split({"inputs": torch.zeros(4, 2)}, {"label": labels}, torch.tensor([5, 9, 2, 7]))
    order = torch.tensor([3, 2, 0, 1])
    other = Split({"inputs": torch.ones(4, 2)}, {"label": labels[order]}, first.rows[order])  # type: ignore[index]
    one = items_of(LABELS, {"label": scores}, first)
    two = items_of(LABELS, {"label": scores[order]}, other)
    assert one == two
    assert unpack(one["items_document"]).by_id() == {"2": 0, "5": 1, "7": 1, "9": 1}


def test_a_whole_part_needs_no_names() -> None:
    test = Split({}, {"label": torch.tensor([1, 0, 0])}, torch.tensor([2, 0, 1]))
    found = items_of(LABELS, {"label": torch.eye(2)[torch.tensor([1, 1, 0])]}, test)
    assert found["items_document"]["ids"] is None
    assert unpack(found["items_document"]).values.tolist() == [0, 1, 1]


def test_both_digits_of_a_pair_are_one_item() -> None:
    digits = torch.tensor([[1, 2], [3, 4], [5, 6]])
    scores = torch.eye(10)[torch.tensor([[1, 2], [3, 0], [0, 0]])]
    metrics: dict[str, MetricFunction] = {"digit_accuracy": METRICS["digit_accuracy"]}
    found = items_of(metrics, {"digits": scores}, Split({}, {"digits": digits}))
    assert unpack(found["items_document"]).values.tolist() == [1, 0.5, 0]


def test_what_has_no_share_of_right_items_has_none() -> None:
    split = Split({}, {"label": torch.tensor([1])})
    assert items_of({"luck": lambda *_: 0.5}, {"label": torch.eye(2)[:1]}, split) == {}
    others = {"other": torch.eye(2)[:1], "more": torch.eye(2)[:1]}
    assert items_of(LABELS, others, split) == {}


def test_too_many_items_are_said_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "MOST_BYTES", 100)
    labels = torch.from_numpy(np.random.default_rng(1).integers(0, 2, 2000))
    found = items_of(LABELS, {"label": torch.eye(2)[labels]}, Split({}, {"label": 0 * labels}))
    assert "items" not in found
    assert found["notes"][0].startswith("what is right of each test item is not kept: expected at")


def test_items_travel_with_records_and_merges(tiny: Task, tmp_path: Path) -> None:
    plan = make_plan(tiny, device="cpu", seeds=[0, 1])
    with open_store(tmp_path / "a.sqlite", create=True) as store:
        note_plan(plan, store)
        done = list(run([plan], store, InProcess()))
        stored = store.results()
        assert all(result.items_document is None and result.items for result in stored)
        files = as_files(reported_records(store))
    assert len(files[ITEMS_FILE].splitlines()) == len({result.items for result in done})
    folder = tmp_path / "records"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    records = read_records(folder)
    assert as_files(records) == files
    with open_store(tmp_path / "b.sqlite", create=True) as other:
        assert merge(other, records) == len(done)
        kept = other.documents("items")
    assert {r.items: r.items_document for r in done} == kept
