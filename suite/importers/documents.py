"""Text of files, and JSON in it as documents, not yet judged.

Every reader raises SuiteError for a file that cannot be read or is not of its kind.
"""

from __future__ import annotations

import codecs
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from suite.errors import SuiteError

BYTE_ORDER_MARKS = {  # UTF-32 before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
BATCH = 10_000  # lines of JSON that are read at once: names that they share are kept once


def decode(source: str, content: bytes) -> str:
    """The text in `content`: UTF-8, or what its byte order mark says."""
    encoding = next((e for mark, e in BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    try:
        text = content.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SuiteError(
            f"{source}: expected text in UTF-8, got other bytes at byte {error.start}: save it as"
            " UTF-8"
        ) from None
    if "\0" in text:
        raise SuiteError(f"{source}: expected text, got NUL bytes: save it as UTF-8")
    return text


def lines_of(text: str) -> Iterator[str]:
    """The lines with their ends, one by one: a list of them takes as much memory again."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def parse_json(source: str, text: str) -> Any:
    """The document in `text`, or the list of those in its lines; NaN and Infinity are numbers.

    Raises SuiteError naming the line.
    """
    try:
        return _parse(text)
    except (ValueError, RecursionError) as error:
        if not any(map(_is_object, text.lstrip().split("\n", 2)[:2])):
            raise _not_valid(source, error) from None
    return parse_json_lines(source, text)


def parse_json_lines(source: str, text: str) -> list[Any]:
    """The documents in the lines of `text`; empty lines are left out.

    Raises SuiteError naming the line.
    """
    documents: list[Any] = []
    lines, start = lines_of(text), 1
    while batch := list(islice(lines, BATCH)):
        rows = _flat_objects(batch)
        documents += _parse_each(source, batch, start) if rows is None else rows
        start += len(batch)
    return documents


def _flat_objects(lines: Sequence[str]) -> list[Any] | None:
    """The objects in the lines, read at once; None where they have to be looked at one by one.

    So it is unless every line is an object of as many names as it has colons: no name can stand in
    it twice.
    """
    stripped = [line.strip() for line in lines]
    if not all(line.startswith("{") and line.endswith("}") for line in stripped):
        return None
    try:
        rows = json.loads(f"[{','.join(stripped)}]")
    except (ValueError, RecursionError):
        return None
    if len(rows) != len(stripped) or not all(isinstance(row, dict) for row in rows):
        return None
    is_plain = all(len(row) == line.count(":") for row, line in zip(rows, stripped, strict=True))
    return rows if is_plain else None


def _parse_each(source: str, lines: Sequence[str], start: int) -> Iterator[Any]:
    """The document of each line that is not empty; `start` is the number of the first line."""
    for number, line in enumerate(lines, start=start):
        if line.strip():
            try:
                yield _parse(line.rstrip())
            except (ValueError, RecursionError) as error:
                raise _not_valid(f"{source}: line {number}", _in_line(error)) from None


def _parse(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object. Raises ValueError for a name that stands in it twice."""
    named = {sys.intern(name): value for name, value in pairs}  # a million rows share their names
    if len(named) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{twice!r:.80} stands twice")
    return named


def _is_object(line: str) -> bool:
    """Whether the line is an object by itself, as in JSON lines."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _in_line(error: Exception) -> object:
    """The error without the number of its line, which counts from the text that was parsed."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return error


def _not_valid(location: str, error: object) -> SuiteError:
    return SuiteError(f"{location}: not valid json: {error}".replace("\n", " "))
