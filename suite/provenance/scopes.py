"""Which names a function or a class body binds itself: they stand for nothing outside it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from suite.provenance.definitions import DEFINITIONS, IMPORTS, Targets, import_targets

Scope = dict[str, Targets]  # a variable has no targets, an imported name has its own

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound_by(nodes: Iterable[ast.AST], package: str) -> Scope:
    """The names that a block binds, with what those that it imports stand for."""
    scope: Scope = {}
    for name, targets in _bindings(nodes, package):
        scope[name] = (*scope.get(name, ()), *targets)
    for name in _global_names(nodes):
        scope.pop(name, None)
    return scope


def parameters(arguments: ast.arguments) -> Scope:
    """The names of a function's parameters."""
    several = [arguments.vararg, arguments.kwarg]
    positional = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {argument.arg: () for argument in (*positional, *filter(None, several))}


def loop_variables(generators: Iterable[ast.comprehension]) -> Scope:
    """The names that a comprehension loops over."""
    targets = [generator.target for generator in generators]
    return {node.id: () for target in targets for node in ast.walk(target) if _is_stored(node)}


def _bindings(nodes: Iterable[ast.AST], package: str) -> Iterator[tuple[str, Targets]]:
    for node in nodes:
        if isinstance(node, IMPORTS):
            yield from ((name, (target,)) for name, target in import_targets(node, package) if name)
        elif isinstance(node, DEFINITIONS):
            yield node.name, ()
        elif isinstance(node, COMPREHENSIONS):
            inner = (child for child in ast.walk(node) if isinstance(child, ast.NamedExpr))
            yield from ((expression.target.id, ()) for expression in inner)
        elif _is_stored(node):
            yield node.id, ()
        elif not isinstance(node, ast.Lambda):
            if (name := _caught(node)) is not None:
                yield name, ()
            yield from _bindings(ast.iter_child_nodes(node), package)


def _is_stored(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def _caught(node: ast.AST) -> str | None:
    """The name that an `except` or a pattern binds."""
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return node.name
    return node.rest if isinstance(node, ast.MatchMapping) else None


def _global_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Global):
            yield from node.names
        elif not isinstance(node, DEFINITIONS):
            yield from _global_names(ast.iter_child_nodes(node))
