"""References to code, "package.module:name": checking and loading.

Nothing is imported to check it, so planning runs none of it.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from suite.errors import SuiteError

OWN = "suite"
REFERENCE = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*"


def check(reference: str) -> None:
    """Raises SuiteError unless `reference` names something that an existing module defines.

    Its form is "package.module:name".
    """
    if not re.fullmatch(REFERENCE, reference):
        raise SuiteError(f'expected "package.module:name", got {reference!r}')
    module, _, name = reference.partition(":")
    path = module_path(module)
    if path is None or path.suffix != ".py":
        raise SuiteError(f"{reference}: there is no Python file of module {module} on the path")
    names = set(_defined(parse(path)))
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


def module_path(name: str) -> Path | None:
    """The file of a module, found without importing it or its parents.

    None where there is no file, or no single one.
    """
    top, *rest = name.split(".")
    try:
        spec = _find_spec(top)
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


def _find_spec(name: str) -> ModuleSpec | None:
    """Where a process that has imported nothing yet would find a module, this package excepted.

    What this process has imported by that name may be another: Python's own `code`, while a user's
    code.py comes first on the path.
    """
    for finder in sys.meta_path if name != OWN else ():
        if (spec := finder.find_spec(name, None)) is not None:
            return spec
    return importlib.util.find_spec(name)


def parse(path: Path) -> ast.Module:
    """The syntax tree of the file. Raises SuiteError where it is not valid Python."""
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
