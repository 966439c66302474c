"""Syntax trees as JSON: what code says, without what it is called and how it is laid out.

A node is [its type, {field: value}] without fields that are empty, so that it is equal on all
Pythons that can read the code: newer ones only add such. Left out is what decides no bits:
docstrings, `pass`, annotations of functions and variables (those in a class body count: dataclasses
read them), the text of an error that is raised. A name that its module defines or imports becomes
the number of a reference, and so does a text that names code of this package; what that is decides,
not how it is called. Other names stay.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from suite.provenance.definitions import (
    DEFINITIONS,
    FUNCTIONS,
    Targets,
    does_something,
)
from suite.provenance.scopes import COMPREHENSIONS, Scope, bound_by, loop_variables, parameters

Json = object
# code of this package that is named in a text, to be loaded when it is needed
OWN_REFERENCE = re.compile(r"suite(\.\w+)+:\w+")
IGNORED = ("ctx", "type_comment", "kind", "returns", "lineno")


@dataclass(frozen=True)
class Reference:
    """A name's targets, and the attributes that code takes of it."""

    targets: Targets
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Canonical:
    """Code as JSON, and the references that it contains.

    In `form`, ["reference", n] stands for the n-th of `references`, which are in the order of their
    first use.
    """

    form: Json
    references: tuple[Reference, ...]


def canonical(
    node: ast.AST | Sequence[ast.AST], names: Mapping[str, Targets] | None = None, package: str = ""
) -> Canonical:
    """What code at the top of a module says.

    `names`: what they stand for there; `package`: where relative imports start.
    """
    reader = _Reader(names or {}, package)
    form = reader.of(node, _Block())
    return Canonical(form, tuple(reader.references))


@dataclass(frozen=True)
class _Block:
    """Where code stands.

    `scope`: the names that blocks around it bind; `own`: those of the class body that it is
    directly in, which functions in it do not see.
    """

    scope: Scope = field(default_factory=dict)
    own: Scope | None = None

    def function(self, names: Scope) -> _Block:
        return _Block({**self.scope, **names})


class _Reader:
    def __init__(self, names: Mapping[str, Targets], package: str) -> None:
        self._names, self._package = names, package
        self.references: dict[Reference, int] = {}

    def of(self, node: object, block: _Block) -> Json:
        """The form of a node, a list of nodes or a field's plain value."""
        if isinstance(node, list | tuple):
            return [self.of(child, block) for child in node if _counts(child, block)]
        if not isinstance(node, ast.AST):
            return node
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and OWN_REFERENCE.fullmatch(node.value):
                return self._refer(Reference((node.value,)))
            return [type(node.value).__name__, ascii(node.value)]
        if isinstance(node, ast.JoinedStr):
            return ["JoinedStr", _joined([self.of(part, block) for part in node.values])]
        if isinstance(node, ast.Name):
            return self._name(node.id, block)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, block)
        if isinstance(node, (*DEFINITIONS, ast.Lambda, *COMPREHENSIONS)):
            return self._with_scope(node, block)
        return self._statement(node, block)

    def _name(self, name: str, block: _Block, attributes: tuple[str, ...] = ()) -> Json:
        targets = self._targets(name, block)
        if not targets:
            return ["Name", name]
        return self._refer(Reference(targets, attributes))

    def _refer(self, reference: Reference) -> Json:
        return ["reference", self.references.setdefault(reference, len(self.references))]

    def _targets(self, name: str, block: _Block) -> Targets:
        for scope in (block.own or {}, block.scope, self._names):
            if name in scope:
                return scope[name]
        return ()

    def _attribute(self, node: ast.Attribute, block: _Block) -> Json:
        attributes, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            attributes, inner = [inner.attr, *attributes], inner.value
        if isinstance(inner, ast.Name) and self._targets(inner.id, block):
            return self._name(inner.id, block, tuple(attributes))
        return ["Attribute", self.of(node.value, block), node.attr]

    def _with_scope(self, node: ast.AST, block: _Block) -> Json:
        """The form of what binds names of its own."""
        if isinstance(node, ast.Lambda):
            inner = block.function(parameters(node.args))
            return ["Lambda", self._parameters(node.args, block), self.of(node.body, inner)]
        if isinstance(node, COMPREHENSIONS):
            names = loop_variables(node.generators)
            return self._fields(
                node, _Block({**block.scope, **names}, block.own and {**block.own, **names})
            )
        if not isinstance(node, DEFINITIONS):
            raise TypeError(f"expected a node that binds names, got {type(node).__name__}")
        parts = {
            "name": self._name(node.name, block),
            "decorators": self.of(node.decorator_list, block),
        }
        if isinstance(node, FUNCTIONS):
            inner = block.function({**bound_by(node.body, self._package), **parameters(node.args)})
            parts["parameters"] = self._parameters(node.args, block)
        else:
            inner = _Block(block.scope, bound_by(node.body, self._package))
            parts |= {
                "bases": self.of(node.bases, block),
                "keywords": self.of(node.keywords, block),
            }
        parts["body"] = self.of(node.body, inner)
        return [type(node).__name__, _without_empty(parts)]

    def _parameters(self, arguments: ast.arguments, block: _Block) -> Json:
        """Names and defaults; a default is read where the function is defined."""
        kinds = {
            kind: [each.arg for each in group]
            for kind, group in (
                ("positional", arguments.posonlyargs),
                ("any", arguments.args),
                ("keyword", arguments.kwonlyargs),
                ("rest", filter(None, [arguments.vararg])),
                ("keywords", filter(None, [arguments.kwarg])),
            )
        }
        defaults = {
            "defaults": self.of(arguments.defaults, block),
            "keyword_defaults": self.of(arguments.kw_defaults, block),
        }
        return _without_empty({**kinds, **defaults})

    def _statement(self, node: ast.AST, block: _Block) -> Json:
        if isinstance(node, ast.AnnAssign) and block.own is None:
            target, value = self.of(node.target, block), self.of(node.value, block)
            return ["Assign", {"targets": [target], "value": value}]
        if isinstance(node, ast.Assert):
            return ["Assert", self.of(node.test, block)]
        if isinstance(node, ast.Global):
            return ["Global", [self._name(name, block) for name in node.names]]
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            error = node.exc
            told = [argument for argument in error.args if not _is_text(argument)]
            parts = [error.func, told, error.keywords, node.cause]
            return ["Raise", [self.of(part, block) for part in parts]]
        return self._fields(node, block)

    def _fields(self, node: ast.AST, block: _Block) -> Json:
        fields = {
            name: self.of(value, block)
            for name, value in ast.iter_fields(node)
            if value is not None and name not in IGNORED
        }
        return [type(node).__name__, _without_empty(fields)]


def _counts(node: object, block: _Block) -> bool:
    """Whether an element of a list decides anything."""
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return block.own is not None
    return not isinstance(node, ast.stmt) or does_something(node)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _without_empty(fields: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _joined(parts: list[Json]) -> list[Json]:
    """The parts of an f-string, with neighbouring pieces of text joined into one.

    Where the text is cut differs between Python versions.
    """
    merged: list[Json] = []
    for part in parts:
        match merged[-1:], part:
            case [["str", str(before)]], ["str", str(text)]:
                merged[-1] = ["str", ascii(ast.literal_eval(before) + ast.literal_eval(text))]
            case _, ["str", "''"]:
                pass
            case _:
                merged.append(part)
    return merged
