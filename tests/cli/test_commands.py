"""Verbs on tasks whose arms are commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import COMMAND_TASK, write_commands
from tests.support.program import refused, suite_here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_commands(tmp_path)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs of commands, for tests that only read them."""
    folder = write_commands(tmp_path_factory.mktemp("commands"))
    assert suite_here("run", "--seeds", "0-1", cwd=folder).returncode == 0
    return folder


def test_validating_runs_each_command_once_and_says_where_its_number_stood(folder: Path) -> None:
    done = suite_here("validate", cwd=folder)
    assert done.returncode == 0, done
    low, high, last = done.stdout.splitlines()
    assert low.startswith("rates low: seed 0 took ")
    assert low.endswith(" s; acc 0.51, read from 'acc=0.5100'")
    assert high.endswith(" s; acc 0.53, read from 'acc=0.5300'")
    assert last == "rates: valid, 2 arms, 8 seeds"
    assert done.stderr == "rates: running every command under seed 0 to its end\n"
    assert not (folder / "results").exists()


def test_validating_quickly_starts_nothing(folder: Path) -> None:
    (folder / "train.py").write_text("open('started', 'w')\n")
    assert suite_here("validate", "--quick", cwd=folder).stdout == "rates: valid, 2 arms, 8 seeds\n"
    assert not (folder / "started").exists()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('no data')", "seed 0 failed: the command ended with exit status 1"),
        ("print('accuracy=0.5')", "accuracy"),
        ("print('acc=nan')", "seed 0 diverged: not finite: acc nan"),
        (
            "import sys\nprint('acc=50%' if sys.argv[1] == '0.3' else 'acc=0.5')",
            "arms.high: acc: expected a number as of low (plain), got %: 'acc=50%'",
        ),
    ],
)
def test_what_a_command_does_wrong_is_one_line(folder: Path, script: str, message: str) -> None:
    (folder / "train.py").write_text(script)
    done = suite_here("validate", cwd=folder)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]


def test_a_program_that_is_not_there_is_refused_without_a_run(tmp_path: Path) -> None:
    write_commands(tmp_path, COMMAND_TASK.replace("python3 train.py 0.3", "no-such-program"))
    message = refused(suite_here("validate", "--quick", cwd=tmp_path))
    assert message == "arm high: there is no program 'no-such-program' on the PATH"


def test_a_dry_run_knows_the_time_of_a_command_only_from_stored_runs(folder: Path) -> None:
    done = suite_here("run", "--dry-run", cwd=folder)
    assert done.stdout == (
        "rates low: 8 runs in 8 jobs, time unknown: no run of this command is stored\n"
        "rates high: 8 runs in 8 jobs, time unknown: no run of this command is stored\n"
        "16 runs asked for; how long they take is not known; nothing was stored\n"
    )
    assert not (folder / "results").exists()
    suite_here("run", "--seeds", "0", cwd=folder)
    low, high, last = suite_here("run", "--dry-run", cwd=folder).stdout.splitlines()
    assert low.startswith("rates low: 7 runs in 7 jobs, about ")
    assert high.startswith("rates high: 7 runs in 7 jobs, about ")
    assert last.startswith("16 runs asked for; what is left takes about ")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("ls",), "rates  low, high  8 "),
        (("status",), "rates  low   8      2   0         0       6 "),
        (("show", "rates"), "TOO FEW SEEDS"),
        (("watch", "--once"), "rates  high  8      2 "),
        (("export", "--format", "csv"), "rates,high,0,cpu,ok,"),
        (("export", "--format", "certificates"), '"command":"python3 train.py 0.1 {seed}"'),
        (("why-stale",), "0 stored runs are stale"),
        (("fsck",), ""),
    ],
)
def test_other_verbs_know_commands(run_folder: Path, words: tuple[str, ...], shown: str) -> None:
    done = suite_here(*words, cwd=run_folder)
    assert done.returncode == 0, done
    assert shown in done.stdout
