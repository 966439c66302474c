"""Task files: TOML with the name of the task, read within limits, or refused in one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from suite.atomic_files import read_at_most
from suite.errors import SuiteError
from suite.task.datasets import TableFile
from suite.task.fields import NAME_PATTERN
from suite.task.schema import Task

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_FILE_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_KEY_PARTS = 8  # a dotted key of 40 KB would take seconds to read
STRINGS = r"""("(\\.|[^"\\\n])*")|('[^'\n]*')"""  # of TOML, on one line
MAX_MESSAGE = 400  # characters, for a message may quote what it is about


def load_task(path: Path) -> Task:
    """The task in the file `path`; its name is the file's.

    Raises SuiteError (one line: file, field, what is wrong).
    """
    return parse_task(path, lambda: read_at_most(path, MAX_FILE_BYTES, "the task"))


def parse_task(path: Path, read: Callable[[], bytes]) -> Task:
    """The task in what `read` gives, which is, or is to be, the file `path`. Raises SuiteError."""
    if path.suffix != ".toml" or not re.fullmatch(NAME_PATTERN, path.stem):
        raise SuiteError(
            f"{path}: expected a file named like my-task.toml (small letters, digits, . _ -), got"
            f" {path.name!r}"
        )
    table = _parse(path, read())
    if "name" in table:
        raise SuiteError(f"{path}: name: a task is named by its file, remove this key")
    try:
        task = Task.model_validate({**table, "name": path.stem})
    except ValidationError as error:
        raise SuiteError(f"{path}: {_first_line(error)}") from None
    for data in task.data_sets.values():
        if isinstance(data, TableFile):
            data.resolve_from(path.parent)
    return task


def _parse(path: Path, content: bytes) -> dict[str, Any]:
    """The tables of a TOML file within the limits of depth. Raises SuiteError."""
    try:
        text = content.decode()
        without_strings = re.sub(STRINGS, '""', text)
        if re.search(rf"([\w-]+\s*\.\s*){{{MAX_KEY_PARTS}}}", without_strings):
            raise SuiteError(f"{path}: expected keys of at most {MAX_KEY_PARTS} parts")
        table: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise SuiteError(
            f"{path}: not valid TOML: {type(error).__name__}: {error}".replace("\n", " ")
        ) from None
    if _depth(table) > MAX_DEPTH:
        raise SuiteError(
            f"{path}: expected at most {MAX_DEPTH} levels of tables, got {_depth(table)}"
        )
    return table


def _depth(value: object, limit: int = MAX_DEPTH + 1) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 0 if limit == 0 else 1 + max((_depth(item, limit - 1) for item in inner), default=0)


def _first_line(error: ValidationError) -> str:
    """The first error as `field: what is wrong`, in one line."""
    first = error.errors(include_url=False)[0]
    parts = [str(part) for part in first["loc"]]
    if parts[:1] == ["data"]:  # pydantic adds how many there are, and the name of the data set
        at_name = 2 if parts[1:2] == ["several"] else 1
        del parts[1:2], parts[at_name : at_name + 1]
    field = f"{'.'.join(parts):.{MAX_MESSAGE}}".replace("[key]", "name")
    message = f"{first['msg'].removeprefix('Value error, '):.{MAX_MESSAGE}}"
    value = first.get("input")
    got = (
        ""
        if first["type"] in ("value_error", "missing") or isinstance(value, dict)
        else f", got {value!r:.80}"
    )
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{field + ': ' if field else ''}{message}{got}{more}".replace("\n", " ")
