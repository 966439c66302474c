"""Which code of this package a run executes: seen by a trace, not by reading the source."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

from tests.support.tasks import ROOT


def lines_run(act: Callable[[], object]) -> dict[Path, set[int]]:
    """The lines of each file of this package that run, in this thread and those it starts, while `act` does."""
    seen: dict[CodeType, set[int]] = {}
    package = f"{ROOT / 'suite'}/"

    def trace(frame: FrameType, event: str, _: object) -> object:
        if not frame.f_code.co_filename.startswith(package):
            return None
        if event == "line":
            seen.setdefault(frame.f_code, set()).add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    threading.settrace(trace)  # type: ignore[arg-type]
    try:
        act()
    finally:
        sys.settrace(before)
        threading.settrace(None)
    by_file: dict[Path, set[int]] = {}
    for code, lines in seen.items():
        by_file.setdefault(Path(code.co_filename), set()).update(lines)
    return by_file


def definitions_run(lines: dict[Path, set[int]]) -> set[str]:
    """The definitions that the lines are in, each "module:name" or "module:Class.method"."""
    return {
        f"{module_of(path)}:{name}"
        for path, numbers in lines.items()
        for name, first, last in _definitions(path)
        if any(first <= number <= last for number in numbers)
    }


def module_of(path: Path) -> str:
    """The name of the module in a file of this package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _definitions(path: Path) -> list[tuple[str, int, int]]:
    return list(_spans(ast.parse(path.read_bytes()).body, ""))


def _spans(body: list[ast.stmt], around: str) -> Iterator[tuple[str, int, int]]:
    """The functions at the top and the methods of classes, with their first and last lines."""
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield f"{around}{node.name}", node.body[0].lineno, node.end_lineno or 0
        elif isinstance(node, ast.ClassDef):
            yield from _spans(node.body, f"{node.name}.")
