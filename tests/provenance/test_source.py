"""The source that a run reaches: which units, and that their digests move with the code and with
nothing else."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from suite.provenance import source
from suite.provenance.references import module_path
from suite.provenance.source import canonical, source_digest, source_units
from suite.task.schema import Task
from suite.training.losses import LOSSES
from suite.training.metrics import METRICS
from tests.support.fakes import ROOT

MODULE = '''"""About it."""
from functools import cache
from suite.provenance.seeding import stream_seed
import suite.training.stopwatch

WIDTH = 3
SETTINGS = {"a": 1}
SETTINGS["b"] = WIDTH


def reached(x):
    """What it returns."""
    return helper(x) + SETTINGS["a"]


def helper(x):
    return x + stream_seed("x")


def unrelated():
    return suite.training.stopwatch.synchronize
'''


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of this package whose file the test may edit."""
    path = tmp_path / "probe.py"
    path.write_text(MODULE)
    monkeypatch.setattr(
        "suite.provenance.source.module_path",
        lambda name: path if name == "suite.probe" else module_path(name),
    )
    return path


def test_the_canonical_form_is_what_its_definition_says() -> None:
    """Written out by hand from the definition, so it holds on every Python."""
    tree = ast.parse('def f(x):\n    """Doc."""\n    return -x + 1.50  # why\n')
    name = ["Name", {"id": "x", "ctx": ["Load", {}]}]
    minus = ["UnaryOp", {"op": ["USub", {}], "operand": name}]
    total = ["BinOp", {"left": minus, "op": ["Add", {}], "right": ["float", "1.5"]}]
    function = {
        "name": "f",
        "args": ["arguments", {"args": [["arg", {"arg": "x"}]]}],
        "body": [["Return", {"value": total}]],
    }
    assert canonical(tree) == ["Module", {"body": [["FunctionDef", function]]}]


def test_pieces_of_text_in_an_f_string_are_one_piece() -> None:
    value = [
        "FormattedValue",
        {"value": ["Name", {"id": "x", "ctx": ["Load", {}]}], "conversion": -1},
    ]
    tree = ast.parse("f'a{{' 'b' f'{x}' f'' 'c' '\\xe9'", mode="eval")
    assert canonical(tree.body) == ["JoinedStr", [["str", "'a{b'"], value, ["str", "'c\\xe9'"]]]


def test_a_digest_is_that_of_the_canonical_form(ours: Path) -> None:
    width = [
        [
            "Assign",
            {"targets": [["Name", {"id": "WIDTH", "ctx": ["Store", {}]}]], "value": ["int", "3"]},
        ]
    ]
    expected = hashlib.sha256(json.dumps([width, {}], sort_keys=True).encode()).hexdigest()[:16]
    assert source_units(["suite.probe:WIDTH"]) == {"suite.probe:WIDTH": expected}
    ours.write_text(MODULE.replace("WIDTH = 3", "import math as m\nWIDTH = m"))
    value = ["Name", {"id": "m", "ctx": ["Load", {}]}]
    width[0][1]["value"] = value  # type: ignore[index]
    expected = hashlib.sha256(
        json.dumps([width, {"m": ["math"]}], sort_keys=True).encode()
    ).hexdigest()[:16]
    assert source_units(["suite.probe:WIDTH"]) == {"suite.probe:WIDTH": expected}


def test_a_definition_counts_with_what_it_uses_and_with_nothing_else(ours: Path) -> None:
    mine = {f"suite.probe:{name}" for name in ("reached", "helper", "SETTINGS", "WIDTH")}
    streams = {"suite.provenance.seeding:stream_seed"}
    assert source_units(["suite.probe:reached"]).keys() == mine | streams
    assert source_units(["suite.probe:helper"]).keys() == {"suite.probe:helper"} | streams
    whole = source_units(["suite.probe"]).keys()
    assert whole == mine | streams | {
        "suite.probe:unrelated",
        "suite.training.stopwatch:Stopwatch",
        "suite.training.stopwatch:synchronize",
    }


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("x + stream", "x - stream", {"helper"}),
        ("WIDTH = 3", "WIDTH = 4", {"WIDTH"}),
        ('SETTINGS["b"] = WIDTH', 'SETTINGS["c"] = WIDTH', {"SETTINGS"}),
        ("def helper(x)", "@cache\ndef helper(x)", {"helper"}),
        ("What it returns", "All that it returns", set()),
        ("return helper(x) + ", "return (\n        helper(x)  # mine\n        +\n    ", None),
        ("return suite.training.stopwatch.synchronize", "return None", set()),
        ("About it", "About this", set()),
        ("import cache\n", "import cache, wraps\n", set()),
        (
            "import suite.training.stopwatch",
            "if TYPE_CHECKING:\n    import suite.training.stopwatch",
            set(),
        ),
        ("WIDTH = 3", "if not TYPE_CHECKING:\n    WIDTH = 3", {"WIDTH", "*"}),
        ("def unrelated():", "print()\n\n\ndef unrelated():", {"*"}),
        (
            "def unrelated():",
            "for one in ():\n    reached(one)\n\n\ndef unrelated():",
            {"*", "one"},
        ),
    ],
)
def test_only_code_moves_a_digest(ours: Path, old: str, new: str, changed: set[str] | None) -> None:
    before = source_units(["suite.probe:reached"])
    assert old in MODULE
    text = MODULE.replace(old, new)
    ours.write_text(
        text.replace('    SETTINGS["a"]', '    SETTINGS["a"])') if changed is None else text
    )
    after = source_units(["suite.probe:reached"])
    moved = {
        name.partition(":")[2]
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    assert moved == (changed or set())


def test_an_installed_copy_of_this_package_reaches_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reached() -> dict[str, str]:
        source._definitions.cache_clear()
        return source_units(["suite.data.mnist:load_pairs", "suite.training.manual:train"])

    editable = reached()
    assert "suite.data.files:verify" in editable  # through `from suite.data import files`
    monkeypatch.setattr("suite.provenance.source.INSTALLED", (ROOT, *source.INSTALLED))
    assert reached() == editable


def test_an_arm_reaches_the_losses_and_metrics_that_it_names() -> None:
    assert all(LOSSES[name].__name__ == name for name in LOSSES)
    assert all(METRICS[name].__name__ == name for name in METRICS)
    units = source_units(
        ["suite.training.job_recipe:make_recipe", "suite.training.losses:half_squared_error"]
    )
    assert {
        unit
        for unit in units
        if unit.startswith(("suite.training.losses", "suite.training.metrics"))
    } == {
        "suite.training.losses:half_squared_error",
        "suite.training.losses:Tensors",
    }


@pytest.mark.parametrize(
    ("file", "moves"),
    [
        ("model", True),
        ("helper", True),
        ("__init__", True),
        ("types_only", False),
        ("unrelated", False),
    ],
)
def test_the_source_digest_follows_imports(package: Path, file: str, moves: bool) -> None:
    def digest() -> str:
        return source_digest(source_units(["theirs.model:build"]))

    before = digest()
    (package / f"{file}.py").write_text((package / f"{file}.py").read_text() + "# more\n")
    assert (digest() != before) == moves
    assert "theirs.model" not in sys.modules


def test_a_users_helper_and_a_folder_without_init_count(package: Path) -> None:
    (package / "spaced").mkdir()
    (package / "spaced" / "model.py").write_text("import beside\n")
    (package.parent / "beside.py").write_text("WIDTH = 1\n")
    before = source_units(["theirs.spaced.model:build"])
    (package.parent / "beside.py").write_text("WIDTH = 2\n")
    middle = source_units(["theirs.spaced.model:build"])
    (package / "spaced" / "model.py").write_text("import beside  # again\n")
    after = source_units(["theirs.spaced.model:build"])
    assert before != middle != after
    assert before.keys() == {"beside", "theirs", "theirs.spaced.model"}


@pytest.mark.parametrize(
    "module",
    [
        "streams",
        "losses",
        "metrics",
        "training/job_recipe",
        "training/autograd",
        "training/measure",
        "models/mlp",
        "data/disc",
    ],
)
def test_the_code_that_decides_bits_is_part_of_the_question(
    tmp_path: Path, tiny: Task, module: str
) -> None:
    """The same program with one file changed, planned in a process of its own, asks another
    question."""
    shutil.copytree(ROOT / "suite", tmp_path / "copy" / "suite")
    probe = (
        "import json, sys; from pathlib import Path; from suite.task.schema import load_task; from"
        " suite.plan.plan import"
        " make_plan\nprint(json.dumps(make_plan(load_task(Path(sys.argv[1])),"
        " device='cpu').questions))"
    )

    def questions() -> dict[str, str]:
        command = [sys.executable, "-c", probe, str(tmp_path / "tasks" / "tiny.toml")]
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "copy")}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    before = questions()
    for unrelated in (
        "store.py",
        "cli/running.py",
        "reports/markdown.py",
        "task.py",
        "models/cnn.py",
    ):
        with (tmp_path / "copy" / "suite" / unrelated).open("a") as file:
            file.write("print\n")
    assert questions() == before
    with (tmp_path / "copy" / "suite" / f"{module}.py").open("a") as file:
        file.write("# a comment\n")
    assert questions() == before
    with (tmp_path / "copy" / "suite" / f"{module}.py").open("a") as file:
        file.write("print\n")  # does nothing, but at import, which nobody can know
    assert questions()["control"] != before["control"]
