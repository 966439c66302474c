"""CSV, JSON and JSON lines as rows or objects, not yet judged.

Every reader raises SuiteError for a file that cannot be read or is not of its kind.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.measured import read_bytes


def read_csv(path: Path) -> Any:
    """The rows of a CSV file, by the names in its header."""
    columns, rows = _parse(path, "csv", _columns_and_rows)
    if len(set(columns)) < len(columns):
        raise SuiteError(f"{path}: expected different columns, got {', '.join(columns)}")
    return rows


def read_json(path: Path) -> Any:
    """The document in a JSON file."""
    return _parse(path, "json", json.loads)


def read_json_lines(path: Path) -> Any:
    """The documents in a file of JSON lines; empty lines are left out."""
    return _parse(
        path,
        path.suffix.removeprefix("."),
        lambda text: [json.loads(line) for line in text.split("\n") if line.strip()],
    )


def _parse(path: Path, kind: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(read_bytes(path).decode("utf-8-sig"))
    except (csv.Error, ValueError, RecursionError) as error:
        raise SuiteError(f"{path}: not valid {kind}: {error}".replace("\n", " ")) from None


def _columns_and_rows(text: str) -> tuple[Sequence[str], list[dict[str | Any, str | Any]]]:
    reader = csv.DictReader(text.splitlines())
    return reader.fieldnames or (), list(reader)
