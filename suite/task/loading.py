"""Task files: TOML with the name of the task, read within limits, or refused in one line."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pydantic import ValidationError

from suite.errors import SuiteError
from suite.task.components import TableFile
from suite.task.fields import NAME_PATTERN
from suite.task.schema import Task

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_FILE_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_KEY_PARTS = 8  # a dotted key of 40 KB would take seconds to read
MAX_SAID = 400  # characters of a complaint, which may quote what it complains of


def load_task(path: Path) -> Task:
    """The task in the file `path`; its name is the file's. Raises SuiteError (one line: file,
    field, what is wrong)."""
    if path.suffix != ".toml" or not re.fullmatch(NAME_PATTERN, path.stem):
        raise SuiteError(
            f"{path}: expected a file named like my-task.toml (small letters, digits, . _ -), got"
            f" {path.name!r}"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SuiteError(f"{path}: cannot read the task: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise SuiteError(f"{path}: expected at most {MAX_FILE_BYTES} bytes, got {len(content)}")
    try:
        text = content.decode()
        if re.search(
            rf"([\w-]+\s*\.\s*){{{MAX_KEY_PARTS}}}",
            re.sub(r"""("(\\.|[^"\\\n])*")|('[^'\n]*')""", '""', text),
        ):
            raise SuiteError(f"{path}: expected keys of at most {MAX_KEY_PARTS} parts")
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise SuiteError(
            f"{path}: not valid TOML: {type(error).__name__}: {error}".replace("\n", " ")
        ) from None
    if _depth(table) > MAX_DEPTH:
        raise SuiteError(
            f"{path}: expected at most {MAX_DEPTH} levels of tables, got {_depth(table)}"
        )
    if "name" in table:
        raise SuiteError(f"{path}: name: a task is named by its file, remove this key")
    try:
        task = Task.model_validate({**table, "name": path.stem})
        if isinstance(task.data, TableFile):
            task.data.resolve_from(path.parent)
        return task
    except ValidationError as error:
        raise SuiteError(f"{path}: {_first_line(error)}") from None


def _depth(value: object, limit: int = MAX_DEPTH + 1) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 0 if limit == 0 else 1 + max((_depth(one, limit - 1) for one in inner), default=0)


def _first_line(error: ValidationError) -> str:
    """The first complaint as `field: what is wrong`, in one line."""
    first = error.errors(include_url=False)[0]
    parts = [str(part) for part in first["loc"]]
    if parts[:1] == ["data"]:
        del parts[1:2]  # the name of the dataset, which pydantic adds
    place = f"{'.'.join(parts):.{MAX_SAID}}".replace("[key]", "name")
    message = f"{first['msg'].removeprefix('Value error, '):.{MAX_SAID}}"
    found = first.get("input")
    got = (
        ""
        if first["type"] in ("value_error", "missing") or isinstance(found, dict)
        else f", got {found!r:.80}"
    )
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place + ': ' if place else ''}{message}{got}{more}".replace("\n", " ")
