"""Configurations -> flat parameters: nested names joined by dots, values as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from suite.errors import SuiteError

MAX_BYTES = 4 * 2**20
MAX_DEPTH = 16
MAX_VALUES = 20_000


def flat_text(document: Any) -> dict[str, str]:
    """The values in a document of mappings and lists, by their path, as text.

    A list is one value; a number is written as it is in JSON. What is nested too deeply is left
    out, for no configuration is.
    """
    return dict(_pairs(document, "", 0))


def _pairs(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for key, inner in value.items():
            yield from _pairs(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif path:
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):
        return type(value).__name__


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # the package has no types
    """Reads plain values; what has a tag of a program, such as !!python/tuple, is its content."""


def _construct_any(loader: _Loader, _suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("", _construct_any)


def read_config(file: Path) -> dict[str, str]:
    """The parameters in a YAML or JSON file. Raises SuiteError for what is neither."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise SuiteError(f"{file}: expected at most {MAX_BYTES} bytes")
        text = file.read_text(encoding="utf-8-sig")
        document = json.loads(text) if file.suffix == ".json" else _Loader(text).get_single_data()
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        why = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise SuiteError(f"{file}: cannot read the configuration: {why}") from None
    if not _is_small(document):
        raise SuiteError(f"{file}: expected at most {MAX_VALUES} values in a configuration")
    return flat_text(document)


def _is_small(document: Any) -> bool:
    """Whether a document has few enough values; aliases can make a short text stand for many."""
    waiting, seen = [document], 0
    while waiting and seen <= MAX_VALUES:
        value = waiting.pop()
        seen += 1
        if isinstance(value, dict | list | tuple):
            waiting += value.values() if isinstance(value, dict) else value
    return seen <= MAX_VALUES
