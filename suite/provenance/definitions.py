"""What a module of this package defines and imports, read from its file.

A target says what a name stands for: "module" or "module:name". A name may have several: both
branches of a `try` that imports count. The empty target stands for what only type checkers see.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from suite.provenance.references import parse

Targets = tuple[str, ...]
FOR_TYPES = ""
AT_IMPORT = "*"  # the name of what a module does at import beside giving names a meaning
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)
# Decorators, and most calls whose value gets a name, are taken to do nothing else; ours do not.
PLAIN = (*DEFINITIONS, *ASSIGNMENTS)
# What keeps a state for the whole process: a call may change it, whatever is done with its value.
WITH_STATE = ("ctypes", "gc", "locale", "numpy", "os", "random", "resource", "sys", "torch")


@dataclass(frozen=True, eq=False)
class Module:
    """What a module's file defines and imports.

    `statements`: its statements by the name that they define or change, in the file's order;
    `names`: what each name stands for at the top of the module; `imports`: the targets that it
    imports when it is imported; `package`: where its relative imports start.
    """

    statements: Mapping[str, tuple[ast.stmt, ...]]
    names: Mapping[str, Targets]
    imports: Targets
    package: str


def read_module(path: Path, module: str) -> Module:
    """The module as its file is now. Raises SuiteError where it is not valid Python."""
    status = path.stat()
    return _read(path, module, status.st_mtime_ns, status.st_size)


@cache
def _read(path: Path, module: str, _modified: int, _size: int) -> Module:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = parse(path)
    imported = list(imported_names(tree.body, package))
    names: dict[str, Targets] = {}
    statements: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        if does_something(statement):
            for name in _units(statement, dict(imported)):
                statements.setdefault(name, []).append(statement)
                names[name] = (f"{module}:{name}",)
    for name, target in imported:
        if name:
            names[name] = (*names.get(name, ()), target)
    for name in _names_for_types(tree.body, package):
        names.setdefault(name, (FOR_TYPES,))
    return Module(
        {name: tuple(group) for name, group in statements.items()},
        names,
        tuple(dict.fromkeys(target for _, target in imported)),
        package,
    )


def does_something(statement: ast.AST) -> bool:
    """Whether running a statement can do more than bind imported names.

    `pass`, docstrings and blocks for type checkers do nothing.
    """
    if isinstance(statement, ast.If | ast.Try):
        parts = [*statement.body, *statement.orelse]
        if isinstance(statement, ast.Try):
            parts += [*statement.finalbody, *(s for h in statement.handlers for s in h.body)]
        if is_for_types(statement):
            return False
        return any(map(does_something, parts)) or (
            isinstance(statement, ast.If) and _calls(statement.test)
        )
    is_constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return not isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom) and not is_constant


def _calls(expression: ast.expr) -> bool:
    return any(isinstance(node, ast.Call | ast.NamedExpr) for node in ast.walk(expression))


def is_for_types(node: ast.AST) -> bool:
    """Whether code is an `if TYPE_CHECKING:` without an `else`."""
    if not isinstance(node, ast.If) or node.orelse:
        return False
    return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imported_names(
    nodes: Iterable[ast.AST], package: str, *, in_functions: bool = False
) -> Iterator[tuple[str, str]]:
    """The names that code imports, each with its target, in the order of the code.

    Names imported inside functions are included only with `in_functions`.
    """
    for node in nodes:
        if isinstance(node, IMPORTS):
            yield from import_targets(node, package)
        elif not is_for_types(node) and (in_functions or not isinstance(node, FUNCTIONS)):
            children = ast.iter_child_nodes(node)
            yield from imported_names(children, package, in_functions=in_functions)


def import_targets(
    statement: ast.Import | ast.ImportFrom, package: str
) -> Iterator[tuple[str, str]]:
    """The names that an import binds, each with its target; "" is the name of what it only runs."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            top = alias.name.partition(".")[0]  # `import a.b` binds a
            yield alias.asname or top, alias.name if alias.asname else top
            yield "", alias.name  # and runs all of it
        return
    base = statement.module or ""
    if statement.level:
        base = resolve_name("." * statement.level + base, package)
    for alias in statement.names:
        yield alias.asname or alias.name, f"{base}:{alias.name}"


def _units(statement: ast.stmt, imported: Mapping[str, str]) -> set[str]:
    """The names under which a statement at the top of a module counts.

    `imported`: the targets of the names that the module imports.
    """
    names = set(_defined(statement))
    if not isinstance(statement, PLAIN) or _acts(statement, imported):
        return names | {AT_IMPORT}
    changed = set(_changed(statement)) - names
    own = {name for name in changed if name not in imported}
    return names | own | ({AT_IMPORT} if changed & imported.keys() or not names | own else set())


def _acts(statement: ast.stmt, imported: Mapping[str, str]) -> bool:
    """Whether a name is given what a call returns that may do something else.

    That is a call into a library with a state, or of a function of ours as the whole value.
    """
    if not isinstance(statement, ASSIGNMENTS) or statement.value is None:
        return False
    if isinstance(statement.value, ast.Call) and isinstance(statement.value.func, ast.Name):
        called = statement.value.func.id
        target = imported.get(called, "suite")  # no import: of this module, or built in
        is_function = called.lower() == called and not hasattr(builtins, called)
        if is_function and target.startswith("suite"):
            return True
    calls = (node.func for node in ast.walk(statement.value) if isinstance(node, ast.Call))
    roots = (imported.get(name, "") for name in map(_root, calls) if name)
    return any(root.partition(":")[0].partition(".")[0] in WITH_STATE for root in roots)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _defined(node: ast.AST) -> Iterator[str]:
    """The names that code at the top of a module gives a value."""
    if isinstance(node, DEFINITIONS):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif not isinstance(node, ast.Lambda | ast.comprehension):
        for child in ast.iter_child_nodes(node):
            yield from _defined(child)


def _changed(node: ast.AST) -> Iterator[str]:
    """The names of the things whose attributes or items code at the top of a module sets."""
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        yield from (child.id for child in ast.walk(node.value) if isinstance(child, ast.Name))
    elif not isinstance(node, (*DEFINITIONS, ast.Lambda)):
        for child in ast.iter_child_nodes(node):
            yield from _changed(child)


def _names_for_types(nodes: Iterable[ast.AST], package: str) -> Iterator[str]:
    for node in filter(is_for_types, nodes):
        yield from (name for name, _ in imported_names(ast.iter_child_nodes(node), package))
