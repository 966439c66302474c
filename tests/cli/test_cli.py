"""The command line as a person meets it: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from suite import cli
from suite.__main__ import program
from tests.support.program import SUITE, refused, suite, suite_here
from tests.support.tasks import DISC_TASK, ROOT, write_task


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one small task."""
    write_task(tmp_path / "tasks")
    return tmp_path


def test_run_status_report_and_export(place: Path) -> None:
    first = suite("run", "tiny", cwd=place)
    assert first.returncode == 0, first
    assert first.stdout == "executed 9 runs: 9 ok\n"
    assert "9 runs to do, 0 stored already" in first.stderr
    assert "tiny control seed 2: accuracy 0." in first.stderr
    again = suite_here("run", cwd=place)
    assert (again.returncode, again.stdout) == (0, "executed 0 runs: nothing was left to do\n")
    status = suite_here("status", cwd=place)
    assert [line.split() for line in status.stdout.splitlines()[1:]] == [
        ["tiny", arm, "3", "3", "0", "0", "0"] for arm in ("short", "long", "control")
    ]
    said = suite_here("report", cwd=place).stdout
    assert said.startswith("tiny: In accuracy, on cpu: TOO FEW SEEDS: long ")
    assert said.endswith("wrote RESULTS.md\n")
    page = (place / "RESULTS.md").read_bytes()
    assert b"results/tiny-cpu.svg" in page
    assert (place / "results" / "tiny-cpu.svg").is_file()
    suite_here("report", cwd=place)
    assert (place / "RESULTS.md").read_bytes() == page
    records = [json.loads(line) for line in suite_here("export", cwd=place).stdout.splitlines()]
    assert [(one["arm"], one["seed"]) for one in records] == [
        (a, s) for a in ("control", "long", "short") for s in range(3)
    ]
    assert {
        "task",
        "arm",
        "seed",
        "device",
        "status",
        "metrics",
        "parameters",
        "train_time_s",
        "seeds_together",
        "key",
        "environment",
    } <= records[0].keys()
    table = suite_here("export", "--format", "csv", cwd=place).stdout.splitlines()
    assert len(table) == 10
    assert table[0].startswith("task,arm,seed,device,status,parameters,train_time_s")


@pytest.mark.slow
def test_bench_runs_and_reports(place: Path) -> None:
    done = suite(
        "bench",
        "--seeds",
        "0",
        "-j",
        "1",
        "-o",
        "out/PAGE.md",
        "--store",
        "out/s.sqlite",
        cwd=place,
    )
    assert done.returncode == 0, done
    assert done.stdout.startswith("executed 3 runs: 3 ok\ntiny: In accuracy, on cpu: TOO FEW SEEDS")
    assert done.stdout.endswith("wrote out/PAGE.md\n")
    assert (place / "out" / "results" / "tiny-cpu.svg").is_file()
    assert not (place / "results").exists()


@pytest.mark.slow
def test_every_option_has_a_variable(place: Path) -> None:
    done = suite(
        "run",
        cwd=place,
        SUITE_SEEDS="1",
        SUITE_STORE="here.sqlite",
        SUITE_PROCESSES="1",
        SUITE_DEVICE="cpu",
    )
    assert done.stdout == "executed 3 runs: 3 ok\n"
    assert (place / "here.sqlite").is_file()
    listed = suite("ls", cwd=place.parent, SUITE_TASKS=str(place / "tasks"))
    assert "tiny" in listed.stdout


@pytest.mark.slow
def test_a_dry_run_runs_nothing(place: Path) -> None:
    done = suite("run", "--dry-run", cwd=place)
    assert done.returncode == 0, done
    assert "tiny control: 3 runs in 3 jobs, about " in done.stdout
    assert "tiny long: 3 runs in 1 jobs, about " in done.stdout
    assert done.stdout.splitlines()[-1].startswith("9 runs asked for; what is left takes about ")
    assert " MiB in " in done.stdout
    assert not (place / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nosuch.toml"], "nosuch.toml: there is no such task; known tasks: tiny"),
        (["run", "tniy"], "tniy: there is no such task; did you mean 'tiny'?"),
        (
            ["run", "--seeds", "3-1"],
            "--seeds: expected a rising range, got '3-1'",
        ),
        (
            ["run", "--device", "gpu"],
            (
                "Invalid value for '--device' (env var: 'SUITE_DEVICE'): Value error, 'gpu' is not"
                " one of 'cpu', 'cuda', 'auto'. See `suite run --help`"
            ),
        ),
        (
            ["run", "-j", "0"],
            (
                "Invalid value for '-j' / '--processes' (env var: 'SUITE_PROCESSES'): Input should"
                " be greater than or equal to 1. See `suite run --help`"
            ),
        ),
        (["rnu"], "No such command 'rnu'. Did you mean 'run'? See `suite --help`"),
        (["show"], "Missing argument 'ID|TASK'. See `suite show --help`"),
        (["run", "--device"], "Option '--device' requires an argument."),
        (["report"], "results/store.sqlite: there is no store here; `suite run` makes one"),
        (["status"], "results/store.sqlite: there is no store here; `suite run` makes one"),
        (
            ["export", "--format", "xml"],
            (
                "Invalid value for '--format' (env var: 'SUITE_FORMAT'): Value error, 'xml' is not"
                " one of 'jsonl', 'csv', 'parquet', 'certificates', 'journal', 'mlflow'. See `suite export"
                " --help`"
            ),
        ),
        (
            ["ls", "--tasks", "nowhere"],
            (
                "nowhere: expected a folder with task files (*.toml), found none; --tasks names"
                " another"
            ),
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    place: Path, arguments: list[str], message: str
) -> None:
    assert refused(suite_here(*arguments, cwd=place)) == message


def test_bad_input_to_the_program_itself_is_one_line_and_exit_code_2_too(place: Path) -> None:
    for arguments, message in (
        (["run", "tniy"], "tniy: there is no such task; did you mean 'tiny'?"),
        (["rnu"], "No such command 'rnu'. Did you mean 'run'? See `suite --help`"),
    ):
        assert refused(suite(*arguments, cwd=place)) == message


def test_no_word_at_all_shows_the_help_and_is_exit_code_2(place: Path) -> None:
    done = suite(cwd=place)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout == suite_here("--help", cwd=place).stdout
    assert "Run every arm with every seed, skipping runs already stored." in done.stdout


def test_a_typo_in_a_key_is_one_line_and_exit_code_2(place: Path) -> None:
    write_task(place / "tasks", DISC_TASK.replace("batch_size", "batchsize"))
    assert (
        refused(suite_here("run", cwd=place))
        == "tasks/tiny.toml: protocol: unknown key 'batchsize'; did you mean 'batch_size'?"
    )
    write_task(place / "tasks", DISC_TASK.replace("half_squared_error", "half_square_error"))
    assert refused(suite_here("validate", cwd=place)).startswith(
        "tasks/tiny.toml: protocol.loss: unknown loss 'half_square_error'; did you mean"
    )


def test_a_missing_dataset_is_one_line_and_exit_code_2(place: Path) -> None:
    done = suite_here(
        "run", ROOT / "tasks" / "mlp-vs-cnn.toml", cwd=place, SUITE_DATA=str(place / "none")
    )
    message = refused(done)
    assert message.endswith("train-images-idx3-ubyte is missing; get the data with `suite data`")
    assert not (place / "results").exists()


def test_a_folder_that_cannot_be_written_is_one_line_and_exit_code_2(place: Path) -> None:
    (place / "results").write_text("a file where the folder should be")
    assert refused(suite_here("run", cwd=place)).startswith(
        "results/store.sqlite: cannot open the store: "
    )
    done = suite_here("run", "--store", "/proc/store.sqlite", cwd=place)
    assert refused(done).startswith("/proc/store.sqlite: cannot open the store: ")


@pytest.mark.slow
def test_failed_runs_are_exit_code_1_and_shown(place: Path) -> None:
    (place / "broken.py").write_text("def build(layers):\n    raise ValueError('no such thing')\n")
    text = DISC_TASK.replace(
        '[arms.control]\nmodel = "sigmoid-mlp"', '[arms.control]\nmodel = "broken:build"'
    )
    write_task(place / "tasks", text)
    done = suite("bench", cwd=place, PYTHONPATH=f"{ROOT}{os.pathsep}{place}")
    assert done.returncode == 1
    assert "executed 9 runs: " in done.stdout
    assert "3 failed" in done.stdout
    assert "tiny control seed 0: failed: ValueError: no such thing" in done.stderr
    assert (
        "- control, seed 1: no result: ValueError: no such thing"
        in (place / "RESULTS.md").read_text()
    )
    again = suite("run", cwd=place, PYTHONPATH=f"{ROOT}{os.pathsep}{place}")
    assert again.returncode == 1
    assert "3 failed runs are stored; --retry-failed runs again what was killed" in again.stderr
    (place / "broken.py").write_text("from suite.models.mlp import SigmoidMLP as build\n")
    mended = suite("run", cwd=place, PYTHONPATH=f"{ROOT}{os.pathsep}{place}")
    assert (mended.returncode, mended.stdout) == (
        0,
        "executed 3 runs: 3 ok\n",
    )  # another source, another question


@pytest.mark.slow
@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_keeps_what_is_done(place: Path, stop: signal.Signals, code: int) -> None:
    text = DISC_TASK.replace("epochs = 4", "epochs = 4000").replace("epochs = 2\n", "epochs = 1\n")
    write_task(place / "tasks", text)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        [*SUITE, "run"], cwd=place, env=environment, start_new_session=True, **pipes
    ) as running:  # type: ignore[call-overload]
        for line in running.stderr:
            if "short seed 2" in line:
                break
        os.killpg(running.pid, stop)
        said = running.stderr.read()
    assert running.returncode == code
    assert said.endswith("suite: interrupted; what was done is kept\n")
    assert "Traceback" not in said
    records = [json.loads(line) for line in suite("export", cwd=place).stdout.splitlines()]
    assert [(one["arm"], one["status"]) for one in records] == [("short", "ok")] * 3


def test_ctrl_c_during_the_imports_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    with pytest.raises(SystemExit, match="130"):
        program()


def test_nothing_is_imported_before_ctrl_c_is_looked_after() -> None:
    probe = (
        "import sys; before = set(sys.modules); import suite.__main__;"
        " print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['suite', 'suite.__main__']\n"


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_error(place: Path) -> None:
    assert suite("run", "--seeds", "0", cwd=place).returncode == 0
    command = f"{sys.executable} -m suite export | head -c 10"
    done = subprocess.run(
        command,
        shell=True,
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == '{"task": "'
    assert done.stderr == ""


@pytest.mark.slow
def test_a_model_beside_the_tasks_is_found_by_the_console_script_too(place: Path) -> None:
    (place / "mine.py").write_text("from suite.models.mlp import SigmoidMLP as build\n")
    write_task(
        place / "tasks",
        DISC_TASK.replace(
            '[arms.control]\nmodel = "sigmoid-mlp"', '[arms.control]\nmodel = "mine:build"'
        ),
    )
    script = [str(Path(sys.executable).with_name("suite")), "run", "--seeds", "0"]
    done = subprocess.run(script, cwd=place, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "executed 3 runs: 3 ok\n"), done.stderr


@pytest.mark.slow
def test_two_tasks_of_one_name_are_refused(place: Path) -> None:
    write_task(place / "other")
    message = refused(suite("run", "tasks/tiny.toml", "other/tiny.toml", cwd=place))
    assert message == "two tasks are named 'tiny': tasks/tiny.toml and other/tiny.toml; rename one"
    assert (
        suite("run", "tasks/tiny.toml", "./tasks/tiny.toml", "--seeds", "0", cwd=place).stdout
        == "executed 3 runs: 3 ok\n"
    )


def test_brackets_in_a_question_are_text(place: Path) -> None:
    write_task(
        place / "tasks", DISC_TASK.replace("Does more training help?", "Is [a] better than [/b]?")
    )
    assert "Is [a] better than [/b]?" in suite_here("ls", cwd=place).stdout


def test_another_programs_database_is_left_alone(place: Path) -> None:
    with closing(sqlite3.connect(place / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE theirs (x)")
    assert (
        refused(suite_here("run", "--store", "other.db", cwd=place))
        == "other.db: this database belongs to another program"
    )


@pytest.mark.slow
def test_a_placebo_prints_the_noise_floor(place: Path) -> None:
    done = suite("run", "tiny", "--placebo", "long", "--seeds", "0-6", cwd=place)
    assert done.returncode == 0, done
    assert "executed 14 runs: 14 ok" in done.stdout
    assert "accuracy: long: two single runs differ by -" in done.stdout
    assert "accuracy: long against itself: " in done.stdout
    assert (
        refused(suite("run", "tiny", "--placebo", "lnog", cwd=place))
        == "tiny: expected one of the arms short, long, control, got 'lnog'"
    )


@pytest.mark.slow
def test_noise_says_where_it_comes_from(place: Path) -> None:
    done = suite("noise", "tiny", cwd=place)
    assert done.returncode == 0, done
    sources = [
        line.split()[0] + " " + " ".join(line.split()[1:3])
        for line in done.stdout.splitlines()
        if line.startswith("long")
    ]
    assert sources == ["long data 3", "long initialisation 3", "long batch order", "long all 3"]
    assert suite("report", cwd=place).returncode == 0
    assert "varying" not in (place / "RESULTS.md").read_text().replace("(varying", "")


@pytest.mark.slow
def test_until_decided_adds_seeds_and_the_report_says_so(place: Path) -> None:
    done = suite("run", "tiny", "--until", "decided", "--max-seeds", "8", cwd=place)
    assert "tiny, 6 seeds: " in done.stdout
    assert done.returncode in (0, 1)
    decided = "UNDECIDED" not in done.stdout.splitlines()[-1]
    assert done.returncode == (0 if decided else 1)
    suite("report", cwd=place)
    assert "seeds were added until a verdict was reached" in (place / "RESULTS.md").read_text()
    assert "'tired' is not one of 'decided'" in refused(
        suite("run", "tiny", "--until", "tired", cwd=place)
    )


def test_modules_of_the_user_do_not_take_the_place_of_those_that_the_program_needs(
    tmp_path: Path,
) -> None:
    for name in ("random", "calendar", "csv"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('mine')\n")
    rows = [f"{arm},{seed},0.{n}{seed}" for n, arm in enumerate(("a", "b")) for seed in range(6)]
    (tmp_path / "t.csv").write_text("\n".join(["arm,seed,accuracy", *rows]))
    done = suite("compare", "t.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
