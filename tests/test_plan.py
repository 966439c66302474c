"""Plans: what runs there are, and what their keys hash."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.plan import make_plan
from suite.references import check, load, source_digest
from suite.task import Task, load_task
from tests.fakes import DISC_TASK, ROOT, write_task


def test_a_plan_holds_every_arm_under_every_seed(tiny: Task) -> None:
    plan = make_plan(tiny, device="cpu")
    runs = {(job.arm, seed) for job in plan.jobs for seed in job.seeds}
    assert runs == {(arm, seed) for arm in ("short", "long", "control") for seed in (0, 1, 2)}
    assert plan.run_count == 9
    assert {len(job.seeds) for job in plan.jobs if job.arm == "long"} == {3}
    assert {len(job.seeds) for job in plan.jobs if job.arm == "control"} == {1}


def test_a_key_does_not_depend_on_the_seeds_asked_for(tiny: Task) -> None:
    whole, part = make_plan(tiny, device="cpu"), make_plan(tiny, device="cpu", seeds=[2])
    keys = {(job.arm, seed): job.key(seed) for job in whole.jobs for seed in job.seeds}
    assert all(keys[job.arm, 2] == job.key(2) for job in part.jobs)
    assert len(set(keys.values())) == 9


def test_what_is_stored_is_subtracted(tiny: Task) -> None:
    plan = make_plan(tiny, device="cpu")
    stored = {job.key(seed) for job in plan.jobs for seed in job.seeds if seed != 1}
    assert {job.seeds for job in plan.without(stored).jobs} == {(1,)}
    assert plan.without({job.key(s) for job in plan.jobs for s in job.seeds}).jobs == ()


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("lr = 0.5", "lr = 0.25", {"short", "long", "control"}),
        ("epochs = 2", "epochs = 3", {"short"}),
        ("train_points = 60", "train_points = 61", {"short", "long", "control"}),
        ("version = 1", "version = 2", {"short", "long", "control"}),
        ("Does more training help?", "Does it?", set()),
        ("short = 0.5", "short = 0.6", set()),
        ('seeds = "0-2"', 'seeds = "0-3"', set()),
        ("margin = 0.01", "margin = 0.02", set()),
    ],
)
def test_a_question_moves_with_what_decides_its_runs(
    tmp_path: Path, tiny: Task, old: str, new: str, moved: set[str]
) -> None:
    before = make_plan(tiny, device="cpu").questions
    after = make_plan(load_task(write_task(tmp_path, DISC_TASK.replace(old, new, 1))), device="cpu").questions
    assert {arm for arm in before if before[arm] != after[arm]} == moved


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    task = load_task(write_task(tmp_path, DISC_TASK.replace('"sigmoid-mlp"', '"sigmoid-mpl"', 1)))
    with pytest.raises(SuiteError, match='model: expected one of mlp, cnn, .* or "package.module:factory", got'):
        make_plan(task, device="cpu")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's package: `model` imports `helper`, and for types alone `types_only`."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "helper.py").write_text("WIDTH = 3\n")
    (folder / "types_only.py").write_text("Width = int\n")
    (folder / "unrelated.py").write_text("X = 1\n")
    (folder / "model.py").write_text(
        "from typing import TYPE_CHECKING\nfrom theirs.helper import WIDTH\n"
        "if TYPE_CHECKING:\n    from theirs.types_only import Width\n"
        "def build(): return WIDTH\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "theirs"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("file", "moves"),
    [("model", True), ("helper", True), ("__init__", False), ("types_only", False), ("unrelated", False)],
)
def test_the_source_digest_follows_imports(package: Path, file: str, moves: bool) -> None:
    def digest() -> str:
        return source_digest(["theirs.model:build"])

    before = digest()
    (package / f"{file}.py").write_text((package / f"{file}.py").read_text() + "# more\n")
    assert (digest() != before) == moves
    assert "theirs.model" not in sys.modules


def test_a_reference_is_loaded_or_refused_by_name(package: Path) -> None:
    assert load("theirs.model:build")() == 3
    with pytest.raises(SuiteError, match=r"theirs.model:biuld: module theirs.model has no 'biuld'"):
        load("theirs.model:biuld")
    with pytest.raises(SuiteError, match="nowhere:x: cannot import nowhere: No module named 'nowhere'"):
        load("nowhere:x")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("theirs.model", 'expected "package.module:name", got'),
        ("../theirs:build", 'expected "package.module:name", got'),
        ("theirs.modle:build", "there is no Python file of module theirs.modle on the path"),
        ("theirs.model:biuld", "module theirs.model has no 'biuld'"),
        ("theirs.broken:build", "broken.py: not valid Python"),
        ("_ctypes:build", "there is no Python file of module _ctypes on the path"),
    ],
)
def test_a_reference_is_checked_without_an_import(package: Path, reference: str, message: str) -> None:
    (package / "broken.py").write_text("def build(:\n")
    with pytest.raises(SuiteError, match=message):
        check(reference)
    check("theirs.model:build")
    assert "theirs.model" not in sys.modules


def test_a_users_helper_and_a_folder_without_init_count(package: Path) -> None:
    (package / "spaced").mkdir()
    (package / "spaced" / "model.py").write_text("import beside\n")
    (package.parent / "beside.py").write_text("WIDTH = 1\n")
    before = source_digest(["theirs.spaced.model:build"])
    (package.parent / "beside.py").write_text("WIDTH = 2\n")
    middle = source_digest(["theirs.spaced.model:build"])
    (package / "spaced" / "model.py").write_text("import beside  # again\n")
    assert len({before, middle, source_digest(["theirs.spaced.model:build"])}) == 3


@pytest.mark.parametrize(
    "module",
    [
        "streams",
        "losses",
        "metrics",
        "training/prepare",
        "training/autograd",
        "training/measure",
        "models/mlp",
        "data/disc",
    ],
)
def test_the_code_that_decides_bits_is_part_of_the_question(tmp_path: Path, tiny: Task, module: str) -> None:
    """The same program with one file changed, planned in a process of its own, asks another question."""
    shutil.copytree(ROOT / "suite", tmp_path / "copy" / "suite")
    probe = (
        "import json, sys; from pathlib import Path; from suite.task import load_task; from suite.plan import make_plan\n"
        "print(json.dumps(make_plan(load_task(Path(sys.argv[1])), device='cpu').questions))"
    )

    def questions() -> dict[str, str]:
        command = [sys.executable, "-c", probe, str(tmp_path / "tasks" / "tiny.toml")]
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "copy")}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    before = questions()
    for unrelated in ("store.py", "cli/running.py", "report/markdown.py", "task.py", "models/cnn.py"):
        with (tmp_path / "copy" / "suite" / unrelated).open("a") as file:
            file.write("# more\n")
    assert questions() == before
    with (tmp_path / "copy" / "suite" / f"{module}.py").open("a") as file:
        file.write("# more\n")
    assert questions()["control"] != before["control"]
