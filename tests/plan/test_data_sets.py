"""Plans over several data sets: what runs there are, what their keys hash, their streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.plan.job import Job, streams_of
from suite.plan.plan import Plan, make_plan
from suite.provenance.identity import list_question_changes
from suite.provenance.seeding import run_streams
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.data_sets import DIGITS, DISC, STRIPES, disc_sets, write_sets


def keys(plan: Plan) -> dict[tuple[str, str, int], str]:
    return {(job.arm, job.block, seed): job.key(seed) for job in plan.jobs for seed in job.seeds}


def test_a_plan_holds_every_arm_on_every_data_set_under_every_seed(tmp_path: Path) -> None:
    plan = make_plan(load_task(write_sets(tmp_path)), device="cpu")
    wanted = {
        (arm, block, seed)
        for arm in ("logistic", "guess")
        for block in ("disc", "digits", "stripes")
        for seed in (0, 1)
    }
    assert keys(plan).keys() == wanted
    assert len(set(keys(plan).values())) == plan.run_count == 12
    assert list(plan.questions) == [
        f"{arm}@{block}" for block in ("disc", "digits", "stripes") for arm in ("logistic", "guess")
    ]


def test_a_further_data_set_leaves_the_others_their_keys(tmp_path: Path) -> None:
    two = keys(make_plan(load_task(write_sets(tmp_path, DISC, DIGITS)), device="cpu"))
    three = keys(make_plan(load_task(write_sets(tmp_path, STRIPES, DIGITS, DISC)), device="cpu"))
    assert two == {run: key for run, key in three.items() if run[1] != "stripes"}


def test_an_edited_data_set_moves_its_own_runs_alone(tmp_path: Path) -> None:
    before = make_plan(load_task(write_sets(tmp_path)), device="cpu")
    edited = (DISC.replace("60", "61"), DIGITS, STRIPES)
    after = make_plan(load_task(write_sets(tmp_path, *edited)), device="cpu")
    moved = {run for run, key in keys(before).items() if keys(after)[run] != key}
    assert {block for _, block, _ in moved} == {"disc"}
    changes = list_question_changes(before.parts["guess@disc"], after.parts["guess@disc"])
    assert changes == ["data.train_points 60 -> 61"]


def test_labels_tell_equal_data_sets_apart() -> None:
    plan = make_plan(disc_sets(2), device="cpu")
    assert len(set(plan.questions.values())) == 4
    assert len(set(keys(plan).values())) == 8
    changes = list_question_changes(plan.parts["guess@d0"], plan.parts["guess@d1"])
    assert changes == ["block d0 -> d1"]


def test_streams_are_shared_by_arms_and_not_by_data_sets() -> None:
    plan = make_plan(disc_sets(2), device="cpu")
    streams = {(job.arm, job.block): streams_of(job, 0) for job in plan.jobs if 0 in job.seeds}
    for block in ("d0", "d1"):
        a, b = streams["logistic", block], streams["guess", block]
        assert a["data"] == b["data"]
        assert a["batch_order"] == b["batch_order"]
        assert a["initialisation"] != b["initialisation"]
    assert not set(streams["guess", "d0"].values()) & set(streams["guess", "d1"].values())
    assert streams["guess", "d1"] == run_streams(
        "sets",
        "d1",
        "guess",
        0,
        vary=("data", "initialisation", "batch_order"),
        shared_initialisation=False,
    )


def test_a_task_over_one_data_set_asks_what_it_always_asked(tiny: Task) -> None:
    plan = make_plan(tiny, device="cpu")
    assert list(plan.questions) == ["short", "long", "control"]
    assert all("block" not in parts for parts in plan.parts.values())
    assert {type(job) for job in plan.jobs} == {Job}


def test_the_code_that_names_streams_counts_on_several_data_sets_too() -> None:
    (job, *_) = make_plan(disc_sets(2), device="cpu").jobs
    assert "suite.plan.job:streams_of" in job.references.units()


def test_a_message_names_the_data_set_first(tmp_path: Path) -> None:
    path = write_sets(tmp_path)
    path.write_text(path.read_text().replace("estimators:train", "estimators:nothing"))
    with pytest.raises(SuiteError, match=r"^sets: disc: arms\.logistic\.train: "):
        make_plan(load_task(path), device="cpu")
