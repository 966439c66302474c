"""Modules of the user's: what a file says as it is, and which modules it imports.

A file counts whole, for its authors may do with names what ours do not (reach them by text, change
them at import). An installed package that it imports counts by its version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from suite.provenance.definitions import imported_names
from suite.provenance.lookup import DIGITS
from suite.provenance.references import module_path, parse


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
        imports = tuple(dict.fromkeys(target for _, target in names))
    return File(hashlib.sha256(content).hexdigest()[:DIGITS], imports, not content.strip())


def surrounding_packages(module: str) -> Iterator[str]:
    """The packages around a module, whose code runs before it: for "a.b.c", "a" and "a.b"."""
    parts = module.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts)))


def imported_module(target: str) -> str:
    """The module that importing a target runs: "a.b" for "a:b" where there is such a module."""
    base, _, name = target.partition(":")
    inner = f"{base}.{name}"
    return inner if name and name != "*" and module_path(inner) is not None else base
