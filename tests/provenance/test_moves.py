"""Identity by content: what is only moved, renamed or laid out anew leaves every key alone, and an
edit moves exactly the keys that reach it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.provenance.source import read_source
from tests.provenance.packages import Edit, digests, replace, stand_in, write_files

TEXTS = {
    "__init__.py": '"""A stand-in."""\n__version__ = "1"\n',
    "app/__init__.py": "",
    "app/main.py": '''"""Main."""
from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from suite.app import middle
from suite.app.middle import Base as Root
from suite.app.middle import outer
from suite.app.tables import PICK

if TYPE_CHECKING:
    from suite.app.unrelated import Unrelated

LIMIT = 3


def first(x: Unrelated) -> int:
    """What it returns."""
    return outer(x) + LIMIT


def second(x, step=2):
    return middle.other(x) * step


class Model(Root):
    width = 5

    def forward(self, x):
        return middle.other(x) + self.width


@middle.decorate
def third(x):
    return x


def fourth(x):
    return PICK["a"](x)


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)
''',
    "app/middle.py": '''"""Middle."""
from suite.app.deep import bottom, settle


def outer(x):
    return bottom(x) + 1


def other(x):
    return x - 1


class Base:
    depth = 2

    def build(self):
        return self.depth


def decorate(function):
    return lambda x: function(x) + settle()
''',
    "app/deep.py": '''"""Deep."""

SETTINGS = {"a": 1}
SETTINGS["b"] = 2


def bottom(x):
    return x * 7


def settle(scale=0.5):
    return SETTINGS["b"] * scale


def unreached(x):
    return x
''',
    "app/tables.py": '''"""Tables."""
from suite.app.deep import bottom, settle

PICK = {"a": bottom, "b": settle}
''',
    "app/unrelated.py": '"""Unrelated."""\nimport suite.app.main\n\n\nclass Unrelated:\n    pass\n',
}
MAIN = ["first", "second", "Model", "third", "fourth", "even"]
REFERENCES = [
    *(f"suite.app.main:{name}" for name in MAIN),
    "suite.app.tables:PICK[a]",
    "suite.app.tables:PICK[b]",
    "suite.app.main:Model.forward",
]
SHORT = {reference: reference.rpartition(":")[2] for reference in REFERENCES}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path / "suite", TEXTS)
    stand_in(monkeypatch, tmp_path / "suite")
    return tmp_path / "suite"


def all_of(*edits: Edit) -> Edit:
    def edit(folder: Path) -> None:
        for one in edits:
            one(folder)

    return edit


def rename_file(old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        (folder / new).parent.mkdir(exist_ok=True)
        (folder / old).rename(folder / new)

    return edit


def everywhere(old: str, new: str) -> Edit:
    """The edit of a careful refactoring tool: one word by another in all files."""

    def edit(folder: Path) -> None:
        for path in folder.rglob("*.py"):
            path.write_text(path.read_text().replace(old, new))

    return edit


def backwards(file: str) -> Edit:
    """Puts the definitions of a file in the opposite order, imports first."""

    def edit(folder: Path) -> None:
        head, *blocks = (folder / file).read_text().split("\n\n\n")
        (folder / file).write_text("\n\n\n".join([head, *reversed(blocks)]) + "\n")

    return edit


def move_bottom(folder: Path) -> None:
    """Moves a function to a module of its own."""
    text = (folder / "app/deep.py").read_text()
    body = "def bottom(x):\n    return x * 7\n"
    assert body in text
    (folder / "app/deep.py").write_text(text.replace(body, ""))
    (folder / "low.py").write_text(body)
    for name in ("app/middle.py", "app/tables.py"):
        replace(name, ("import bottom, settle", "import settle\nfrom suite.low import bottom"))(
            folder
        )


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(move_bottom, id="move a function"),
        pytest.param(
            all_of(rename_file("app/deep.py", "app/low.py"), everywhere("app.deep", "app.low")),
            id="rename a module",
        ),
        pytest.param(
            all_of(
                rename_file("app/deep.py", "other/deep.py"),
                everywhere("suite.app.deep", "suite.other.deep"),
            ),
            id="move a module",
        ),
        pytest.param(everywhere("bottom", "lowest"), id="rename a function"),
        pytest.param(everywhere("outer", "a_last_name"), id="rename so that the order of names changes"),
        pytest.param(everywhere("Base", "Foundation"), id="rename a class"),
        pytest.param(everywhere("Unrelated", "Other"), id="rename what only type checkers see"),
        pytest.param(everywhere("SETTINGS", "CHOICES"), id="rename a table"),
        pytest.param(everywhere("LIMIT", "BOUND"), id="rename a constant"),
        pytest.param(replace("app/main.py", ("def odd", "def uneven"), ("or odd", "or uneven")), id="rename in a circle"),
        pytest.param(replace("app/main.py", ("Base as Root", "Base"), ("(Root)", "(Base)")), id="import under another name"),
        pytest.param(
            replace("app/main.py", ("from suite.app import middle\n", "import suite.app.middle\n"), ("middle.other", "suite.app.middle.other"), ("@middle", "@suite.app.middle")),
            id="import in another way",
        ),
        pytest.param(
            all_of(replace("app/__init__.py") , lambda f: (f / "app/__init__.py").write_text("from suite.app.middle import outer\n"), replace("app/main.py", ("from suite.app.middle import outer", "from suite.app import outer"))),
            id="pass a name on",
        ),
        pytest.param(all_of(backwards("app/deep.py"), backwards("app/middle.py")), id="re-order"),
        pytest.param(replace("app/deep.py", ("return x * 7", "return (\n        x\n        * 7  # why\n    )")), id="re-format"),
        pytest.param(replace("app/main.py", ("What it returns", "The sum"), ('"""Main."""', '"""Of it all."""')), id="docstrings"),
        pytest.param(replace("app/main.py", ("def second(x, step=2):", "def second(x: int, step: int = 2) -> int:")), id="annotations"),
        pytest.param(replace("app/deep.py", ("def unreached(x):\n    return x", "def unreached(x):\n    return -x")), id="edit what nobody reaches"),
        pytest.param(replace("app/deep.py", ('"""Deep."""', '"""Deep."""\nimport json')), id="import more"),
        pytest.param(replace("app/unrelated.py", ("class", "print(1)\n\n\nclass")), id="act at the import of another module"),
        pytest.param(replace("__init__.py", ('"1"', '"2"')), id="a new version"),
        pytest.param(lambda f: (f / "app/more.py").write_text("print(1)\n"), id="add a module"),
    ],
)  # fmt: skip
def test_what_says_the_same_keeps_every_key(folder: Path, edit: Edit) -> None:
    before = digests(REFERENCES)
    edit(folder)
    assert digests(REFERENCES) == before


def test_a_reference_that_is_renamed_itself_keeps_its_key(folder: Path) -> None:
    before = digests(REFERENCES)
    everywhere("Model", "Network")(folder)
    everywhere("first", "uno")(folder)
    rename_file("app/main.py", "app/start.py")(folder)
    everywhere("app.main", "app.start")(folder)
    words = (("Model", "Network"), ("first", "uno"), ("app.main", "app.start"))
    now = {reference: reference for reference in REFERENCES}
    for old, new in words:
        now = {reference: name.replace(old, new) for reference, name in now.items()}
    assert digests(now) == before


# `fourth` takes an entry of the table while it runs, so all of the table counts for it.
SETTLED = {"third", "fourth", "PICK[b]"}  # they reach `settle`
EVERYTHING = set(SHORT.values())


@pytest.mark.parametrize(
    ("edit", "moved"),
    [
        pytest.param(replace("app/deep.py", ("x * 7", "x * 8")), {"first", "fourth", "PICK[a]"}, id="two modules deep"),
        pytest.param(replace("app/deep.py", ("scale=0.5", "scale=0.6")), SETTLED, id="a default argument"),
        pytest.param(replace("app/deep.py", ('["b"] = 2', '["b"] = 3')), SETTLED, id="a table's entry, set below it"),
        pytest.param(replace("app/deep.py", ('{"a": 1}', '{"a": 0}')), SETTLED, id="a table's entry"),
        pytest.param(replace("app/main.py", ("step=2", "step=3")), {"second"}, id="a default of its own"),
        pytest.param(replace("app/main.py", ("width = 5", "width = 6")), {"Model"}, id="a class attribute"),
        pytest.param(replace("app/middle.py", ("depth = 2", "depth = 3")), {"Model"}, id="an attribute of a base class"),
        pytest.param(replace("app/middle.py", ("return self.depth", "return -self.depth")), {"Model"}, id="a method of a base class"),
        pytest.param(replace("app/main.py", ("Model(Root)", "Model(Root, dict)")), {"Model"}, id="another base class"),
        pytest.param(replace("app/middle.py", ("+ settle()", "- settle()")), {"third"}, id="a decorator"),
        pytest.param(replace("app/main.py", ("@middle.decorate\n", "")), {"third"}, id="no decorator"),
        pytest.param(replace("app/main.py", ("def second", "@cache\ndef second")), {"second"}, id="one more decorator"),
        pytest.param(replace("app/middle.py", ("return x - 1", "return x - 2")), {"second", "Model", "Model.forward"}, id="one module deep"),
        pytest.param(replace("app/main.py", ("LIMIT = 3", "LIMIT = 4")), {"first"}, id="a constant"),
        pytest.param(replace("app/main.py", ("n != 0", "n != 1")), {"even"}, id="in a circle"),
        pytest.param(replace("app/tables.py", ('"a": bottom', '"a": settle')), {"fourth", "PICK[a]"}, id="another function in a table"),
        pytest.param(replace("app/tables.py", ('"a": bottom, "b": settle', '"b": bottom, "a": settle')), {"fourth", "PICK[a]", "PICK[b]"}, id="two functions of a table exchanged"),
        pytest.param(replace("app/main.py", ("middle.other(x) * step", "middle.outer(x) * step")), {"second"}, id="another function, which others reach"),
        pytest.param(replace("app/deep.py", ("def unreached", "print(1)\n\n\ndef unreached")), EVERYTHING, id="an act at import, two modules deep"),
        pytest.param(replace("app/middle.py", ("class Base", "import os\n\nos.environ['A'] = '1'\n\n\nclass Base")), EVERYTHING - {"PICK[a]", "PICK[b]"}, id="a change of something imported"),
        pytest.param(lambda f: (f / "app/__init__.py").write_text("print(1)\n"), EVERYTHING, id="an act of the package around"),
        pytest.param(replace("app/main.py", ("LIMIT = 3", "LIMIT = 3\nfor one in ():\n    even(one)")), EVERYTHING - {"PICK[a]", "PICK[b]"}, id="a loop at import"),
    ],
)  # fmt: skip
def test_an_edit_moves_exactly_the_keys_that_reach_it(
    folder: Path, edit: Edit, moved: set[str]
) -> None:
    before = digests(REFERENCES)
    edit(folder)
    after = digests(REFERENCES)
    assert {SHORT[name] for name in REFERENCES if before[name] != after[name]} == moved


def test_which_part_refers_to_which_counts(folder: Path) -> None:
    """All is reached before and after, in the same order, and each piece alone says the same."""
    text = "def root():\n    return part(), one(), two()\n\n\ndef part():\n    return one()\n"
    text += "\n\ndef one():\n    return 1\n\n\ndef two():\n    return 2\n"
    write_files(folder, {"app/wired.py": text})
    before = read_source(["suite.app.wired:root"])
    replace("app/wired.py", ("def part():\n    return one()", "def part():\n    return two()"))(
        folder
    )
    after = read_source(["suite.app.wired:root"])
    assert before.units == after.units
    assert before.digests != after.digests
