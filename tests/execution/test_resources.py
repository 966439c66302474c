"""The command line where something is missing: a writable place, a reader, a terminal, memory; and
what looks after the store.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from suite.execution.runner import note_plan
from suite.plan.plan import make_plan
from suite.store.store import open_store
from suite.task.loading import load_task
from tests.support.fakes import make_result
from tests.support.program import refused, suite, suite_here
from tests.support.tasks import DISC_TASK, ROOT, write_task


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one small task and a store of its results, none of which was trained."""
    task = load_task(write_task(tmp_path / "tasks"))
    plan = make_plan(task, device="cpu")
    with open_store(tmp_path / "results" / "store.sqlite", create=True) as store:
        note_plan(plan, store)
        for job in plan.jobs:
            for seed in job.seeds:
                result = make_result(task, job.arm, seed, 0.5, question=job.question)
                store.append(
                    result.model_copy(
                        update={"key": job.key(seed), "environment": plan.environment}
                    )
                )
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [
        pytest.param([verb], unbuffered, marks=() if verb == "export" else pytest.mark.slow)
        for verb in ("ls", "status", "export", "info", "fsck")
        for unbuffered in ("", "1")
    ],
)
def test_a_reader_that_leaves_at_once_is_no_error(
    place: Path, arguments: list[str], unbuffered: str
) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "suite", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(
        command,
        cwd=place,
        env=environment,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("arguments", [["ls"], ["status"]])
def test_a_narrow_terminal_cuts_no_name(place: Path, arguments: list[str]) -> None:
    write_task(place / "tasks", name="a-name-of-no-less-than-40-characters-xxxx")
    done = suite_here(*arguments, cwd=place, COLUMNS="60")
    assert done.returncode == 0
    assert "a-name-of-no-less-than-40-characters-xxxx" in done.stdout


@pytest.mark.slow
def test_without_colours_or_a_terminal_there_are_no_escape_sequences(place: Path) -> None:
    for variables in (
        {"NO_COLOR": "1"},
        {"TERM": "dumb"},
        {"NO_COLOR": "1", "TERM": "xterm-256color"},
    ):
        for arguments in (["ls"], ["status"], ["--help"]):
            assert "\x1b" not in suite(*arguments, cwd=place, **variables).stdout


@pytest.mark.slow
def test_a_store_that_cannot_be_written_is_read_all_the_same(place: Path) -> None:
    store = place / "results" / "store.sqlite"
    content = store.read_bytes()
    command = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        'mount --bind results results && mount -o remount,ro,bind results && exec "$@"',
        "sh",
    ]
    if subprocess.run([*command, "true"], cwd=place, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a folder read-only")

    def read_only(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        line = [*command, sys.executable, "-m", "suite", *arguments]
        return subprocess.run(
            line, cwd=place, env=environment, capture_output=True, text=True, check=False
        )

    assert read_only("status").returncode == 0
    assert read_only("report", "-o", "out/PAGE.md").returncode == 0
    assert (place / "out" / "PAGE.md").is_file()
    assert refused(read_only("report")).startswith(
        "results/tiny-cpu.svg: cannot write here: Read-only file system"
    )
    assert refused(read_only("run", "--seeds", "7")).startswith(
        "results/store.sqlite: cannot open the store: attempt to write a readonly database"
    )
    assert store.read_bytes() == content


@pytest.mark.slow
def test_fsck_names_what_is_damaged_and_run_refuses_before_training(place: Path) -> None:
    sound = suite_here("fsck", cwd=place)
    assert (sound.returncode, sound.stdout) == (0, "results/store.sqlite: sound\n")
    with closing(sqlite3.connect(place / "results" / "store.sqlite")) as connection, connection:
        connection.execute(
            "UPDATE records SET record = replace(record, '0.5', '0.6') WHERE position = 3"
        )
    content = (place / "results" / "store.sqlite").read_bytes()
    done = suite_here("fsck", cwd=place)
    assert done.returncode == 1
    assert done.stdout.startswith("results/store.sqlite: record 3 (tiny, key ")
    for arguments in (["run", "--seeds", "7"], ["status"], ["report"], ["export"]):
        assert ": record 3 (" in refused(suite_here(*arguments, cwd=place))
    assert (place / "results" / "store.sqlite").read_bytes() == content


def test_backup_copies_the_store(place: Path) -> None:
    done = suite_here("backup", "copy.sqlite", cwd=place)
    assert (done.returncode, done.stdout) == (0, "copy.sqlite: 9 records\n")
    assert (
        refused(suite_here("backup", "copy.sqlite", cwd=place))
        == "copy.sqlite: there is a file already; name another"
    )
    assert (
        suite_here("export", "--store", "copy.sqlite", cwd=place).stdout
        == suite_here("export", cwd=place).stdout
    )


@pytest.mark.slow
def test_what_was_not_the_arms_fault_alone_is_retried_by_retry_failed(place: Path) -> None:
    """One arm dies of SIGKILL, as of the system's want of memory; the other raises."""
    (place / "mine.py").write_text(
        "import os, signal\n"
        "from suite.models.mlp import SigmoidMLP\n"
        "def killed(layers):\n"
        "    if 'KILLED' in os.environ:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return SigmoidMLP(layers)\n"
        "def broken(layers):\n"
        "    raise ValueError('no such thing')\n"
    )
    text = DISC_TASK.replace(
        '[arms.control]\nmodel = "sigmoid-mlp"', '[arms.control]\nmodel = "mine:broken"'
    )
    text = text.replace(
        '[arms.short]\nmodel = "sigmoid-mlp"', '[arms.short]\nmodel = "mine:killed"'
    )
    write_task(place / "tasks", text)
    first = suite("run", "--seeds", "0", "-j", "1", cwd=place, KILLED="1")
    assert "2 failed" in first.stdout, first
    again = suite("run", "--seeds", "0", cwd=place)
    assert (
        "--retry-failed runs again what was killed, timed out or lacked memory,"
        " --retry-all-failed all" in again.stderr
    )
    retried = suite("run", "--seeds", "0", "--retry-failed", cwd=place)
    assert retried.stdout == "executed 1 runs: 1 ok\n", retried
    everything = suite("run", "--seeds", "0", "--retry-all-failed", cwd=place)
    assert everything.stdout == "executed 1 runs: 1 failed\n", everything
