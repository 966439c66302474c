"""The source that a run reaches: which units, and that their digests move with the code and with
nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.provenance import installed
from suite.provenance.installed import changed_code, package_version
from suite.provenance.source import read_source, source_digest
from suite.training import metrics
from suite.training.losses import LOSSES
from suite.training.metrics import METRICS
from tests.provenance.packages import copy_of_suite, stand_in, write_files
from tests.support.tasks import ROOT

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
    folder = copy_of_suite(tmp_path / "copy")
    write_files(folder, {"probe.py": MODULE})
    stand_in(monkeypatch, folder)
    return folder / "probe.py"


def test_a_unit_is_the_digest_of_its_canonical_form(ours: Path) -> None:
    form = [["Assign", {"targets": [["reference", 0]], "value": ["int", "3"]}]]
    expected = hashlib.sha256(json.dumps(form).encode()).hexdigest()[:16]
    assert read_source(["suite.probe:WIDTH"]).units == {"suite.probe:WIDTH": expected}


def test_a_digest_is_that_of_the_units_with_where_their_references_lead(ours: Path) -> None:
    """Written out by hand: the root, and a row for each unit in the order of first use."""
    units = read_source(["suite.probe:SETTINGS"]).units
    settings, width = units["suite.probe:SETTINGS"], units["suite.probe:WIDTH"]
    rows = [[settings, [[[0]], [[1]]]], [width, [[[1]]]]]
    expected = hashlib.sha256(json.dumps([[[0]], rows]).encode()).hexdigest()[:16]
    assert read_source(["suite.probe:SETTINGS"]).digests == {"suite.probe:SETTINGS": expected}


def test_a_definition_counts_with_what_it_uses_and_with_nothing_else(ours: Path) -> None:
    mine = {f"suite.probe:{name}" for name in ("reached", "helper", "SETTINGS", "WIDTH")}
    streams = {"suite.provenance.seeding:stream_seed"}
    assert read_source(["suite.probe:reached"]).units.keys() == mine | streams
    assert read_source(["suite.probe:helper"]).units.keys() == {"suite.probe:helper"} | streams
    whole = read_source(["suite.probe"]).units.keys()
    assert whole == mine | streams | {
        "suite.probe:unrelated",
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
    before = read_source(["suite.probe:reached"]).units
    assert old in MODULE
    text = MODULE.replace(old, new)
    ours.write_text(
        text.replace('    SETTINGS["a"]', '    SETTINGS["a"])') if changed is None else text
    )
    after = read_source(["suite.probe:reached"]).units
    moved = {
        name.partition(":")[2]
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    assert moved == (changed or set())


def test_an_installed_copy_of_this_package_reaches_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    references = ["suite.data.mnist:load_pairs", "suite.training.manual:train"]
    editable = read_source(references)
    assert "suite.data.files:verify" in editable.units  # through `from suite.data import files`
    monkeypatch.setattr("suite.provenance.installed.INSTALLED", (ROOT, *installed.INSTALLED))
    assert read_source(references) == editable


def test_code_of_this_package_that_is_not_there_is_refused() -> None:
    for reference in ("suite.training.losses:nothing", "suite.plan.job:Job.nothing", "suite.x:y"):
        with pytest.raises(SuiteError, match=f"{reference}: there is no such code"):
            read_source([reference])


def test_an_arm_reaches_the_losses_and_metrics_that_it_names() -> None:
    assert all(LOSSES[name].__name__ == name for name in LOSSES)
    assert all(METRICS[name] is getattr(metrics, name) for name in METRICS)
    units = read_source(
        [
            "suite.training.job_recipe:make_recipe",
            "suite.training.losses:LOSSES[half_squared_error]",
        ]
    ).units
    assert {
        unit
        for unit in units
        if unit.startswith(("suite.training.losses", "suite.training.metrics"))
    } == {
        "suite.training.losses:half_squared_error",
        "suite.training.losses:LOSSES[half_squared_error]",
        "suite.training.metrics:OF_SOME_ARMS",  # which metrics any arm may lack
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
        return source_digest(read_source(["theirs.model:build"]).digests)

    before = digest()
    (package / f"{file}.py").write_text((package / f"{file}.py").read_text() + "# more\n")
    assert (digest() != before) == moves
    assert "theirs.model" not in sys.modules


@pytest.fixture
def installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as pip installs it: its files, and a note of each with its digest and size."""
    folder = tmp_path / "site-packages"
    text = "WIDTH = 3\n"
    sha256 = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    write_files(
        folder,
        {
            "widths/__init__.py": text,
            "widths-1.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: widths\nVersion: 1.5\n",
            "widths-1.5.dist-info/RECORD": f"widths/__init__.py,sha256={sha256},{len(text)}\n"
            "widths-1.5.dist-info/RECORD,,\n",
        },
    )
    monkeypatch.syspath_prepend(str(folder))
    for function in (package_version, changed_code, installed._distribution):
        function.cache_clear()
    return folder / "widths/__init__.py"


@pytest.mark.parametrize(
    ("text", "is_old", "moves"),
    [
        ("WIDTH = 3\n", False, False),  # touched alone
        ("WIDTH = 4\n", False, True),
        ("WIDTH = 44\n", True, True),  # another size, whatever its time
    ],
)
def test_an_installed_package_that_was_edited_in_place_is_another(
    installed_package: Path, text: str, is_old: bool, moves: bool
) -> None:
    assert package_version("widths") == "1.5"
    for function in (package_version, changed_code):
        function.cache_clear()
    installed_package.write_text(text)
    if is_old:
        os.utime(installed_package, (1, 1))
    assert (package_version("widths") != "1.5") == moves
    assert package_version("widths").startswith("1.5")


def test_a_users_helper_and_a_folder_without_init_count(package: Path) -> None:
    (package / "spaced").mkdir()
    (package / "spaced" / "model.py").write_text("import beside\n")
    (package.parent / "beside.py").write_text("WIDTH = 1\n")
    before = read_source(["theirs.spaced.model:build"]).units
    (package.parent / "beside.py").write_text("WIDTH = 2\n")
    middle = read_source(["theirs.spaced.model:build"]).units
    (package / "spaced" / "model.py").write_text("import beside  # again\n")
    after = read_source(["theirs.spaced.model:build"]).units
    assert before != middle != after
    assert before.keys() == {"beside", "theirs.spaced.model"}  # an empty file says nothing
