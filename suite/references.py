"""References to code, "package.module:name": finding it, loading it, and hashing the source that it reaches.

Nothing is imported to hash it, so planning needs no torch.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from suite.errors import SuiteError


def load(reference: str) -> Any:
    """The object that "package.module:name" refers to. Raises SuiteError where there is none."""
    module_name, _, name = reference.partition(":")
    if not name:
        raise SuiteError(f'{reference!r}: expected "package.module:name"')
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise SuiteError(f"{reference}: cannot import {module_name}: {error}") from error
    if not hasattr(module, name):
        raise SuiteError(f"{reference}: module {module_name} has no {name!r}")
    return getattr(module, name)


def source_digest(references: Iterable[str]) -> str:
    """SHA-256 over the source files that the modules of `references` reach by imports within their own packages.

    Imports under `if TYPE_CHECKING:` do not count: they cannot change what runs. Other packages count by their
    versions, in the environment id.
    """
    files: dict[str, str] = {}
    waiting = [reference.partition(":")[0] for reference in references]
    packages = {"suite", *(name.partition(".")[0] for name in waiting)}
    while waiting:
        name = waiting.pop()
        if name in files or name.partition(".")[0] not in packages:
            continue
        path = _module_path(name)
        if path is None:
            continue
        digest, imports = _read(path, name)
        files[name] = digest
        waiting += imports
    listing = "\n".join(f"{digest} {name}" for name, digest in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()


@cache
def _module_path(name: str) -> Path | None:
    """The source file of a module, found without importing it or its parents."""
    top, *rest = name.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or spec.origin is None:
        return None
    if not rest:
        return Path(spec.origin)
    for folder in spec.submodule_search_locations or ():
        stem = Path(folder, *rest)
        for path in (stem / "__init__.py", stem.with_name(stem.name + ".py")):
            if path.is_file():
                return path
    return None


@cache
def _read(path: Path, module: str) -> tuple[str, tuple[str, ...]]:
    content = path.read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(content).hexdigest(), tuple(_imports(ast.parse(content), module, path))


def _imports(tree: ast.AST, module: str, path: Path) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            base = (
                importlib.util.resolve_name("." * node.level + (node.module or ""), package)
                if node.level
                else node.module or ""
            )
            yield base
            yield from (
                f"{base}.{alias.name}" for alias in node.names
            )  # a name may be a module; if not, it has no path
        else:
            yield from _imports(node, module, path)
