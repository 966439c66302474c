"""The data sets of a task file: one, or several with a label each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.task.loading import load_task
from suite.task.schema import Task
from suite.task.variants import placebo, varying
from tests.support.data_sets import DIGITS, DISC, HEAD, REST, disc_sets, write_sets
from tests.support.tasks import DISC_TASK, load_text


def refusal(text: str) -> str:
    with pytest.raises(SuiteError) as caught:
        load_text(text)
    assert "\n" not in str(caught.value)
    return str(caught.value).partition("tiny.toml: ")[2]


def test_a_data_set_is_called_by_its_name_and_a_file_by_its_own(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path))
    assert task.blocks == ("disc", "digits", "stripes")
    assert [data.name for data in task.data_sets.values()] == ["disc", "digits", "file"]
    assert list(task.cells()) == [
        (arm, block) for block in task.blocks for arm in ("logistic", "guess")
    ]


def test_a_label_tells_two_of_one_name_apart() -> None:
    task = load_text(HEAD + DISC + DISC.replace("60", "90") + 'label = "large"\n' + REST)
    assert task.blocks == ("disc", "large")
    assert task.on("large").only_data_set.model_dump()["train_points"] == 90
    assert task.on("large").blocks == ()


def test_a_task_over_one_data_set_has_no_labels(tiny: Task) -> None:
    assert tiny.blocks == ()
    assert tiny.data_sets == {"": tiny.data}
    assert tiny.on("") is tiny
    assert list(tiny.cells()) == [(arm, "") for arm in tiny.arms]


def test_a_stored_task_is_read_as_it_was_written(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path))
    stored = json.loads(json.dumps(task.model_dump(mode="json", by_alias=True)))
    assert list(stored["data"]) == ["disc", "digits", "stripes"]
    again = Task.model_validate(stored)
    assert again.model_dump() == task.model_dump()
    assert again.blocks == task.blocks


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DISC, "data: expected two data sets or more in a list, got 1; use [data]"),
        ("data = []", "data: expected two data sets or more in a list, got 0; use [data]"),
        (DISC + DISC, "data: data set 2: expected a label of its own, got 'disc' again; add label"),
        (
            DISC + DISC + 'label = "Large"',
            "data: data set 2: expected a label like my-data (small letters, digits, . _ -), got"
            " 'Large'; add label",
        ),
        (
            DISC + '[[data]]\npath = "My Table.csv"',
            "data: data set 2: expected a label like my-data (small letters, digits, . _ -), got"
            " 'My Table'; add label",
        ),
        (
            DISC + "[[data]]\ntrain_items = 9",
            "data: data set 2: expected a table with a name, a path or load, got"
            " {'train_items': 9}",
        ),
        (
            DISC + DIGITS.replace("train_items", "train_itmes"),
            "data.digits: unknown key 'train_itmes'; did you mean 'train_items'?",
        ),
        (
            DISC + DIGITS.replace("50", "1"),
            "data.digits.train_items: Input should be greater than or equal to 2, got 1",
        ),
        (
            DISC + DIGITS.replace('"digits"', '"mnist-digits"').replace("items", "digits"),
            "metrics: on mnist-digits: unknown metric 'accuracy'; did you mean 'digit_accuracy'?",
        ),
    ],
)
def test_a_wrong_list_is_refused_in_one_line(data: str, message: str) -> None:
    assert refusal(HEAD + data + REST).startswith(message)


def test_a_loss_must_be_one_of_every_data_set() -> None:
    rest = REST.replace("[protocol]", '[protocol]\nloss = "half_squared_error"')
    mnist = '[[data]]\nname = "mnist-digits"\ntrain_digits = 9\ntest_digits = 9\n'
    assert refusal(HEAD + DISC + mnist + rest) == (
        "protocol.loss: on mnist-digits: unknown loss 'half_squared_error'; known:"
        " digit_cross_entropy"
    )


def test_claims_and_levels_are_for_one_data_set() -> None:
    claims = '[[claims]]\nmetric = "accuracy"\nreported = { guess = 0.5 }\n'
    assert refusal(HEAD + DISC + DIGITS + REST + claims) == (
        "claims: expected none in a task over several data sets; move them to a task over the data"
        " set that they are on"
    )
    levels = REST.replace("[arms.guess]", 'levels = { kind = "a" }\n[arms.guess]').replace(
        "arguments =", 'levels = { kind = "b" }\narguments ='
    )
    assert refusal(HEAD + DISC + DIGITS + levels) == (
        "arms: expected no levels in a task over several data sets"
    )


def test_the_label_of_the_only_data_set_is_an_unknown_key() -> None:
    text = DISC_TASK.replace('name = "disc"', 'name = "disc"\nlabel = "a"')
    assert refusal(text).startswith("data: unknown key 'label'")


def test_noise_is_of_one_data_set() -> None:
    with pytest.raises(SuiteError, match="--placebo: expected a task over one data set, got 3"):
        placebo(disc_sets(3), "guess")
    with pytest.raises(SuiteError, match="noise: expected a task over one data set, got 3"):
        varying(disc_sets(3), "data")
