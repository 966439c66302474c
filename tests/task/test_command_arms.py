"""Tasks whose arms are commands: what they need, and what is refused in one line."""

from __future__ import annotations

import json

import pytest

from suite.errors import SuiteError
from tests.support.commands import COMMAND_TASK, MIXED_TASK
from tests.support.tasks import disc_task, load_text

LOW = 'command = { command = "python3 train.py 0.1 {seed}", inputs = ["data.csv"] }'


def why_not(old: str, new: str, text: str = COMMAND_TASK) -> str:
    """The line by which the task is refused that has `new` in the place of `old`."""
    assert old in text
    with pytest.raises(SuiteError) as refused:
        load_text(text.replace(old, new, 1), "rates")
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_task_of_commands_needs_no_data_and_only_seeds_of_a_protocol() -> None:
    task = load_text(COMMAND_TASK, "rates")
    assert task.is_of_commands
    assert task.only_data_set.name == "none"
    assert task.protocol.seeds == (0, 1, 2, 3, 4, 5, 6, 7)
    command = task.arms["low"].command
    assert command is not None
    assert command.words == ("python3", "train.py", "0.1", "{seed}")


@pytest.mark.parametrize(
    "given",
    [
        '"python3 train.py 0.1 {seed}"',
        '["python3", "train.py", "0.1", "{seed}"]',
        '{ command = ["python3", "train.py", "0.1", "{seed}"] }',
    ],
)
def test_a_line_words_and_a_table_say_the_same(given: str) -> None:
    task = load_text(COMMAND_TASK.replace(LOW, f"command = {given}"), "rates")
    command = task.arms["low"].command
    assert command is not None
    assert command.words == ("python3", "train.py", "0.1", "{seed}")


def test_commands_and_models_are_arms_of_one_task() -> None:
    task = load_text(MIXED_TASK, "rates")
    assert not task.is_of_commands
    assert [name for name, arm in task.arms.items() if arm.command] == ["low", "high"]
    assert task.resolve("net").epochs == 2
    assert task.resolve("low").trainer == "command"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{seed}", "{sed}", "unknown placeholder {sed}; did you mean 'seed'?"),
        ("0.1 {seed}", "0.1 {seed} | tail -1", "'|' is for a shell"),
        (LOW, f"{LOW}\nepochs = 3", "expected nothing beside command, got epochs"),
        (LOW, 'command = ""', "command"),
        (LOW, 'model = "sigmoid-mlp"', "data: Field required"),
        ('inputs = ["data.csv"]', 'input = ["data.csv"]', "input"),
        ('inputs = ["data.csv"]', 'outputs = ["../x"]', "expected paths of files in {out}"),
        ('unit = "none"', 'unit = "none"\nfrom = { pattern = "acc" }', "expected one group"),
        ('unit = "none"', 'unit = "none"\nfrom = { at = "best" }', "read from the output"),
        ('seeds = "0-7"', "", "protocol.seeds"),
    ],
)
def test_what_is_wrong_in_a_task_of_commands_is_named(old: str, new: str, message: str) -> None:
    assert message in why_not(old, new)


def test_an_arm_with_a_model_needs_data() -> None:
    text = MIXED_TASK.replace('name = "disc"\ntrain_points = 60\ntest_points = 40', 'name = "none"')
    assert text != MIXED_TASK
    with pytest.raises(SuiteError, match="data: expected a data set for arm net, got none"):
        load_text(text, "rates")


def test_the_json_of_a_task_without_commands_does_not_speak_of_them() -> None:
    text = disc_task().model_dump_json()
    assert "command" not in text
    assert all("source" not in metric for metric in json.loads(text)["metrics"].values())
