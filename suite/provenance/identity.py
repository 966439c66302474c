"""Questions: what an arm's runs ask, part by part, their ids, and in words which parts of two of
them differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

Parts = Mapping[str, Any]
ABSENT = "nothing"


def question_id(parts: Parts) -> str:
    """SHA-256 over all parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def run_key(question: str, seed: int) -> str:
    """32 hexadecimal digits that stand for a question under a seed."""
    return hashlib.sha256(json.dumps([question, seed]).encode()).hexdigest()[:32]


def moved(before: Parts, now: Parts) -> list[str]:
    """What differs between two questions, a line each; none where they are the same."""
    lines = [
        f"{place.removeprefix('settings.')} {_word(old)} -> {_word(new)}"
        for place, old, new in _differing({**before, "source": {}}, {**now, "source": {}})
    ]
    return lines + [
        _source_line(*one) for one in _differing(before.get("source", {}), now.get("source", {}))
    ]


def environment_moved(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """The fields in which two environments differ, each with a line that says how."""
    return {
        field: f"environment: {field}: {_word(old)} -> {_word(new)}"
        for field, old, new in _differing(before, now)
    }


def _differing(before: Any, now: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in sorted(before.keys() | now.keys()):
            inner = f"{place}.{name}" if place else name
            yield from _differing(before.get(name, ABSENT), now.get(name, ABSENT), inner)
    elif before != now:
        yield place, before, now


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _source_line(unit: str, old: str, new: str) -> str:
    how = "is new" if old == ABSENT else "is no longer used" if new == ABSENT else "changed"
    return f"source {unit} {how}"
