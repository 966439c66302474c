"""Arms that were measured elsewhere: how they are declared, written, and what their runs ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.plan.plan import make_plan
from suite.provenance.environment import describe_elsewhere, environment_id
from suite.task.as_toml import command_task_toml
from suite.task.loading import load_task

HEAD = """\
schema = 1
version = 1
question = "Is a or b better?"
source = "Measured elsewhere"
assumptions = ["One."]

[protocol]
seeds = "0-5"
"""
ARMS = """
[arms.a.measured]
at = "best:val/loss"
[arms.a.measured.configuration]
model = "a"
"trainer.lr" = "0.1"

[arms."b.2".measured]
at = "best:val/loss"
[arms."b.2".measured.configuration]
model = "b \\"quoted\\""
"""
METRICS = """
[metrics.val_acc]
direction = "higher"
unit = "none"
from = { key = "val/acc" }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "logged.toml"
    path.write_text(text)
    return path


def test_a_task_of_logs_is_written_as_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ARMS + METRICS)
    task = load_task(path)
    assert command_task_toml(task) == path.read_text()
    assert task.is_measured_elsewhere
    assert not task.arms["a"].is_model


def test_its_runs_ask_what_the_log_says_of_them_and_nothing_is_to_be_run(tmp_path: Path) -> None:
    task = load_task(write(tmp_path, HEAD + ARMS + METRICS))
    plan = make_plan(task, device="cuda")
    assert plan.parts["a"] == {
        "task": "logged",
        "version": 1,
        "arm": "a",
        "settings": {
            "measured": "elsewhere",
            "configuration": {"model": "a", "trainer.lr": "0.1"},
            "at": "best:val/loss",
        },
        "metrics": ["val_acc"],
        "from": {"val_acc": "val/acc"},
    }
    assert plan.jobs == ()
    assert plan.environment == environment_id(describe_elsewhere())
    assert plan == make_plan(task, device="cpu")


def test_bets_need_seeds_in_their_order_which_a_log_does_not_promise(tmp_path: Path) -> None:
    text = HEAD.replace("[protocol]", '[protocol]\nsequence = "betting"') + ARMS + METRICS
    with pytest.raises(SuiteError, match="sequence: expected t, for a log may add seeds in any"):
        load_task(write(tmp_path, text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.1", "0.2"),  # a parameter
        ("best:val/loss", "last"),  # the point that counts
        ("version = 1", "version = 2"),
        ("val/acc", "test/acc"),  # the metric
        ("[arms.a.", "[arms.c."),
    ],
)
def test_what_is_known_of_a_run_is_in_its_question(tmp_path: Path, before: str, after: str) -> None:
    text = HEAD + ARMS + METRICS
    first = make_plan(load_task(write(tmp_path, text)), device="cpu")
    other = make_plan(load_task(write(tmp_path, text.replace(before, after))), device="cpu")
    assert not {first.questions["a"]} & set(other.questions.values())


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        (
            '[arms.a]\nmeasured = {}\n[arms.b]\ncommand = "b {seed}"\n',
            "arms.a: measured elsewhere: expected all arms to be, or none",
        ),
        (
            "[arms.a]\nmeasured = {}\nepochs = 3\n[arms.b]\nmeasured = {}\n",
            "arms.a: expected nothing beside measured, got epochs",
        ),
        (
            '[arms.a]\nmeasured = { at = "best" }\n[arms.b]\nmeasured = { at = "last" }\n',
            "arms: expected one point of runs that counts in all, measured.at",
        ),
        (
            "[arms.a]\nmeasured = {}\n[arms.b]\nmeasured = {}\n",
            "arms: expected another measured.configuration in each, got one twice",
        ),
        ("[arms.a]\nmeasured = { ax = 1 }\n[arms.b]\nmeasured = {}\n", "unknown key 'ax'"),
    ],
)
def test_what_is_no_such_task_is_refused(tmp_path: Path, arms: str, expected: str) -> None:
    with pytest.raises(SuiteError) as refused:
        load_task(write(tmp_path, HEAD + arms + METRICS))
    assert expected in str(refused.value)
