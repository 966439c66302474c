"""Draws docs/pictures/wings.svg: the layers of the contract in pyproject.toml, each with what it holds.

python .ci/wings.py            # writes the picture
python .ci/wings.py --check    # exits 1 where the picture is not what the contract says
"""

from __future__ import annotations

import ast
import sys
from html import escape
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "pictures" / "wings.svg"
WIDTH, ROW, TEXT_AT = 960, 30, 250  # pixels
LONGEST = 104  # characters beside a name


def layers() -> list[list[str]]:
    """The names in each layer, top first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    return [layer.replace(":", "|").split(" | ") for layer in contract["layers"]]


def summary(name: str) -> str:
    """The first line of the docstring of a wing or a module."""
    folder = ROOT / "suite" / name
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(text.split("\n\n")[0].split())


def draw() -> str:
    """The picture as SVG: a row a layer; each imports only from rows below it."""
    rows = layers()
    height = ROW * len(rows) + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" font-family="sans-serif" font-size="13" role="img">',
        "<title>The wings of suite: each imports only from those below it</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="12" y="22" fill="#444">imports only from rows below it</text>',
        f'<path d="M 6 30 V {height - 12} m -4 -8 l 4 8 l 4 -8" fill="none" stroke="#0072B2"/>',
    ]
    for row, names in enumerate(rows):
        top = 34 + row * ROW
        is_folder = (ROOT / "suite" / names[0]).is_dir()
        fill = "#dbe9f6" if is_folder else "#eeeeee"
        parts += [
            f'<rect x="16" y="{top}" width="{TEXT_AT - 26}" height="{ROW - 6}" rx="4" fill="{fill}"/>',
            f'<text x="26" y="{top + 17}" font-weight="bold">{escape(", ".join(names))}</text>',
            f'<text x="{TEXT_AT}" y="{top + 17}">{escape(caption(names))}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def caption(names: list[str]) -> str:
    """What stands beside a layer of one name, shortened to what fits."""
    text = summary(names[0]) if len(names) == 1 else ""
    return text if len(text) <= LONGEST else text[: LONGEST - 4].rsplit(" ", 1)[0] + " ..."


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(
            PICTURE.read_text() != draw() and "docs/pictures/wings.svg: run python .ci/wings.py"
        )
    PICTURE.write_text(draw())
