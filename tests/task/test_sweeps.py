"""Grids and ablations: the arms that a task file spans, and what is refused."""

from __future__ import annotations

import pytest

from suite.errors import SuiteError
from suite.task.schema import Task
from tests.support.tasks import load_text

HEAD = """
schema = 1
version = 1
question = "Which?"
source = "a test"

[data]
name = "disc"
train_points = 60
test_points = 40

[protocol]
seeds = "0-2"
epochs = 4
batch_size = 7
optimizer = { name = "SGD", lr = 0.5, momentum = 0.25 }
loss = { half_squared_error = 1.0 }

[metrics.accuracy]
direction = "higher"

[arms.net]
model = "sigmoid-mlp"
arguments = { layers = [2, 9, 2] }
"""
COMMANDS = """
schema = 1
version = 1
question = "Which?"
source = "a test"

[protocol]
seeds = "0-2"

[metrics.accuracy]
direction = "higher"

[arms.net]
command = "python train.py --lr {lr} --seed {seed}"
"""


def spanned(text: str, head: str = HEAD) -> Task:
    return load_text(head + text)


def test_a_grid_has_an_arm_for_each_combination_of_values() -> None:
    task = spanned("[grid]\nlr = [0.1, 1.0]\nlayers = [[2, 2], [2, 5, 2], [2, 7, 2]]\n")
    assert list(task.arms) == [
        f"lr-{lr}-layers-{layers}" for lr in ("0.1", "1.0") for layers in ("2-2", "2-5-2", "2-7-2")
    ]
    arm = task.resolve("lr-0.1-layers-2-5-2")
    assert (arm.optimizer.lr, arm.optimizer.momentum) == (0.1, 0.25)  # the rest as the protocol
    assert arm.arguments == {"layers": [2, 5, 2]}
    assert task.arms["lr-1.0-layers-2-2"].at == {"lr": 1.0, "layers": [2, 2]}


def test_a_grid_of_two_arms_has_each_at_every_value() -> None:
    task = spanned('[arms.other]\nmodel = "sigmoid-mlp"\n[grid]\nepochs = [1, 2]\n')
    assert list(task.arms) == ["net-epochs-1", "net-epochs-2", "other-epochs-1", "other-epochs-2"]
    assert task.resolve("other-epochs-2").epochs == 2


def test_a_path_names_what_a_short_key_does_not() -> None:
    task = spanned('[grid]\n"optimizer.name" = ["SGD", "RMSprop"]\n"arguments.lr" = [1, 2]\n')
    arm = task.resolve("name-rmsprop-lr-2")
    assert arm.optimizer.name == "RMSprop"
    assert arm.arguments == {"layers": [2, 9, 2], "lr": 2}


def test_a_negative_number_keeps_its_sign_in_the_name() -> None:
    assert list(spanned("[grid]\nshift = [-1, 1]\n").arms) == ["shift-minus-1", "shift-1"]


def test_the_best_of_a_grid_is_held_against_the_rest_unless_the_task_says_otherwise() -> None:
    assert spanned("[grid]\nepochs = [1, 2]\n").comparisons == "best"
    everything = spanned("[grid]\nepochs = [1, 2, 3]\n", f'comparisons = "all"\n{HEAD}')
    assert everything.comparisons == ()
    assert len(everything.pairs()) == 3
    text = f'comparisons = {{ baseline = "epochs-2" }}\n{HEAD}'
    against = spanned("[grid]\nepochs = [1, 2, 3]\n", text)
    assert against.comparisons == (("epochs-1", "epochs-2"), ("epochs-3", "epochs-2"))


def test_an_ablation_leaves_out_one_part_at_a_time_and_holds_each_against_the_whole() -> None:
    task = spanned("[ablation]\nmomentum = 0.0\nlayers = [2, 2]\n")
    assert list(task.arms) == ["net", "without-momentum", "without-layers"]
    assert task.comparisons == (("without-momentum", "net"), ("without-layers", "net"))
    without = task.resolve("without-momentum")
    assert (without.optimizer.momentum, without.optimizer.lr) == (0.0, 0.5)
    assert without.arguments == task.resolve("net").arguments
    assert task.resolve("without-layers").optimizer.momentum == 0.25


def test_placeholders_of_a_command_are_filled_in() -> None:
    task = spanned("[grid]\nlr = [0.1, 0.3]\n", COMMANDS)
    assert [arm.command.words for arm in task.arms.values() if arm.command] == [
        ("python", "train.py", "--lr", lr, "--seed", "{seed}") for lr in ("0.1", "0.3")
    ]


def test_a_spanned_task_says_the_same_when_it_is_read_back() -> None:
    task = spanned("[grid]\nlr = [0.1, 1.0]\n")
    assert Task.model_validate(task.model_dump(mode="json", by_alias=True)) == task


def test_where_an_arm_stands_is_no_part_of_what_its_runs_ask() -> None:
    alone = load_text(HEAD.replace("lr = 0.5", "lr = 0.1") + '[arms.b]\nmodel = "sigmoid-mlp"\n')
    assert spanned("[grid]\nlr = [0.1, 1.0]\n").resolve("lr-0.1") == alone.resolve("net")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[grid]\nlr = 0.1\n", "grid.lr: expected a list of two values or more, got 0.1"),
        ("[grid]\nlr = [0.1]\n", "grid.lr: expected a list of two values or more, got [0.1]"),
        ("[grid]\nlr = [0.1, 0.1]\n", "grid.lr: expected each value once, got [0.1, 0.1]"),
        (
            '[grid]\nact = ["A", "a"]\n',
            "grid: two values give the same name of an arm, 'act-a'",
        ),
        ("[grid]\n", "grid: expected a table of settings, got {}"),
        (
            f"[grid]\nepochs = {list(range(1, 40))}\nbatch_size = {list(range(1, 40))}\n",
            "grid: expected at most 1,000 arms, got 1,521",
        ),
        (
            '[grid]\n"optimiser.lr" = [1.0, 2.0]\n',
            "grid: arm net: unknown setting 'optimiser.lr'; did you mean 'optimizer'?",
        ),
        (
            '[grid]\n"model.depth" = [1, 2]\n',
            "grid: arm net: model.depth: expected a table model, got 'sigmoid-mlp'",
        ),
        (
            "[grid]\nlr = [0.1, 0.2]\n[ablation]\nlr = 0.1\n",
            "ablation: expected a grid or an ablation, got both",
        ),
        ("[ablation]\nmomentum = 0.25\n", "arms: without-momentum has the same settings as net"),
        (
            '[arms.b]\nmodel = "sigmoid-mlp"\n[ablation]\nmomentum = 0.0\n',
            "ablation: expected one arm, the whole, got 2",
        ),
        (
            f'[grid]\nact = ["{"x" * 70}", "b"]\n',
            "grid: expected names of arms of at most 64 letters and digits, got"
            f" 'act-{'x' * 70}': shorten the keys or values",
        ),
    ],
)
def test_what_spans_no_arms_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(SuiteError) as caught:
        spanned(text)
    assert str(caught.value).partition("tiny.toml: ")[2] == message


def test_a_grid_needs_its_placeholder_in_a_command() -> None:
    with pytest.raises(SuiteError, match="expected {width} in the command, found none"):
        spanned("[grid]\nwidth = [1, 2]\n", COMMANDS)


@pytest.mark.parametrize(
    ("comparisons", "message"),
    [
        ('"bset"', """comparisons: expected "all", "best", { baseline = "an arm" }"""),
        ('{ baseline = "nte" }', "comparisons.baseline: unknown arm 'nte'; did you mean 'net'?"),
        ('{ first = "net" }', """comparisons: expected { baseline = "an arm" }, got"""),
    ],
)
def test_unknown_comparisons_are_refused(comparisons: str, message: str) -> None:
    with pytest.raises(SuiteError) as caught:
        load_text(f'comparisons = {comparisons}\n{HEAD}[arms.b]\nmodel = "sigmoid-mlp"\n')
    assert message in str(caught.value)
