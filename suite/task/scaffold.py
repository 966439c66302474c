"""A new comparison: a folder with a task, its models and a README, ready to run."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from suite.errors import SuiteError
from suite.task.commands import Command
from suite.task.fields import NAME_PATTERN

MODELS = {"task.toml": "{name}.toml", "my_models.py": "my_models.py", "README.md": "README.md"}
COMMANDS = {"command.toml": "{name}.toml", "command.md": "README.md"}


def init(folder: Path, command: str | None = None) -> list[Path]:
    """Writes the template into a new folder, and gives the files.

    `command`: a line with which both arms begin, in the place of models. Raises SuiteError where it
    is none, and where the folder's name is none for a task, or is taken.
    """
    name = folder.name or folder.resolve().name
    if not re.fullmatch(NAME_PATTERN, name):
        raise SuiteError(
            f"{folder}: expected a name like my-comparison (small letters, digits, . _ -), got"
            f" {name!r}"
        )
    if command is not None:
        _require_seeded(command)
    if folder.exists():
        raise SuiteError(f"{folder}: expected a new folder, there is one already; name another")
    line = json.dumps(command, ensure_ascii=False)  # a JSON text is one of TOML
    try:
        folder.mkdir(parents=True)
        written = []
        for source, target in (MODELS if command is None else COMMANDS).items():
            text = files("suite.task.template").joinpath(source).read_text(encoding="utf-8")
            path = folder / target.replace("{name}", name)
            filled = text.replace("{name}", name).replace("{command}", line)
            path.write_text(filled, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise SuiteError(f"{folder}: cannot write here: {error.strerror}") from None
    return written


def _require_seeded(line: str) -> None:
    """Raises SuiteError unless the line is a command that is given its seed."""
    try:
        command = Command(command=line)
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise SuiteError(f"--command: {message}") from None
    if not command.is_seeded:
        raise SuiteError(f"--command: expected {{seed}} where the program takes it, got {line!r}")
