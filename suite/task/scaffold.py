"""A new comparison: a folder with a task, its models and a README, ready to run."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from suite.errors import SuiteError
from suite.task.fields import NAME_PATTERN


def init(folder: Path) -> list[Path]:
    """Writes the template into a new folder, and gives the files.

    Raises SuiteError where the name is none for a task, or is taken.
    """
    name = folder.name or folder.resolve().name
    if not re.fullmatch(NAME_PATTERN, name):
        raise SuiteError(
            f"{folder}: expected a name like my-comparison (small letters, digits, . _ -), got"
            f" {name!r}"
        )
    if folder.exists():
        raise SuiteError(f"{folder}: expected a new folder, there is one already; name another")
    try:
        folder.mkdir(parents=True)
        written = []
        for source, target in (
            ("task.toml", f"{name}.toml"),
            ("my_models.py", "my_models.py"),
            ("README.md", "README.md"),
        ):
            text = files("suite.task.template").joinpath(source).read_text(encoding="utf-8")
            (folder / target).write_text(text.replace("{name}", name), encoding="utf-8")
            written.append(folder / target)
    except OSError as error:
        raise SuiteError(f"{folder}: cannot write here: {error.strerror}") from None
    return written
