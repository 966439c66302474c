"""Samplers and transforms: beside loops of plain torch, and the same in all arms."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from suite.errors import SuiteError
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.provenance.seeding import stream_seed
from suite.reports.protocol import protocol_words
from suite.result import Result
from suite.task.arms import one_after_another
from suite.training.feeding import Transform, balanced, draw_order
from tests.support.own_code import jobs_of, load_own, runs
from tests.support.tasks import DIGITS_TASK

CODE = """
import torch

SEEN = []


def shift(images):
    assert not torch.is_grad_enabled()
    offset = int(torch.randint(8, ()))
    SEEN.append((float(images.sum()), offset))
    return images.roll(offset, -1)


def rare(targets):
    return torch.where(targets["label"] < 2, 5.0, 1.0)


def wrong(targets):
    return torch.ones(3)


def fewer(images):
    return images[1:]
"""


def task_of(folder: Path, line: str) -> str:
    (folder / "own_feed.py").write_text(CODE)
    return DIGITS_TASK.replace("loss =", f"{line}\nloss =")


def one(folder: Path, line: str) -> Result:
    return runs(load_own(folder, task_of(folder, line)), jobs=slice(1))[0]


def test_balanced_classes_are_drawn_alike_often() -> None:
    labels = {"label": torch.tensor([4] * 900 + [7] * 90 + [2] * 10)}
    weights = balanced(labels)
    assert [float(weights[labels["label"] == k].sum()) for k in (4, 7, 2)] == pytest.approx(
        [1.0] * 3
    )
    drawn = draw_order(balanced, labels, torch.Generator().manual_seed(0))
    counts = [int((labels["label"][drawn] == k).sum()) for k in (4, 7, 2)]
    # 1000 draws of a third each: five standard deviations are 75
    assert all(abs(count - 1000 / 3) < 75 for count in counts)
    assert draw_order(None, labels, torch.Generator().manual_seed(3)).tolist() == (
        torch.randperm(1000, generator=torch.Generator().manual_seed(3)).tolist()
    )


def test_items_are_drawn_by_weights_of_ones_own() -> None:
    labels = {"label": torch.tensor([0, 1, 2, 3])}
    never = draw_order(lambda _: torch.tensor([0.0, 1.0, 0.0, 3.0]), labels, torch.Generator())
    assert set(never.tolist()) <= {1, 3}
    for weights, message in (
        (torch.ones(3), r"expected a weight for each item, \(4,\), got \(3,\)"),
        (torch.zeros(4), "expected weights from 0, one above"),
        (torch.tensor([1.0, -1.0, 1.0, 1.0]), "expected weights from 0"),
        (torch.tensor([1.0, float("nan"), 1.0, 1.0]), "expected weights from 0"),
    ):
        with pytest.raises(ValueError, match=message):
            draw_order(lambda _, given=weights: given, labels, torch.Generator())  # type: ignore[misc]


def test_a_sampler_changes_what_is_learnt_alone_and_side_by_side(tmp_path: Path) -> None:
    plain, drawn = one(tmp_path, ""), one(tmp_path, 'sampler = "balanced"')
    own = one(tmp_path, 'sampler = "own_feed:rare"')
    assert [run.status for run in (plain, drawn, own)] == ["ok"] * 3
    assert len({run.hashes["final_weights"] for run in (plain, drawn, own)}) == 3
    assert len({run.hashes["initial_weights"] for run in (plain, drawn, own)}) == 1
    together = task_of(tmp_path, 'sampler = "balanced"').replace(
        '"own_nets:Net"\n\n', '"own_nets:Net"\ntrainer = "vectorized"\n\n'
    )
    (side_by_side, _) = runs(load_own(tmp_path, together), jobs=slice(1))
    assert side_by_side.status == "ok", side_by_side.reason
    assert "expected a weight for each item, (90,), got (3,)" in (
        one(tmp_path, 'sampler = "own_feed:wrong"').reason or ""
    )


def test_a_transform_draws_from_a_stream_that_all_arms_share(tmp_path: Path) -> None:
    task = load_own(tmp_path, task_of(tmp_path, 'transform = "own_feed:shift"'))
    first, _, third, _ = jobs_of(task)  # seeds 0 and 1 of two arms of other widths
    assert (first.seeds, third.seeds, first.arm == third.arm) == ((0,), (0,), False)
    own_feed, seen = importlib.import_module("own_feed"), []
    for job in (first, third, first):
        own_feed.SEEN.clear()
        (run,) = run_jobs(InProcess(), [job])
        assert (run.status, run.reason) == ("ok", None)
        seen.append((list(own_feed.SEEN), run.hashes["final_weights"]))
    assert len(seen[0][0]) == 6  # 2 epochs of 3 batches; nothing of the test part
    assert seen[0] == seen[2]
    assert seen[0][0] == seen[1][0]
    assert len({offset for _, offset in seen[0][0]}) > 2
    assert "inputs changed by own_feed:shift" in protocol_words(
        cast(Any, SimpleNamespace(task=task))
    )
    assert "takes inputs as they are, and own_feed:shift changes them" in (
        one_after_another(first.settings) or ""
    )
    assert "own_feed:shift" in first.references.named


def test_a_transform_leaves_the_draws_of_the_model_alone(tmp_path: Path) -> None:
    (tmp_path / "own_same.py").write_text(
        "import torch\n\n\ndef same(images):\n    torch.rand(3)\n    return images\n"
    )
    assert one(tmp_path, 'transform = "own_same:same"').hashes == one(tmp_path, "").hashes


def test_the_stream_of_a_transform_is_torchs_global_generator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[float] = []

    def draw(images: torch.Tensor) -> torch.Tensor:
        drawn.append(float(torch.rand(())))
        return images

    monkeypatch.setattr("suite.training.feeding.load", lambda _: draw)
    transform, before = Transform("a:b", 12, torch.device("cpu")), torch.get_rng_state()
    for _ in range(3):
        transform({"inputs": torch.zeros(2, 1)})
    assert torch.equal(before, torch.get_rng_state())
    with torch.random.fork_rng():
        torch.manual_seed(stream_seed("transform", 12))
        assert drawn == [float(torch.rand(())) for _ in range(3)]


def test_transforms_that_give_something_else_are_refused(tmp_path: Path) -> None:
    reason = one(tmp_path, 'transform = "own_feed:fewer"').reason or ""
    assert "own_feed:fewer: expected inputs with a row for each of 40 items" in reason
    for line, message in (
        ('transform = "own_feed:missing"', "transform: own_feed:missing"),
        ('sampler = "rare"', "sampler"),
    ):
        with pytest.raises(SuiteError) as error:
            one(tmp_path, line)
        assert message in str(error.value)
