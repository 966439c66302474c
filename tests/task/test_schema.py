"""Task files: what is read, and what is refused in one line that says where and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from suite.errors import SuiteError
from suite.task.loading import load_task
from suite.task.schema import Task
from suite.task.seeds import parse_seeds
from tests.support.tasks import DISC_TASK, REAL_TASKS, load_text, write_task
from tests.torture.inputs import fuzzed_tasks


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SuiteError) as caught:
        load_task(write_task(folder, text))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{folder / 'tiny.toml'}: ")
    return message.removeprefix(f"{folder / 'tiny.toml'}: ")


@pytest.mark.parametrize("path", REAL_TASKS, ids=lambda path: path.stem)
def test_the_tasks_of_this_repository_are_valid(path: Path) -> None:
    task = load_task(path)
    assert task.name == path.stem
    assert task.protocol.seeds == tuple(range(10))
    assert task.assumptions
    assert task.claims or task.factors()


def test_there_are_the_three_comparisons_of_the_source() -> None:
    assert {"siamese-vs-separate", "mlp-vs-cnn", "mini-framework"} <= {
        path.stem for path in REAL_TASKS
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("epochs = 4", "epcohs = 4", "protocol: unknown key 'epcohs'; did you mean 'epochs'?"),
        ("schema = 1", "shema = 1", "unknown key 'shema'; did you mean 'schema'?"),
        ("schema = 1", "schema = 2", "schema: Input should be 1, got 2"),
        (
            "epochs = 4",
            "epochs = 0",
            "protocol.epochs: Input should be greater than or equal to 1, got 0",
        ),
        ("epochs = 4", 'epochs = "4"', "protocol.epochs: Input should be a valid integer, got '4'"),
        (
            "epochs = 4",
            "epochs = true",
            "protocol.epochs: Input should be a valid integer, got True",
        ),
        ("lr = 0.5", "lr = nan", "protocol.optimizer.lr: Input should be a finite number, got nan"),
        (
            "lr = 0.5",
            "lr = 0.5, momentum = -1.0",
            "protocol.optimizer.momentum: Input should be greater than or equal to 0, got -1.0",
        ),
        (
            'name = "SGD"',
            'name = "Adan"',
            "arms.short.optimizer: trainer manual: expected SGD without momentum, weight decay,"
            " schedule or transform",
        ),
        ('seeds = "0-2"', "seeds = []", "protocol.seeds: expected a seed, got none"),
        (
            'seeds = "0-2"',
            "seeds = [1, 2, 1]",
            "protocol.seeds: expected different seeds, got 1 twice",
        ),
        (
            'seeds = "0-2"',
            "seeds = [4294967296]",
            "protocol.seeds: expected integers from 0 to 4294967295, got 4294967296",
        ),
        (
            'name = "disc"',
            'name = "disk"',
            "data: Input tag 'disk' found using 'name' does not match any of the expected tags",
        ),
        (
            "train_points = 60",
            "train_points = 60\npoints = 3",
            "data: unknown key 'points'; did you mean 'test_points'?",
        ),
        ("short = 0.5", "shrot = 0.5", "claims.0: unknown arm 'shrot'; did you mean 'short'?"),
        *(
            ("test_items = 40", f"{line}", f"claims.0{message}")
            for line, message in (
                ("target = { lnog = 0.9 }", ": unknown arm 'lnog'; did you mean 'long'?"),
                ("runs = 0", ".runs: Input should be greater than or equal to 1, got 0"),
                ("runs = 5", ": statistic: expected mean, best or median of 5 runs, got single"),
                ("decimals = -1", ".decimals: Input should be greater than or equal to 0, got -1"),
                ("decimals = 0", ": decimals: expected values of 0 decimals, got long = 0.75"),
                (
                    'statistic = "maen"',
                    ".statistic: Input should be 'single', 'mean', 'best' or 'median', got 'maen'",
                ),
                (
                    'statistic = "best"\nruns = 3\nshared_split = true',
                    ": shared_split: expected with statistic single or mean, got best",
                ),
                (
                    "exact = true\ntarget = { long = 0.9 }",
                    ": target: expected a claim without exact, for a mean has to reach it",
                ),
                (
                    'order = ["long", "short", "long"]',
                    ".order: expected each arm once, got long, short, long",
                ),
                (
                    "shared_spilt = true",
                    ": unknown key 'shared_spilt'; did you mean 'shared_split'?",
                ),
            )
        ),
        (
            "short = 0.5, long = 0.75",
            "short = 50, long = 75",
            "claims.0: test_items: expected shares of right items, from 0 to 1, got short = 50",
        ),
        (
            'metric = "accuracy"\nreported = { short = 0.5, long = 0.75 }\ntest_items = 40',
            'metric = "parameters"\ntarget = { long = 9 }',
            "claims.0.metric: unknown metric 'parameters'; known: accuracy",
        ),
        (
            "reported = { short = 0.5, long = 0.75 }",
            "",
            "claims.0: expected `reported` values, a `target` or an `order` of two or more arms, got",
        ),
        (
            '["long", "short"]',
            '["long", "long"]',
            "comparisons: expected two different arms, got 'long' twice",
        ),
        (
            "loss = { half",
            "# loss = { half",
            "arms.short.loss: expected a loss here or in the protocol, got none",
        ),
        (
            'source = "a test"',
            'source = "\\u001b[2J"',
            "source: expected printable text, got '\\x1b' in it",
        ),
        (
            'source = "a test"',
            'source = "\\u202e"',
            "source: expected printable text, got '\\u202e' in it",
        ),
        (
            "layers = [2, 9, 5, 2]",
            "layers = [2, nan]",
            "arms.short.arguments: expected finite numbers, got nan",
        ),
        ("[arms.short]", '[arms."../short"]', "arms.../short.name: String should match pattern"),
        (
            "schema = 1",
            'schema = 1\nname = "other"',
            "name: a task is named by its file, remove this key",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in DISC_TASK
    assert refusal(tmp_path, DISC_TASK.replace(old, new, 1)).startswith(message)


def test_a_missing_file_and_a_wrong_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"absent\.toml: cannot read the task: No such file"):
        load_task(tmp_path / "absent.toml")
    with pytest.raises(SuiteError, match="expected a file named like my-task.toml"):
        load_task(tmp_path / "Upper Case.toml")


@pytest.mark.parametrize(
    "value",
    ["", "3-1", "a", "1,,2", "-1", "1.0", "0-99999999999", [True], [1.0], ["1"], None, 7, {}],
)
def test_what_is_no_seed_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_seeds(value)


def test_seeds_are_ranges_or_lists() -> None:
    assert parse_seeds("0-3, 7") == (0, 1, 2, 3, 7)
    assert parse_seeds([5, 2]) == (5, 2)


def test_rounding_is_half_a_unit_of_the_last_decimal() -> None:
    text = DISC_TASK.replace("test_items = 40", "decimals = 2")
    (claim,) = load_text(text).claims
    assert claim.rounding == pytest.approx(0.005)
    (bare,) = load_text(DISC_TASK).claims
    assert (bare.rounding, bare.runs, bare.statistic, bare.shared_split) == (0, 1, "single", False)


def test_a_mean_of_two_rounded_values_may_have_one_more_decimal() -> None:
    text = DISC_TASK.replace("short = 0.5,", "short = 0.5125,").replace(
        "test_items = 40", "decimals = 3"
    )
    assert load_text(text).claims[0].reported["short"] == 0.5125


def test_an_arm_takes_the_protocol_but_for_what_it_sets_itself(tiny: Task) -> None:
    assert (tiny.resolve("short").epochs, tiny.resolve("long").epochs) == (2, 4)
    assert tiny.resolve("short").optimizer == tiny.protocol.optimizer


def test_nasty_and_fuzzed_files_are_refused_in_one_line_and_quickly(tmp_path: Path) -> None:
    figure = fuzzed_tasks(tmp_path, inputs=150)
    assert figure.passed, figure.found


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.binary(max_size=300), st.integers(0, len(DISC_TASK)))
def test_any_bytes_give_a_task_or_the_documented_error(
    tmp_path: Path, noise: bytes, index: int
) -> None:
    path = write_task(tmp_path)
    path.write_bytes(DISC_TASK.encode()[:index] + noise + DISC_TASK.encode()[index:])
    try:
        assert load_task(path).name == "tiny"
    except SuiteError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_more_pairs_than_anybody_reads_are_refused_with_a_way_out() -> None:
    arms = {f"a{number}": {"command": f"true {number} {{seed}}"} for number in range(1000)}
    task = {
        "name": "sweep",
        "schema": 1,
        "version": 1,
        "question": "Which?",
        "source": "a test",
        "protocol": {"seeds": "0-2"},
        "arms": arms,
        "metrics": {"accuracy": {"direction": "higher"}},
    }
    with pytest.raises(ValidationError, match="at most 20,000 pairs.*499,500, all of 1,000 arms"):
        Task.model_validate(task)
    declared = [("a0", f"a{number}") for number in range(1, 1000)]
    assert len(Task.model_validate({**task, "comparisons": declared}).pairs()) == 999
