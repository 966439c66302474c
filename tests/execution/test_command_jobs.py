"""Runs of commands as records: made, resumed after a kill, and never compared where they differ."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from suite.execution import isolation
from suite.result import Result
from suite.store.store import open_store
from tests.support.commands import COMMAND_TASK, MIXED_TASK, write_commands
from tests.support.program import SUITE, refused, suite, suite_here
from tests.support.tasks import ROOT

STORE = Path("results/store.sqlite")


def records(folder: Path) -> list[Result]:
    """What the store of a folder holds, older attempts too."""
    with open_store(folder / STORE) as store:
        assert store.newest() == len(list(store.results()))
        return list(store.results())


def test_runs_of_commands_are_records_and_are_not_run_again(tmp_path: Path) -> None:
    write_commands(tmp_path)
    first = suite_here("run", cwd=tmp_path)
    assert (first.returncode, first.stdout) == (0, "executed 16 runs: 16 ok\n"), first.stderr
    values = {(run.arm, run.seed): run.metrics for run in records(tmp_path)}
    # by hand: 0.5, a tenth of the rate, and the seed times 37 modulo 11 in hundredths
    assert values["low", 0] == {"acc": 0.51}
    assert values["high", 3] == {"acc": 0.54}
    assert all(run.trainer == "command" and run.run_time_s for run in records(tmp_path))
    assert suite_here("run", cwd=tmp_path).stdout.startswith("executed 0 runs")
    assert len(records(tmp_path)) == 16


def test_the_environment_of_commands_does_not_depend_on_torch(tmp_path: Path) -> None:
    write_commands(tmp_path)
    suite_here("run", "--seeds", "0-1", cwd=tmp_path)
    with open_store(tmp_path / STORE) as store:
        (fields,) = store.documents("environment").values()
    assert "torch" not in fields


@pytest.mark.slow
def test_a_model_is_an_arm_beside_commands(tmp_path: Path) -> None:
    write_commands(
        tmp_path,
        MIXED_TASK.replace("[metrics.acc]", "[metrics.acc]\nname = 'reported'\noptional = true"),
    )
    done = suite("run", cwd=tmp_path)
    assert done.returncode == 0, done
    assert Counter(run.arm for run in records(tmp_path)) == {"low": 2, "high": 2, "net": 2}


def test_percent_signs_in_one_arm_alone_are_refused(tmp_path: Path) -> None:
    """93.1% is 0.931, and 93.1 is 93.1."""
    write_commands(tmp_path, COMMAND_TASK.replace("train.py 0.3", "percent.py"))
    (tmp_path / "percent.py").write_text("print('acc=93.1%')\n")
    done = suite_here("run", "--seeds", "0-1", "--processes", "1", cwd=tmp_path)
    assert done.returncode == 1
    failed = [run for run in records(tmp_path) if run.status == "failed"]
    assert {run.arm for run in failed} == {"high"}
    assert all(
        "expected a number as in the first run (plain), got %" in str(r.reason) for r in failed
    )
    assert not any(run.metrics for run in failed)


def test_a_command_that_cannot_start_is_refused_before_anything_ran(tmp_path: Path) -> None:
    write_commands(tmp_path, COMMAND_TASK.replace("python3 train.py 0.3", "no-such-program"))
    done = suite_here("run", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    said = "suite: arm high: there is no program 'no-such-program' on the PATH"
    assert done.stderr.splitlines()[-1] == said
    assert records(tmp_path) == []


def test_commands_at_a_revision_are_not_for_a_cluster(tmp_path: Path) -> None:
    at = COMMAND_TASK.replace('inputs = ["data.csv"]', 'revision = "HEAD"')
    write_commands(tmp_path, at)
    message = refused(suite_here("run", "--executor", "ray", cwd=tmp_path))
    assert message == (
        "--executor ray: rates: arms.low: commands at a revision of git run on this machine alone"
    )


def test_failed_runs_keep_their_last_lines_and_no_number(tmp_path: Path) -> None:
    write_commands(tmp_path)
    (tmp_path / "train.py").write_text("print('acc=0.5')\nraise ValueError('no data')\n")
    assert suite_here("run", "--seeds", "0-1", cwd=tmp_path).returncode == 1
    for run in records(tmp_path):
        assert (run.status, run.fault, run.metrics) == ("failed", "arm", {})
        assert "exit status 1; printed last: " in str(run.reason)
        assert "ValueError: no data" in str(run.reason)


SLOW = "import os, time\ntime.sleep(0.15)\nprint('acc=0.' + os.environ['SUITE_SEED'])\n"


@pytest.mark.slow
@pytest.mark.parametrize("kills", [20])
def test_runs_killed_at_random_are_resumed_and_none_is_lost_or_twice(
    tmp_path: Path, kills: int
) -> None:
    seeds = 4 * kills
    write_commands(tmp_path, COMMAND_TASK.replace('"0-7"', f'"0-{seeds - 1}"'))
    (tmp_path / "train.py").write_text(SLOW)
    drawn = random.Random(kills)  # noqa: S311
    killed = 0
    for _ in range(20 * kills):
        started = subprocess.Popen(
            [*SUITE, "run"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert started.stderr is not None
        started.stderr.readline()  # it has begun
        time.sleep(drawn.uniform(0.0, 0.6))
        started.kill()
        started.stderr.close()
        killed += started.wait() == -signal.SIGKILL
        if killed == kills:
            break
    assert killed == kills
    done = suite("run", cwd=tmp_path)
    assert done.returncode == 0, done
    found = records(tmp_path)
    assert Counter((run.arm, run.seed) for run in found) == {
        (arm, seed): 1 for arm in ("low", "high") for seed in range(seeds)
    }
    assert all(run.status == "ok" for run in found)
    assert {run.metrics["acc"] for run in found if run.seed == 7} == {0.7}
    assert isolation.strays([]) == []


@pytest.mark.parametrize("words", [("run", "--placebo", "low"), ("noise", "rates")])
def test_noise_by_source_is_not_for_commands(tmp_path: Path, words: tuple[str, ...]) -> None:
    message = refused(suite_here(*words, cwd=write_commands(tmp_path)))
    assert "expected arms with a model, got the command low" in message
