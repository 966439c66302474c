"""Tables in JSON: lists of objects, JSON lines, and every orient in which pandas writes a frame.

Orients: https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from suite.errors import SuiteError
from suite.importers.bounds import check_cells, check_values
from suite.importers.cells import typed_frame
from suite.importers.documents import parse_json
from suite.importers.measured_table import Frame

INDEX = ""  # the name of a column of labels of rows, as pandas writes it to CSV
_LABEL = re.compile(r"-?[0-9]+")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # the escape of half a character, or of one of two
ROWS_WANTED = "write a list of objects, one a row"


def read_json_table(source: str, text: str) -> Frame:
    """The table in a JSON document or in JSON lines; objects in its rows become columns "a.b".

    An object of plain values is a table of one row. Lists and objects that remain in cells stay as
    text. Raises SuiteError naming the line for what is no JSON, and for a document that is no table
    or could be several.
    """
    if not text.strip():
        raise SuiteError(f"{source}: expected a table, got an empty file")
    check_values(source, text)
    document = parse_json(source, text)
    if _SURROGATE.search(text):
        _check_characters(source, document)
    try:
        names, columns = _table(source, document)
    except RecursionError:
        raise SuiteError(f"{source}: expected a table, got too many nested objects") from None
    return typed_frame(source, names, columns)


def _check_characters(source: str, document: Any) -> None:
    """Raises SuiteError where a text holds half of a character."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.end].encode("unicode_escape").decode("ascii")
        raise SuiteError(f"{source}: expected text, got half of a character, {half}") from None


def _table(source: str, document: Any) -> tuple[list[str], list[list[Any]]]:
    """Names and columns of the document, whichever orient it has."""
    if isinstance(document, list):
        return _of_rows(source, document)
    if not isinstance(document, dict) or not document:
        raise SuiteError(f"{source}: expected rows of results, got {_shown(document)}")
    if "data" in document and document.keys() <= {"columns", "index", "data"} | _TIGHT:
        return _of_split(source, document)
    if document.keys() == {"schema", "data"}:
        return _of_schema(source, document)
    values = list(document.values())
    if all(isinstance(value, list) and not _has_rows(value) for value in values):
        return _of_lists(source, document)
    if all(isinstance(value, dict) for value in values):
        return _of_objects(source, document)
    return _of_one_list(source, document)


_TIGHT = {"index_names", "column_names"}  # pandas.DataFrame.to_dict(orient="tight")


def _of_rows(source: str, rows: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    """A list of objects, with "nothing" where an object lacks a name."""
    for count, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise SuiteError(
                f"{source}: row {count}: expected an object, got {_shown(row)}: {ROWS_WANTED}"
            )
    flat = [
        _flat(source, row) if any(isinstance(cell, dict) for cell in row.values()) else row
        for row in rows
    ]
    names = list(dict.fromkeys(name for row in flat for name in row))
    check_cells(source, len(flat), len(names))
    return names, [[row.get(name) for row in flat] for name in names]


def _of_split(source: str, document: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Names, rows and labels of rows apart."""
    names, rows = document.get("columns"), document["data"]
    if not isinstance(names, list) or not _has_lists(rows):
        raise SuiteError(f"{source}: expected columns and data in lists, got {_shown(document)}")
    for count, row in enumerate(rows, start=1):
        if len(row) != len(names):
            raise SuiteError(
                f"{source}: row {count}: expected {len(names)} cells, as many as columns, got"
                f" {len(row)}"
            )
    columns = [list(column) for column in zip(*rows, strict=True)]
    labels = document.get("index")
    if not isinstance(labels, list):
        return [_name(name) for name in names], columns
    if len(labels) != len(rows):
        raise SuiteError(f"{source}: expected {len(rows)} labels in index, got {len(labels)}")
    return [INDEX, *map(_name, names)], [labels, *columns]


def _of_schema(source: str, document: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Rows beside what pandas says of their columns; it calls a nameless index "index"."""
    if not isinstance(document["data"], list):
        raise SuiteError(f"{source}: expected a list in data, got {_shown(document['data'])}")
    names, columns = _of_rows(source, document["data"])
    schema = document["schema"]
    key = schema.get("primaryKey") if isinstance(schema, dict) else None
    return [INDEX if key == ["index"] and name == "index" else name for name in names], columns


def _of_lists(source: str, document: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Lists by name, all of one length; a place in them identifies nothing."""
    lengths = {name: len(cells) for name, cells in document.items()}
    if len(set(lengths.values())) > 1:
        known = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise SuiteError(
            f"{source}: expected lists of one length, got {known}: write null where there is no"
            " value"
        )
    return list(document), list(document.values())


def _of_objects(
    source: str, document: Mapping[str, Mapping[str, Any]]
) -> tuple[list[str], list[list[Any]]]:
    """Objects by name: columns by row, rows by label, or one row with parts."""
    inner = list(dict.fromkeys(label for cells in document.values() for label in cells))
    by_row, by_label = (bool(s) and all(map(_LABEL.fullmatch, s)) for s in (inner, document))
    parts_are_alike = len(document) > 1 and all(
        cells.keys() == set(inner) for cells in document.values()
    )
    if (by_row and by_label) or (parts_are_alike and not by_row and not by_label):
        raise SuiteError(
            f"{source}: expected rows, got objects in an object, which could be rows, columns or"
            f" the parts of one row: {ROWS_WANTED}"
        )
    if by_row:
        columns = [[cells.get(label) for label in inner] for cells in document.values()]
        return [INDEX, *document], [inner, *columns]
    if by_label:
        names, columns = _of_rows(source, list(document.values()))
        return [INDEX, *names], [list(document), *columns]
    return _of_rows(source, [document])


def _of_one_list(source: str, document: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Rows under a name, each with what stands beside them; without such a list, one row."""
    lists = [name for name, value in document.items() if _has_rows(value)]
    if len(lists) > 1:
        raise SuiteError(
            f"{source}: expected one list of rows, got {', '.join(lists)}: {ROWS_WANTED}"
        )
    if not lists:
        return _of_rows(source, [document])
    beside = {name: value for name, value in document.items() if name not in lists}
    rows = [row if isinstance(row, dict) else {} for row in document[lists[0]]]
    doubled = sorted({name for row in rows for name in row} & beside.keys())
    if doubled:
        raise SuiteError(
            f"{source}: expected {', '.join(doubled)} in the rows of {lists[0]} or beside them, got"
            " both: rename one"
        )
    return _of_rows(source, [{**beside, **row} for row in rows])


def _flat(source: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with the values in its objects under names with dots."""
    pairs = list(_pairs(row))
    flat = dict(pairs)
    if len(flat) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise SuiteError(f"{source}: {twice} stands twice, once as an object in one: rename one")
    return flat


def _pairs(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):  # an empty one says nothing
            yield from _pairs(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _has_rows(value: object) -> bool:
    """Whether this is a list of objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _has_lists(value: object) -> bool:
    """Whether this is a list of lists."""
    return isinstance(value, list) and all(isinstance(row, list) for row in value)


def _name(name: object) -> str:
    """A name of a column; one of several levels is joined with dots."""
    return ".".join(map(str, name)) if isinstance(name, list) else str(name)


def _shown(value: object) -> str:
    """What the value is, for a message."""
    if isinstance(value, dict):
        return f"an object of {', '.join(list(value)[:6])}" if value else "an empty object"
    return "a list" if isinstance(value, list) else json.dumps(value)[:60]
