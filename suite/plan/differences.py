"""In what the questions of two commands differ beside their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from suite.plan.plan import Plan
from suite.provenance.identity import Parts

NAMED = ("command", "revision")  # in settings: what the arms are, and are compared for
SHOWN_DIGITS = 12  # of a commit


def list_unnamed_differences(plan: Plan) -> list[str]:
    """A line for each pair of arms that differ in more than what their commands say.

    In the interpreter's version (`python` of two environments), the versions of packages that both
    use, the content of an input, how or where they run, and the revision, where the words differ
    too. Empty where the words alone differ, or the revision alone.
    """
    lines: dict[str, list[str]] = {}
    for first, second in plan.task.pairs():
        a, b = (plan.parts.get(arm, {}) for arm in (first, second))
        if differences := "; ".join(_differences(a, b)):
            lines.setdefault(differences, []).append(f"{first}, {second}")
    return [
        f"{pairs[0]}{f' and {len(pairs) - 1} other pairs' if len(pairs) > 1 else ''}: they differ"
        f" in more than their words: {differences}"
        for differences, pairs in lines.items()
    ]


def _differences(a: Parts, b: Parts) -> Iterator[str]:
    files_a, files_b = a.get("files", {}), b.get("files", {})
    for name in sorted(files_a.keys() & files_b.keys()):
        if files_a[name] != files_b[name] and (text := _of_file(name, files_a, files_b)):
            yield text
    settings_a, settings_b = a.get("settings", {}), b.get("settings", {})
    for name in sorted(settings_a.keys() | settings_b.keys()):
        if name not in NAMED and settings_a.get(name) != settings_b.get(name):
            yield f"{name} {_word(settings_a.get(name))} against {_word(settings_b.get(name))}"
    if files_a.get("command") != files_b.get("command") and _revision(a) != _revision(b):
        yield f"revision {_revision(a)} against {_revision(b)}"


def _of_file(name: str, a: Mapping[str, str], b: Mapping[str, str]) -> str:
    """How a part that both have differs; empty where the words say it.

    Another interpreter, such as a shell, is named by the words, and so is another program.
    """
    if name.startswith("package ") or (name == "interpreter" and _kind(a[name]) == _kind(b[name])):
        return f"{name} {a[name]} against {b[name]}"
    if name.startswith(("input ", "file ")):
        return f"{name} has another content"
    same_program = name == "program" and a[name].partition(":")[0] == b[name].partition(":")[0]
    return f"program {a[name].partition(':')[0]} is another file" if same_program else ""


def _kind(interpreter: str) -> str:
    """The name of an interpreter without its version."""
    return re.sub(r"[\d.]+$", "", interpreter.partition(":")[0])


def _revision(parts: Parts) -> str:
    commit = parts.get("files", {}).get("revision")
    return "none" if commit is None else str(commit)[:SHOWN_DIGITS]


def _word(value: object) -> str:
    return "nothing" if value is None else str(value)
