"""Items told apart by what they ask, so that no number pairs what is not the same."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from suite.errors import SuiteError
from suite.importers.measured import read_item


def digest(content: object) -> str:
    """The SHA-256 of what JSON says of `content`, as lm_eval.evaluator writes it (`doc_hash`)."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def name_items(items: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What pairs each item (content, id) with the same one in another log: its content.

    Items with one content are numbered in the order of their ids, "2 of 3": they pair only where
    both logs have as many of them.
    """
    by_content: dict[str, list[str]] = defaultdict(list)
    for content, number in items:
        by_content[content].append(number)
    names = {}
    for content, numbers in by_content.items():
        for place, number in enumerate(sorted(numbers, key=_by_size), start=1):
            several = f" {place} of {len(numbers)}" if len(numbers) > 1 else ""
            names[content, number] = content + several
    return names


def _by_size(number: str) -> tuple[int, str]:
    """10 after 9."""
    return len(number), number


def read_cluster(fields: Mapping[str, Any], name: str, location: str) -> str:
    """The cluster of an item: the field `name` of what is known of it. Raises SuiteError."""
    if name not in fields:
        raise SuiteError(
            f"{location}: --cluster: expected one of {', '.join(fields) or 'no field'},"
            f" got {name!r}"
        )
    return read_item(fields[name], f"{location}: {name}")
