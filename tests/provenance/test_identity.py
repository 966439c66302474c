"""Ids of questions: code counts in them by what it says, and people read it by its names."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from suite.plan.plan import Plan, make_plan
from suite.provenance.identity import REARRANGED, list_question_changes, question_id
from suite.task.loading import load_task
from tests.support.tasks import DISC_TASK, write_task

MODELS = """import torch
from layers import width


class Net(torch.nn.Sequential):
    def __init__(self):
        super().__init__(torch.nn.Linear(2, width()), torch.nn.ReLU(), torch.nn.Linear(width(), 2))


def focal(outputs, targets):
    return (outputs["label"] ** 2).mean()


def share(outputs, targets):
    return 0.5
"""
TASK = (
    DISC_TASK.replace('"sigmoid-mlp"', '"my_models:Net"')
    .replace("arguments = { layers = [2, 9, 5, 2] }\n", "")
    .replace('trainer = "manual"', 'trainer = "autograd"')
    .replace("half_squared_error = 1.0", '"my_models:focal" = 1.0')
    + '\n[metrics.mine]\nname = "my_models:share"\ndirection = "higher"\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "my_models.py").write_text(MODELS)
    (tmp_path / "layers.py").write_text("def width():\n    return 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    assert not {"my_models", "layers", "nets"} & sys.modules.keys()


def plan(folder: Path, text: str = TASK) -> Plan:
    return make_plan(load_task(write_task(folder / "tasks", text)), device="cpu")


def test_a_users_module_may_be_renamed_and_moved(folder: Path) -> None:
    before = plan(folder)
    (folder / "my_models.py").rename(folder / "nets.py")
    renamed = plan(folder, TASK.replace("my_models:", "nets:"))
    assert renamed.parts["long"]["settings"]["model"] == "nets:Net"
    assert list_question_changes(before.parts["long"], renamed.parts["long"]) == []
    (folder / "deep").mkdir()
    (folder / "nets.py").rename(folder / "deep" / "nets.py")
    moved = plan(folder, TASK.replace("my_models:", "deep.nets:"))
    assert before.questions == renamed.questions == moved.questions


@pytest.mark.parametrize(
    ("file", "old", "new", "lines"),
    [
        ("my_models.py", "0.5", "0.25", ["source my_models changed"]),
        ("my_models.py", "import torch", "import torch  # as ever", ["source my_models changed"]),
        ("layers.py", "return 3", "return 4", ["source layers changed"]),
    ],
)
def test_a_users_file_counts_whole(
    folder: Path, file: str, old: str, new: str, lines: list[str]
) -> None:
    before = plan(folder)
    (folder / file).write_text((folder / file).read_text().replace(old, new))
    after = plan(folder)
    assert all(before.questions[arm] != after.questions[arm] for arm in before.questions)
    assert list_question_changes(before.parts["long"], after.parts["long"])[-1:] == lines


def test_another_name_in_the_same_file_is_other_code(folder: Path) -> None:
    path = folder / "my_models.py"
    path.write_text(MODELS + "\n\nclass Other(Net):\n    pass\n")
    before, after = plan(folder), plan(folder, TASK.replace(":Net", ":Other"))
    assert before.questions["long"] != after.questions["long"]
    lines = list_question_changes(before.parts["long"], after.parts["long"])
    assert lines == ["model my_models:Net -> my_models:Other"]


def test_a_module_of_the_users_that_is_named_like_a_standard_one_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "sndhdr", raising=False)
    (folder / "this.py").write_text("WIDTH = 3\n")  # the standard library has one, not yet imported
    (folder / "layers.py").write_text(
        "from this import WIDTH\n\n\ndef width():\n    return WIDTH\n"
    )
    before = plan(folder).questions
    (folder / "this.py").write_text("WIDTH = 44\n")
    assert plan(folder).questions["long"] != before["long"]


@pytest.mark.parametrize("name", ["code", "calendar", "cmd"])
def test_a_module_counts_whatever_of_that_name_this_process_has_imported(
    folder: Path, name: str
) -> None:
    importlib.import_module(name)  # Python's own
    (folder / "my_models.py").rename(folder / f"{name}.py")
    text = TASK.replace("my_models:", f"{name}:")
    before = plan(folder, text)
    assert name in before.parts["long"]["source"]
    (folder / f"{name}.py").write_text(MODELS.replace("torch.nn.ReLU()", "torch.nn.Tanh()"))
    after = plan(folder, text)
    assert after.questions["long"] != before.questions["long"]
    lines = list_question_changes(before.parts["long"], after.parts["long"])
    assert lines == [f"source {name} changed"]


@pytest.mark.parametrize(
    "text",
    [
        "import importlib\nW = importlib.import_module('late').W\n",
        "from importlib import import_module as load\nW = __import__('late').W\n",
        "import importlib\nimport deep\nW = importlib.import_module('deep.late').W\n",
        "def width():\n    from deep import late\n    return late.W\n",
        "import runpy\nW = runpy.run_module('late')['W']\n",
    ],
)
def test_imports_by_a_written_text_and_inside_functions_count(folder: Path, text: str) -> None:
    (folder / "deep").mkdir()
    (folder / "deep/__init__.py").write_text("")
    late = folder / ("deep" if "deep" in text else "") / "late.py"
    late.write_text("W = 3\n")
    (folder / "layers.py").write_text(text)
    before = plan(folder).questions["long"]
    late.write_text("W = 4\n")
    assert plan(folder).questions["long"] != before


def test_arms_with_code_for_numbers_of_their_own_hold_the_version_of_numpy(folder: Path) -> None:
    loop = "def train(arm, data, seed, device):\n    return {}\n"
    (folder / "loops.py").write_text(loop)
    own = TASK.replace('model = "my_models:Net"\ntrainer = "autograd"', 'train = "loops:train"', 1)
    now = plan(folder, own).parts
    (mine,) = [arm for arm in now if now[arm]["settings"]["trainer"] == "own"]
    assert now[mine]["source"]["numpy"].startswith(version("numpy"))
    assert "numpy" not in now["long"]["source"]
    source = {**now[mine]["source"], "numpy": "1.0"}
    lines = list_question_changes({**now[mine], "source": source}, now[mine])
    assert lines == [f"package numpy 1.0 -> {now[mine]['source']['numpy']}"]


def test_an_empty_package_around_a_module_says_nothing(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "my_models.py").rename(folder / "deep" / "my_models.py")
    text = TASK.replace("my_models:", "deep.my_models:")
    before = plan(folder, text).questions
    (folder / "deep" / "__init__.py").write_text("")
    assert plan(folder, text).questions == before
    (folder / "deep" / "__init__.py").write_text("print(1)\n")
    assert plan(folder, text).questions["long"] != before["long"]


def parts(**code: dict[str, str]) -> dict[str, Any]:
    return {"settings": {"model": "a:A"}, "code": code, "source": {"a": "1"}}


def test_the_id_does_not_depend_on_what_code_is_called() -> None:
    one = parts(model={"a:A": "1"})
    other = parts(model={"b:B": "1"}) | {"settings": {"model": "b:B"}, "source": {"b": "1"}}
    assert question_id(one) == question_id(other)
    assert list_question_changes(one, other) == []
    assert question_id(one) != question_id(parts(model={"a:A": "2"}))
    assert question_id(one) != question_id(parts(data={"a:A": "1"}))


def test_two_references_to_the_same_code_are_two() -> None:
    loss = {"a:f": 1.0, "b:f": 2.0}
    one = {"settings": {"loss": loss}, "code": {"named": {"a:f": "1", "b:f": "1"}}}
    for other in ({"a:f": 1.0}, {"a:f": 3.0}):
        code = {"named": dict.fromkeys(other, "1")}
        assert question_id(one) != question_id({"settings": {"loss": other}, "code": code})


def test_entries_of_a_table_that_are_exchanged_are_noticed() -> None:
    table = "suite.training.losses:LOSSES"
    one = parts(named={f"{table}[a]": "1", f"{table}[b]": "2"})
    other = parts(named={f"{table}[a]": "2", f"{table}[b]": "1"})
    assert question_id(one) != question_id(other)
    assert list_question_changes(one, other) == [REARRANGED]


def test_a_piece_of_code_that_has_another_name_alone_did_not_change() -> None:
    before = {"source": {"m:a": "1", "m:b": "2", "m:c": "3", "m:d": "1"}}
    now = {"source": {"n:a": "1", "m:b": "4", "m:c": "3", "n:e": "5"}}
    assert list_question_changes(before, now) == [
        "source m:b changed",
        "source m:d is no longer used",
        "source n:e is new",
    ]


def test_a_question_survives_being_stored(folder: Path) -> None:
    made = plan(folder)
    stored = json.loads(json.dumps(made.parts["long"], sort_keys=True, default=dict))
    assert question_id(stored) == made.questions["long"]
