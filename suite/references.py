"""References to code, "package.module:name": checking, loading, and hashing the source that it reaches.

Nothing is imported to check or to hash it, so planning needs no torch and runs none of it.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.metadata
import importlib.util
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from suite.errors import SuiteError

REFERENCE = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*"
INSTALLED = tuple(Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib", "purelib", "platlib"))


def check(reference: str) -> None:
    """Raises SuiteError unless `reference` is "package.module:name" of a module that exists and defines that name."""
    if not re.fullmatch(REFERENCE, reference):
        raise SuiteError(f'expected "package.module:name", got {reference!r}')
    module, _, name = reference.partition(":")
    path = _module_path(module)
    if path is None or path.suffix != ".py":
        raise SuiteError(f"{reference}: there is no Python file of module {module} on the path")
    names = set(_defined(_parse(path)))
    if name not in names and "*" not in names:
        raise SuiteError(f"{reference}: module {module} has no {name!r}")


def load(reference: str) -> Any:
    """The object that "package.module:name" refers to. Raises SuiteError where there is none."""
    module_name, _, name = reference.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise SuiteError(f"{reference}: cannot import {module_name}: {error}") from error
    if not hasattr(module, name):
        raise SuiteError(f"{reference}: module {module_name} has no {name!r}")
    return getattr(module, name)


def source_digest(references: Iterable[str]) -> str:
    """SHA-256 over the source files that the modules of `references` reach by imports.

    Followed are this package, the packages of `references`, and every module that is not installed. An installed package
    that a user's module imports counts by its version. Of those that ours import, torch counts in the environment id, and
    the others decide no bits. Imports under
    `if TYPE_CHECKING:` do not count: they cannot change what runs.
    """
    found: dict[str, str] = {}
    waiting = [reference.partition(":")[0] for reference in references]
    packages = {"suite", *(name.partition(".")[0] for name in waiting)}
    while waiting:
        name = waiting.pop()
        top = name.partition(".")[0]
        if name in found or top in sys.stdlib_module_names:
            continue
        path = _module_path(name)
        if path is None:
            continue
        if top not in packages and _is_installed(path):
            found[top] = _version(top)
            continue
        status = path.stat()
        found[name], imports = _read(path, name, status.st_mtime_ns, status.st_size)
        ours = top == "suite"
        waiting += [other for other in imports if not ours or other.partition(".")[0] == "suite"]
    listing = "\n".join(f"{digest} {name}" for name, digest in sorted(found.items()))
    return hashlib.sha256(listing.encode()).hexdigest()


def _is_installed(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in INSTALLED)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _module_path(name: str) -> Path | None:
    """The file of a module, found without importing it or its parents; None where there is none, or no single one."""
    top, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin and Path(spec.origin).is_file() else None
    for folder in spec.submodule_search_locations or ():
        stem = Path(folder, *rest)
        for path in (stem / "__init__.py", stem.with_name(stem.name + ".py")):
            if path.is_file():
                return path
    return None


@cache
def _read(path: Path, module: str, _modified: int, _size: int) -> tuple[str, tuple[str, ...]]:
    content = path.read_bytes().replace(b"\r\n", b"\n")
    imports = tuple(_imports(_parse(path), module, path)) if path.suffix == ".py" else ()
    return hashlib.sha256(content).hexdigest(), imports


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise SuiteError(f"{path.name}: not valid Python: {error}") from None


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _imports(tree: ast.AST, module: str, path: Path) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield from _imports(ast.Module([other], []), module, path)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            relative = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(relative, package) if node.level else node.module or ""
            yield base
            yield from (
                f"{base}.{alias.name}" for alias in node.names
            )  # a name may be a module; if not, it has no path
        else:
            yield from _imports(node, module, path)
