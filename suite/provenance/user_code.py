"""Modules of the user's: what a file says as it is, and which modules it imports.

A file counts whole, for its authors may do with names what ours do not (reach them by text, change
them at import). An installed package that it imports counts by its version. Names that are made
while a program runs cannot be seen here: what a run reads is noted while it runs.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from suite.provenance.definitions import imported_names
from suite.provenance.lookup import DIGITS
from suite.provenance.references import module_path, parse

IMPORTING = ("import_module", "__import__", "run_module")  # of importlib and runpy


@dataclass(frozen=True)
class File:
    """A file of the user's code: its digest and what it imports.

    `digest`: of its bytes, with the line ends of Unix; `imports`: targets ("module" or
    "module:name") in the order of the code; `is_empty`: whether it holds nothing but white space.
    """

    digest: str
    imports: tuple[str, ...]
    is_empty: bool


def read_file(path: Path, module: str) -> File:
    """A file as it is now. Raises SuiteError where it is not valid Python."""
    status = path.stat()
    return _read(path, module, status.st_mtime_ns, status.st_size)


@cache
def _read(path: Path, module: str, _modified: int, _size: int) -> File:
    content = path.read_bytes().replace(b"\r\n", b"\n")
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    imports: tuple[str, ...] = ()
    if path.suffix == ".py":
        tree = parse(path)
        names = imported_names(tree.body, package, in_functions=True)
        targets = (*(target for _, target in names), *_imported_by_call(tree, package))
        imports = tuple(dict.fromkeys(targets))
    return File(hashlib.sha256(content).hexdigest()[:DIGITS], imports, not content.strip())


def _imported_by_call(tree: ast.AST, package: str) -> Iterator[str]:
    """The modules that calls of an importing function name by a written text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _called(node.func) in IMPORTING:
            name = getattr(node.args[0], "value", None)
            if isinstance(name, str) and re.fullmatch(r"\.*\w+(\.\w+)*", name):
                yield resolve_name(name, package) if name.startswith(".") else name


def _called(function: ast.expr) -> str:
    """The last part of a function's name."""
    return str(getattr(function, "attr", getattr(function, "id", "")))


def surrounding_packages(module: str) -> Iterator[str]:
    """The packages around a module, whose code runs before it: for "a.b.c", "a" and "a.b"."""
    parts = module.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts)))


def imported_module(target: str) -> str:
    """The module that importing a target runs: "a.b" for "a:b" where there is such a module."""
    base, _, name = target.partition(":")
    inner = f"{base}.{name}"
    return inner if name and name != "*" and module_path(inner) is not None else base
