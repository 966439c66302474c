"""Keys of commands: what moves them, and in which words that is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.plan.plan import Plan, make_plan
from suite.provenance.identity import list_question_changes
from tests.support.commands import COMMAND_TASK, MIXED_TASK, write_commands
from tests.support.tasks import load_text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of a task of commands, in which the call is made."""
    monkeypatch.chdir(write_commands(tmp_path))
    return tmp_path


def plan_of(text: str = COMMAND_TASK) -> Plan:
    return make_plan(load_text(text, "rates"), device="cpu")


def test_each_run_of_a_command_is_a_job_of_its_own(folder: Path) -> None:
    plan = plan_of()
    assert plan.run_count == len(plan.jobs) == 16
    assert {job.settings.trainer for job in plan.jobs} == {"command"}
    assert len({job.key(seed) for job in plan.jobs for seed in job.seeds}) == 16


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("train.py", "file train.py changed"),
        ("rates.py", "file rates.py changed"),
        ("data.csv", "input data.csv changed"),
    ],
)
def test_a_changed_file_that_a_command_reads_moves_its_question(
    folder: Path, file: str, said: str
) -> None:
    before = plan_of()
    with (folder / file).open("a") as opened:
        opened.write("\n")
    after = plan_of()
    assert before.questions.keys() == after.questions.keys()
    for arm, question in before.questions.items():
        assert question != after.questions[arm]
        assert list_question_changes(before.parts[arm], after.parts[arm]) == [said]


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("train.py 0.1", "train.py 0.2", {"low"}),
        ('unit = "none"', 'unit = "none"\nfrom = { key = "accuracy" }', {"low", "high"}),
        ("version = 1", "version = 2", {"low", "high"}),
        (', inputs = ["data.csv"] }', " }", {"low"}),
        ("margin = 0.005", "margin = 0.01", set()),
        ('direction = "higher"', 'direction = "lower"', set()),
        ('seeds = "0-7"', 'seeds = "0-3"', set()),
        ('seeds = "0-7"', 'seeds = "0-7"\ntimeout_s = 5', set()),
        ("Does a larger rate help?", "Is it better?", set()),
    ],
)
def test_words_and_sources_of_metrics_move_questions_and_what_judges_does_not(
    folder: Path, old: str, new: str, moved: set[str]
) -> None:
    assert old in COMMAND_TASK
    before, after = plan_of(), plan_of(COMMAND_TASK.replace(old, new, 1))
    changed = {arm for arm in before.questions if before.questions[arm] != after.questions[arm]}
    assert changed == moved


def test_the_direction_of_a_metric_decides_where_its_best_value_is_read(folder: Path) -> None:
    source = 'direction = "higher"\nfrom = { file = "m.csv", at = "best" }'
    text = COMMAND_TASK.replace('direction = "higher"', source)
    before, after = plan_of(text), plan_of(text.replace('"higher"', '"lower"'))
    assert not set(before.questions.values()) & set(after.questions.values())


def test_files_that_no_command_reads_move_nothing(folder: Path) -> None:
    before = plan_of()
    (folder / "README.md").write_text("other words\n")
    (folder / "notes.py").write_text("x = 1\n")
    assert plan_of().questions == before.questions


def test_a_command_at_a_revision_asks_for_the_commit_and_not_for_the_files(folder: Path) -> None:
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        subprocess.run(git, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    text = COMMAND_TASK.replace(
        'inputs = ["data.csv"] }', 'inputs = ["data.csv"], revision = "HEAD" }', 1
    )
    before = plan_of(text)
    (folder / "train.py").write_text("print('acc=1')\n")
    after = plan_of(text)
    assert before.questions["low"] == after.questions["low"]
    assert before.questions["high"] != after.questions["high"]


def test_an_input_that_is_not_there_is_refused(folder: Path) -> None:
    (folder / "data.csv").unlink()
    with pytest.raises(SuiteError, match=r"rates: arms\.low\.inputs: expected files, found none"):
        plan_of()


def test_a_command_asks_the_same_beside_a_model(folder: Path) -> None:
    """Data and protocol are the model's."""
    text = MIXED_TASK.replace("train_points = 60", "train_points = 50")
    before, after = plan_of(MIXED_TASK), plan_of(text)
    changed = {arm for arm in before.questions if before.questions[arm] != after.questions[arm]}
    assert changed == {"net"}
