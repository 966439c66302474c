"""The source that a run reaches, unit by unit, each with its digest. Nothing is imported to find
it.

Of this package a unit is a definition at the top of a module, "module:name": its code, without
comments, docstrings and layout, so that it is the same on every Python and after reformatting.
Decorators, and calls whose value gets a name, are taken to do nothing else at import; ours do not.
Of other modules a unit is the whole file as it is, for their authors may do with names what we do
not (reach them by text, change them at import). An installed package that a user's module imports
counts by its version, and one that a task names by its installed files. Of those that ours import,
torch counts in the environment id, and the others decide no bits. Imports under `if TYPE_CHECKING:`
do not count: they cannot change what runs.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from suite.provenance.references import module_path, parse

OURS = "suite"
DIGITS = 16
INSTALLED = tuple(
    Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib", "purelib", "platlib")
)
TABLES = (
    "suite.training.losses:LOSSES",
    "suite.training.metrics:METRICS",
)  # an arm reaches what it names there, not the whole table
FORMS = (
    "suite.errors",
    "suite.result",
)  # the form of records and of errors: no bits of a run depend on it
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
PLAIN = (
    *DEFINITIONS,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
)  # give names their meaning, and do no more
AT_IMPORT = "*"  # the unit of what a module does at import beside defining things


@dataclass(frozen=True)
class _Module:
    """Statements by the name that they define or change, and what each name that is imported stands
    for."""

    statements: Mapping[str, tuple[ast.stmt, ...]]
    imported: Mapping[str, frozenset[str]]


def source_units(references: Iterable[str]) -> dict[str, str]:
    """The digest of every unit that `references` ("module:name", or "module" for all of it) reach,
    by the unit's name: the first 16 digits of a SHA-256, enough to tell apart what nobody forged.
    """
    found: dict[str, str] = {}
    waiting, seen = list(references), set[str]()
    packages = {OURS, *(reference.partition(":")[0].partition(".")[0] for reference in waiting)}
    while waiting:
        unit = waiting.pop()
        module, _, name = unit.partition(":")
        top, path = module.partition(".")[0], module_path(module)
        if (
            unit in seen
            or path is None
            or top in sys.stdlib_module_names
            or module in FORMS
            or unit in TABLES
        ):
            continue
        seen.add(unit)
        status = path.stat()
        if top == OURS:
            read = _definitions(path, module, status.st_mtime_ns, status.st_size)
            waiting += (
                [f"{module}:{AT_IMPORT}"]
                if name
                else [f"{module}:{each}" for each in read.statements]
            )
            if name in read.statements:
                found[unit], reached = _unit(path, module, status.st_mtime_ns, status.st_size, name)
                waiting += reached
            waiting += _ours(read.imported.get(name, ()))
        elif top in packages and _is_installed(path) and (installed := _installed(top)):
            found[top] = installed
        elif top in packages or not _is_installed(path):
            found[module], imported = _file(path, module, status.st_mtime_ns, status.st_size)
            waiting += [*imported, *_packages(module)]  # whose __init__ runs before it
        else:
            found[top] = _version(top)
    return dict(sorted(found.items()))


def source_digest(units: Mapping[str, str]) -> str:
    """One SHA-256 for all of them."""
    return hashlib.sha256(json.dumps(units, sort_keys=True).encode()).hexdigest()


def canonical(node: object) -> object:
    """A syntax tree as JSON without docstrings, equal on all Pythons that can read the same code.

    A node is [its type, {field: value}] without fields that are empty; newer Pythons only add such.
    Neighbouring pieces of text in an f-string are one piece: where they are cut differs between
    Pythons.
    """
    if isinstance(node, ast.Constant):
        return [type(node.value).__name__, ascii(node.value)]
    if isinstance(node, ast.JoinedStr):
        return ["JoinedStr", _joined([canonical(part) for part in node.values])]
    if isinstance(node, ast.AST):
        fields = {
            name: value
            for name, value in ast.iter_fields(node)
            if value is not None and value != []
        }
        if isinstance(node, DEFINITIONS) and _is_docstring(node.body[0]):
            fields["body"] = node.body[1:]
        return [type(node).__name__, {name: canonical(value) for name, value in fields.items()}]
    return [canonical(each) for each in node] if isinstance(node, list | tuple) else node


def _joined(parts: list[object]) -> list[object]:
    merged: list[object] = []
    for part in parts:
        match merged[-1:], part:
            case [["str", str(before)]], ["str", str(text)]:
                merged[-1] = ["str", ascii(ast.literal_eval(before) + ast.literal_eval(text))]
            case _, ["str", "''"]:
                pass
            case _:
                merged.append(part)
    return merged


@cache
def _unit(
    path: Path, module: str, modified: int, size: int, name: str
) -> tuple[str, tuple[str, ...]]:
    """The digest of a unit of ours, and the units that it reaches."""
    read = _definitions(path, module, modified, size)
    return _digest(read, name), tuple(_reached(module, read, read.statements[name]))


def _digest(read: _Module, name: str) -> str:
    """Of what defines `name`, and of what the names in it that are imported stand for."""
    statements = read.statements[name]
    used = sorted(
        {each for statement in statements for each, _ in _uses(statement) if each in read.imported}
    )
    imported = {each: sorted(read.imported[each]) for each in used}
    text = json.dumps(
        [[canonical(statement) for statement in statements], imported], sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


@cache
def _definitions(path: Path, module: str, _modified: int, _size: int) -> _Module:
    statements: dict[str, list[ast.stmt]] = {}
    imported: dict[str, set[str]] = {}
    tree = parse(path)
    for statement in tree.body:
        if not (
            _is_docstring(statement)
            or _is_for_types(statement)
            or isinstance(statement, ast.Import | ast.ImportFrom)
        ):
            names = set(_defined(statement))
            for name in names if names and isinstance(statement, PLAIN) else names | {AT_IMPORT}:
                statements.setdefault(name, []).append(statement)
    for name, target in _imports(tree, module, path):
        imported.setdefault(name, set()).add(target)
    return _Module(
        {name: tuple(each) for name, each in statements.items()},
        {name: frozenset(each) for name, each in imported.items()},
    )


def _reached(module: str, read: _Module, statements: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        for name, attribute in _uses(statement):
            if name in read.statements:
                yield f"{module}:{name}"
            for target in _ours(read.imported.get(name, ())):
                whole = ":" not in target
                yield f"{target}:{attribute}" if whole and attribute else target


def _packages(module: str) -> list[str]:
    """The packages around a module: for "a.b.c", "a" and "a.b"."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _ours(targets: Iterable[str]) -> list[str]:
    return [target for target in targets if target.partition(":")[0].partition(".")[0] == OURS]


def _uses(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """The names that code mentions, each with the attribute that it takes of it, if it does."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield node.value.id, node.attr
    elif isinstance(node, ast.Name):
        yield node.id, None
    for child in (
        ()
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        else ast.iter_child_nodes(node)
    ):
        yield from _uses(child)


def _defined(statement: ast.AST) -> Iterator[str]:
    """The names that a statement at the top of a module defines, or whose value it changes."""
    if isinstance(statement, DEFINITIONS):
        yield statement.name
    elif isinstance(statement, ast.Name) and isinstance(statement.ctx, ast.Store):
        yield statement.id
    elif isinstance(statement, ast.Attribute | ast.Subscript) and isinstance(
        statement.ctx, ast.Store
    ):
        yield from (node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name))
    elif not isinstance(statement, ast.Lambda | ast.comprehension):
        for child in ast.iter_child_nodes(statement):
            yield from _defined(child)


def _imports(node: ast.AST, module: str, path: Path) -> Iterator[tuple[str, str]]:
    """What is imported anywhere in `node`: (the name it gets, "module" or "module:name" of what it
    is)."""
    for child in ast.iter_child_nodes(node):
        if _is_for_types(child):
            continue
        if isinstance(child, ast.Import):
            for alias in child.names:
                whole = ":" * (
                    "." in alias.name and not alias.asname
                )  # `import a.b`: used as a.b.c, so all of a.b counts
                yield alias.asname or alias.name.partition(".")[0], alias.name + whole
        elif isinstance(child, ast.ImportFrom):
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            base = (
                resolve_name("." * child.level + (child.module or ""), package)
                if child.level
                else child.module or ""
            )
            for alias in child.names:
                inner = f"{base}.{alias.name}"
                yield (
                    alias.asname or alias.name,
                    inner if _is_followed(inner) else f"{base}:{alias.name}",
                )
        else:
            yield from _imports(child, module, path)


@cache
def _file(path: Path, module: str, _modified: int, _size: int) -> tuple[str, tuple[str, ...]]:
    """The digest of a file as it is, and all that it imports: names of ours by name, other modules
    whole."""
    content = path.read_bytes().replace(b"\r\n", b"\n")
    found: set[str] = set()
    for _, target in _imports(parse(path), module, path) if path.suffix == ".py" else ():
        base, _, name = target.partition(":")
        found.add(target if _ours([base]) and name != "*" else base)
    return hashlib.sha256(content).hexdigest()[:DIGITS], tuple(sorted(found))


def _is_docstring(statement: ast.AST) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_for_types(node: ast.AST) -> bool:
    if not isinstance(node, ast.If) or node.orelse:
        return False
    return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _is_followed(name: str) -> bool:
    """Whether there is a module of that name, of this package or not installed: how others are made
    differs by version."""
    path = module_path(name)
    return path is not None and (bool(_ours([name])) or not _is_installed(path))


def _is_installed(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in INSTALLED)


@cache
def _version(package: str) -> str:
    found = _distribution(package)
    return "unknown" if found is None else found.version


@cache
def _installed(package: str) -> str | None:
    """The version of the distribution that a package is from, with a digest of its files as its
    installer noted them; None where no installer did."""
    found = _distribution(package)
    if found is None:
        return None
    noted = [line for line in _record(found).splitlines() if line.startswith(f"{package}/")]
    code = sorted(line for line in noted if line.partition(",")[0].endswith((".py", ".so", ".pyd")))
    digest = hashlib.sha256(json.dumps(code).encode()).hexdigest()[:DIGITS]
    return f"{found.version} {digest}" if code else None


def _distribution(package: str) -> importlib.metadata.Distribution | None:
    """What a package was installed with: of its own name, else whichever holds it."""
    try:
        return importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        holding = (
            one
            for one in importlib.metadata.distributions()
            if f"\n{package}/__init__.py," in f"\n{_record(one)}"
        )
        return next(holding, None)


def _record(distribution: importlib.metadata.Distribution) -> str:
    """The files of a distribution with their digests, as its installer noted them."""
    return distribution.read_text("RECORD") or ""


def is_installed(module: str) -> bool:
    """Whether a module is of an installed package: no code that a user edits."""
    path = module_path(module)
    return path is not None and _is_installed(path)
