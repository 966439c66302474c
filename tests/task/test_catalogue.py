"""Where tasks come from: names, paths, folders and installed packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.task.catalogue import folder_of_package, load_tasks
from suite.task.loading import load_task
from suite.task.scaffold import init
from tests.support.program import refused, suite
from tests.support.tasks import write_task


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with an installed package that offers a task."""
    site = tmp_path / "site"
    write_task(site / "their_bench" / "tasks", name="theirs")
    for folder in (site / "their_bench", site / "their_bench" / "tasks"):
        (folder / "__init__.py").write_text("")
    information = site / "their_bench-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: their-bench\nVersion: 1.0\n"
    )
    (information / "entry_points.txt").write_text(
        "[suite.tasks]\ntheir_bench = their_bench.tasks\ngone = their_bench.gone\n"
    )
    monkeypatch.syspath_prepend(str(site))
    return site


def test_tasks_of_an_installed_package_are_found(offered: Path) -> None:
    folder = folder_of_package("their_bench")
    assert folder == offered / "their_bench" / "tasks"
    assert [task.name for task in load_tasks(None, folder)] == ["theirs"]
    with pytest.raises(
        SuiteError,
        match=(
            "no installed package offers tasks under the name 'other'; offered: gone, their_bench"
        ),
    ):
        folder_of_package("other")
    with pytest.raises(
        SuiteError, match=r"--tasks-from: gone: there is no module their_bench\.gone on the path"
    ):
        folder_of_package("gone")


@pytest.mark.slow
def test_the_command_line_runs_the_tasks_of_a_package(offered: Path, tmp_path: Path) -> None:
    path = f"{offered}:{Path(__file__).parents[2]}"
    done = suite(
        "run",
        "--tasks-from",
        "their_bench",
        "--seeds",
        "0",
        "--trainer",
        "autograd",
        cwd=tmp_path,
        PYTHONPATH=path,
    )
    assert (done.returncode, done.stdout) == (0, "executed 3 runs: 3 ok\n"), done.stderr
    assert (
        "theirs" in suite("ls", "--tasks-from", "their_bench", cwd=tmp_path, PYTHONPATH=path).stdout
    )
    assert "offered: gone, their_bench" in refused(
        suite("ls", "--tasks-from", "x", cwd=tmp_path, PYTHONPATH=path)
    )


def test_a_folder_stands_for_its_tasks_and_its_modules_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("a", "b"):
        write_task(tmp_path / name, name=f"task-{name}")
    (tmp_path / "a" / "beside_a.py").write_text("X = 1\n")
    assert [task.name for task in load_tasks([tmp_path / "a", tmp_path / "b"], tmp_path)] == [
        "task-a",
        "task-b",
    ]
    assert sys.path[0] == str(tmp_path / "a")
    (tmp_path / "b" / "beside_a.py").write_text("X = 2\n")
    with pytest.raises(
        SuiteError,
        match=r"both have a module beside_a\.py; run their tasks one at a time, or rename one",
    ):
        load_tasks([tmp_path / "a", tmp_path / "b"], tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SuiteError, match="expected a folder with task files"):
        load_tasks([tmp_path / "empty"], tmp_path)


def test_init_writes_a_valid_task_and_replaces_nothing(tmp_path: Path) -> None:
    written = init(tmp_path / "my-comparison")
    assert [path.name for path in written] == ["my-comparison.toml", "my_models.py", "README.md"]
    assert list(load_task(written[0]).arms) == ["plain", "regularised"]
    assert not any("{name}" in path.read_text() for path in written)
    with pytest.raises(
        SuiteError, match="my-comparison: expected a new folder, there is one already; name another"
    ):
        init(tmp_path / "my-comparison")
    with pytest.raises(SuiteError, match="expected a name like my-comparison .* got 'My Own'"):
        init(tmp_path / "My Own")
    (tmp_path / "file").write_text("")
    with pytest.raises(SuiteError, match="cannot write here: Not a directory"):
        init(tmp_path / "file" / "mine")


def test_init_of_a_command_writes_two_arms_of_it(tmp_path: Path) -> None:
    line = "python train.py --name \"a b\" --path 'c\\d' --seed {seed}"
    written = init(tmp_path / "mine", line)
    assert [path.name for path in written] == ["mine.toml", "README.md"]
    task = load_task(written[0])
    assert list(task.arms) == ["baseline", "changed"]
    for arm in task.arms.values():
        assert arm.command is not None
        assert arm.command.command == line
        assert arm.command.words[3:6] == ("a b", "--path", "c\\d")
    assert not any("{name}" in path.read_text() for path in written)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("python train.py", "--command: expected {seed} where the program takes it, got 'python"),
        ("python train.py {seed} | tail", "--command: command: '|' is for a shell"),
        ("", "--command: "),
    ],
)
def test_init_refuses_what_is_no_command_of_a_seed(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(SuiteError) as refused:
        init(tmp_path / "mine", line)
    assert str(refused.value).startswith(message)
    assert not (tmp_path / "mine").exists()


@pytest.mark.slow
def test_a_traceback_is_shown_only_where_it_was_asked_for(tmp_path: Path) -> None:
    init(tmp_path / "mine")
    models = tmp_path / "mine" / "my_models.py"
    models.write_text(models.read_text().replace("nn.Linear(64, width)", "nn.Linear(63, width)"))
    message = refused(suite("validate", "mine/", cwd=tmp_path))
    assert message.startswith(
        "mine: arms.plain: RuntimeError: mat1 and mat2 shapes cannot be multiplied"
    )
    shown = suite("--debug", "validate", "mine/", cwd=tmp_path)
    assert shown.returncode == 2
    assert "Traceback" in shown.stderr
    assert "my_models.py" in shown.stderr
