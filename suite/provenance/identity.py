"""The ids of runs: what an arm's runs ask, part by part, and in words where two questions differ.

A question names code, so that people can read it; its id holds what the code says instead. Its
"code" has the digest of all that each reference reaches, by role and reference; its "source" has
the digest of each piece alone, by name, and is there only to say what changed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from suite.provenance.graph import TABLES

Parts = Mapping[str, Any]
ABSENT = "nothing"
BY_NAME = ("code", "source")
FILES = "files."  # what a command reads, by kind and name
WORDS = "files.command"  # a digest; the words themselves are among the settings
READ = "read"  # files that runs were seen to read, by name, where they changed since
REARRANGED = "source: the same definitions refer to each other in another way"


def question_id(parts: Parts) -> str:
    """SHA-256 over what the parts ask, whatever the code in them is called and wherever it lies."""
    digests = _digests(parts)
    content = {
        name: _by_content(value, digests) for name, value in parts.items() if name not in BY_NAME
    }
    code = sorted(
        [role, _entry(reference), digest]
        for role, group in parts.get("code", {}).items()
        for reference, digest in group.items()
    )
    return hashlib.sha256(json.dumps([content, code], sort_keys=True).encode()).hexdigest()


def run_key(question: str, seed: int) -> str:
    """32 hexadecimal digits that stand for a question under a seed."""
    return hashlib.sha256(json.dumps([question, seed]).encode()).hexdigest()[:32]


def list_question_changes(before: Parts, now: Parts) -> list[str]:
    """What differs between two questions, a line each; none where they ask the same."""
    names = {digest: reference for reference, digest in _digests(now).items()}
    today = {
        reference: names[digest]
        for reference, digest in _digests(before).items()
        if digest in names and _digests(now).get(reference) != digest
    }
    old, new = (
        {name: value for name, value in parts.items() if name not in BY_NAME}
        for parts in (_renamed(before, today), now)
    )
    if READ in old or READ in new:
        old, new = ({**parts, READ: parts.get(READ, {})} for parts in (old, new))
    lines = [
        f"file {field.removeprefix(f'{READ}.')}, which its runs read unforeseen, changed"
        if field.startswith(f"{READ}.")
        else _file_change(field.removeprefix(FILES), value, other)
        if field.startswith(FILES)
        else f"{field.removeprefix('settings.')} {_word(value)} -> {_word(other)}"
        for field, value, other in _differing(old, new)
        if field != WORDS
    ]
    pieces = list(_source_changes(before.get("source", {}), now.get("source", {})))
    if not lines and not pieces and question_id(before) != question_id(now):
        return [REARRANGED]
    return lines + pieces


def list_environment_changes(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """The fields in which two environments differ, each with a line that says how."""
    return {
        field: f"environment: {field}: {_word(value)} -> {_word(other)}"
        for field, value, other in _differing(before, now)
    }


def _digests(parts: Parts) -> dict[str, str]:
    """The digest of what each reference of a question reaches."""
    groups = parts.get("code", {}).values()
    return {reference: digest for group in groups for reference, digest in group.items()}


def _entry(reference: str) -> str:
    """Which entry of which table a reference means; "" where it means none: tasks name entries."""
    table, _, entry = reference.partition("[")
    return f"{TABLES.get(table, table)}[{entry}" if entry else ""


def _by_content(value: Any, digests: Mapping[str, str]) -> Any:
    """The same JSON with digests in place of references, and lists of pairs in place of mappings.

    Pairs, because two references may have the same digest.
    """
    if isinstance(value, Mapping):
        pairs = [[digests.get(key, key), _by_content(value[key], digests)] for key in value]
        return sorted(pairs, key=json.dumps)
    if isinstance(value, list | tuple):
        return [_by_content(inner, digests) for inner in value]
    return digests.get(value, value) if isinstance(value, str) else value


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same JSON with other names for what `names` holds, as keys too."""
    if isinstance(value, Mapping):
        return {names.get(key, key): _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value


def _differing(before: Any, now: Any, field: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in sorted(before.keys() | now.keys()):
            inner = f"{field}.{name}" if field else name
            yield from _differing(before.get(name, ABSENT), now.get(name, ABSENT), inner)
    elif before != now:
        yield field, before, now


def _file_change(name: str, before: Any, now: Any) -> str:
    """How a file or package that a command uses changed; of a file without its digests."""
    if not name.startswith(("file ", "input ")):
        return f"{name} {_word(before)} -> {_word(now)}"
    how = "is new" if before == ABSENT else "is no longer used" if now == ABSENT else "changed"
    return f"{name} {how}"


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _source_changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """A line for each piece of code that is new, changed or no longer used.

    A piece that was only renamed gets no line.
    """
    old, new = (
        {unit: digest for unit, digest in one.items() if other.get(unit) != digest}
        for one, other in ((before, now), (now, before))
    )
    renamed = Counter(old.values()) & Counter(new.values())
    for units in (old, new):
        left = renamed.copy()
        for unit in sorted(units):
            if left[units[unit]] > 0:
                left[units[unit]] -= 1
                del units[unit]
    for unit in sorted(old.keys() | new.keys()):
        is_in_both = unit in old and unit in new
        if is_in_both and "." in old[unit] + new[unit]:  # versions, which no digest looks like
            yield f"package {unit} {old[unit]} -> {new[unit]}"
            continue
        how = "changed" if is_in_both else "is new" if unit in new else "is no longer used"
        yield f"source {unit} {how}"
