"""What decides a command's result: an edit that can change it changes a part, and no other does."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.provenance.commands import command_digest

FILES = {
    "train.py": "import json\nimport numpy as np\nfrom lib import model\n\n\ndef late():\n"
    "    from pkg.inner.deep import X\n",
    "lib/__init__.py": "from .part import Y\n",
    "lib/model.py": "",
    "lib/part.py": "Y = 1\n",
    "lib/unused.py": "Z = 1\n",
    "pkg/__init__.py": "",
    "pkg/inner/__init__.py": "",
    "pkg/inner/deep.py": "import beside\nX = 1\n",
    "src/beside.py": "",
    "conf/a.yaml": "lr: 1\n",
    "data/x.csv": "1\n",
    "data/y.csv": "2\n",
    "README.md": "",
}
REACHED = (
    "train.py", "lib/__init__.py", "lib/model.py", "lib/part.py", "pkg/__init__.py",
    "pkg/inner/__init__.py", "pkg/inner/deep.py", "src/beside.py", "conf/a.yaml",
)  # fmt: skip
WORDS = (sys.executable, "train.py", "--config=conf/a.yaml", "--seed", "{seed}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of somebody's experiment."""
    for name, text in FILES.items():
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text(text)
    return tmp_path / "mine"


def changed(folder: Path, act: Callable[[], object], inputs: tuple[str, ...] = ()) -> set[str]:
    """The names of the parts that an act changes."""
    before = command_digest(WORDS, folder, inputs)
    act()
    after = command_digest(WORDS, folder, inputs)
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_the_parts_are_the_words_the_interpreter_files_and_packages(folder: Path) -> None:
    parts = command_digest(WORDS, folder)
    assert set(parts) == {
        "command", "interpreter", "package numpy", *(f"file {name}" for name in REACHED),
    }  # fmt: skip
    python = ".".join(map(str, sys.version_info[:3]))
    assert parts["interpreter"].endswith(f"Python {python}")
    assert parts["package numpy"] == version("numpy")


@pytest.mark.parametrize("name", REACHED)
def test_an_edit_of_a_file_that_is_reached_changes_its_part(folder: Path, name: str) -> None:
    text = FILES[name] + "# more\n"
    assert changed(folder, lambda: (folder / name).write_text(text)) == {f"file {name}"}


@pytest.mark.parametrize("name", ["lib/unused.py", "README.md", "data/x.csv"])
def test_an_edit_of_another_file_changes_nothing(folder: Path, name: str) -> None:
    assert changed(folder, lambda: (folder / name).write_text("other = 1\n")) == set()


def test_inputs_count_by_their_content_also_new_ones(folder: Path) -> None:
    data = folder / "data"
    edit = changed(folder, lambda: (data / "x.csv").write_text("3\n"), ("data/*.csv",))
    assert edit == {"input data/x.csv"}
    new = changed(folder, lambda: (data / "z.csv").write_text("3\n"), ("data",))
    assert new == {"input data/z.csv"}
    with pytest.raises(SuiteError, match=r"inputs: expected files, found none for 'no/\*'"):
        command_digest(WORDS, folder, ("no/*",))


def test_moving_the_folder_changes_nothing(folder: Path, tmp_path: Path) -> None:
    def parts(place: Path) -> dict[str, str]:
        words = (sys.executable, str(place / "train.py"), f"--data={place}/data/x.csv")
        return command_digest(words, place, ("data",))

    before = parts(folder)
    shutil.move(folder, tmp_path / "elsewhere")
    assert parts(tmp_path / "elsewhere") == before
    assert "file data/x.csv" in before


def test_other_words_are_another_command(folder: Path) -> None:
    parts = command_digest(WORDS, folder)
    other = command_digest((*WORDS, "--new"), folder)
    assert {name for name in parts if parts[name] != other[name]} == {"command"}


def test_a_module_that_is_run_is_found_without_importing_it(folder: Path) -> None:
    (folder / "pkg/__main__.py").write_text("from . import inner\nraise SystemExit('imported')\n")
    parts = command_digest((sys.executable, "-m", "pkg"), folder)
    assert {name for name in parts if name.startswith("file")} == {
        "file pkg/__init__.py", "file pkg/__main__.py", "file pkg/inner/__init__.py",
    }  # fmt: skip


def test_a_file_that_is_not_python_of_today_counts_whole(folder: Path) -> None:
    (folder / "train.py").write_text("print 'of another age'\n")
    assert "file train.py" in command_digest(WORDS, folder)


def test_a_program_of_ones_own_counts_by_its_file_and_is_not_started(folder: Path) -> None:
    program = folder / "run"
    program.write_text("#!/bin/sh\ntouch started\n")
    program.chmod(0o755)
    first = command_digest(("./run", "{seed}"), folder)
    program.write_text("#!/bin/sh\ntouch started now\n")
    second = command_digest(("./run", "{seed}"), folder)
    assert first["program"] != second["program"]
    assert not (folder / "started").exists()
    assert command_digest(("sh", "-c", "true"), folder)["program"] == "sh"
