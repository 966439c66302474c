"""What the site of docs/ is made from besides its pages: RESULTS.md with its figures, the command
line, and formulas as MathML."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

from suite.cli.verbs import VERBS, load_command

ROOT = Path(__file__).parent.parent
COMMAND_LINE, CONTRACT = "<!-- the command line -->", "<!-- the contract -->"
DERIVATION = "back-propagation.md"
FORMULA = re.compile(r'<(div|span) class="arithmatex">\\[\[(](.*?)\\[\])]</\1>', flags=re.DOTALL)


def on_files(files: Files, *, config: Any) -> Files:
    """The files of docs/ with RESULTS.md and its figures."""
    for path in [ROOT / "RESULTS.md", *sorted((ROOT / "results").glob("*.svg"))]:
        files.append(
            File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path))
        )
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page with the command line, or the README's contract, where it asks for it."""
    return markdown.replace(COMMAND_LINE, command_line()).replace(CONTRACT, contract())


def on_page_content(content: str, *, page: Any, **_: Any) -> str:
    """The page with its formulas as MathML, which browsers set themselves; on back-propagation,
    with the code unfolded."""
    if page.file.src_uri == DERIVATION:
        content = content.replace(
            '<details class="mkdocstrings-source">', '<details class="mkdocstrings-source" open>'
        )
    return FORMULA.sub(
        lambda found: mathml(html.unescape(found[2]), block=found[1] == "div"), content
    )


def mathml(formula: str, *, block: bool) -> str:
    """The formula, for a browser to set."""
    return str(convert(formula.strip(), display="block" if block else "inline"))


def contract() -> str:
    """The README's section on what is promised."""
    text = (ROOT / "README.md").read_text().split("## What is promised\n")[1].split("\n## ")[0]
    return text.split("\n[MIT](")[0].replace("](docs/", "](").strip()


def command_line() -> str:
    """Every verb with its arguments and options, from the program itself."""
    parts = []
    for name in sorted(VERBS):
        command: Any = load_command(name)
        usage = command.get_usage(
            command.context_class(command, info_name=f"suite {name}")
        ).removeprefix("Usage: ")
        parts += [f"## suite {name}", "", str(command.help), "", "```text", usage, "```", ""]
        rows = [_row(parameter) for parameter in command.params if getattr(parameter, "help", None)]
        parts += (
            ["| argument or option | variable | what it does |", "|:--|:--|:--|", *rows, ""]
            if rows
            else []
        )
    return "\n".join(parts)


def _row(parameter: Any) -> str:
    is_option = parameter.param_type_name == "option"
    choices = "|".join(parameter.type_descriptor.choices or ())
    named = (
        f"{', '.join(parameter.opts)} {choices}".rstrip()
        if is_option
        else parameter.metavar or parameter.name
    )
    text = " ".join(str(parameter.help).split()).replace("|", "\\|")
    variable = f"`{parameter.envvar}`" if parameter.envvar else ""
    return f"| `{str(named).replace('|', chr(92) + '|')}` | {variable} | {html.escape(text, quote=False)} |"
