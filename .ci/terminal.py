"""Draws docs/pictures/versus.svg, a terminal with the text of versus.txt beside it: a real run."""

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WIDTH = 96


def draw(text: str) -> str:
    """The terminal as SVG, without fonts from elsewhere; the same text gives the same bytes."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for line in text.splitlines():
        is_answer = "IS BETTER" in line
        style = "bold green" if is_answer else "bold" if line.startswith("$") else ""
        console.print(Text(line.replace(" ", "\N{NO-BREAK SPACE}"), style=style), soft_wrap=True)
    svg = console.export_svg(title="suite versus", unique_id="versus")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    (PICTURES / "versus.svg").write_text(draw((PICTURES / "versus.txt").read_text()))
    sys.exit(0)
