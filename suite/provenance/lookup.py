"""The code behind a name of a module of this package, in canonical form."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain

from suite.provenance.canonical import Reference, canonical
from suite.provenance.definitions import Module

DIGITS = 16  # of SHA-256, 64 bits: enough to tell apart what nobody forged


@dataclass(frozen=True)
class Code:
    """`digest` of the canonical form; its `references` in the order of their first use."""

    digest: str
    references: tuple[Reference, ...]


@cache
def find_code(module: Module, name: str) -> Code | None:
    """The code behind "name", "Class.method" or "TABLE[entry]"; None where there is none."""
    nodes = _find_nodes(module, name)
    if not nodes:
        return None
    tree = canonical(nodes, module.names, module.package)
    return Code(digest_of(tree.form), tree.references)


def digest_of(value: object) -> str:
    """16 hexadecimal digits that stand for JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:DIGITS]


def _find_nodes(module: Module, name: str) -> list[ast.AST]:
    if name.endswith("]"):
        table, _, entry = name[:-1].partition("[")
        value = _find_entry(module, table, entry)
        # a table that is not written out counts whole
        return [value] if value is not None else list(module.statements.get(table, ()))
    outer, _, method = name.partition(".")
    statements: Iterable[ast.AST] = module.statements.get(outer, ())
    if method:
        bodies = (node.body for node in statements if isinstance(node, ast.ClassDef))
        statements = (
            node
            for node in chain.from_iterable(bodies)
            if isinstance(node, ast.FunctionDef) and node.name == method
        )
    return list(statements)


def _find_entry(module: Module, table: str, entry: str) -> ast.expr | None:
    """The value of an entry of a dict that one statement writes out; None where it may be another.

    It may where a key is made, or stands there twice.
    """
    statements = module.statements.get(table, ())
    value = getattr(statements[0], "value", None) if len(statements) == 1 else None
    if not isinstance(value, ast.Dict):
        return None
    keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
    is_plain = None not in keys and keys.count(entry) == 1
    return value.values[keys.index(entry)] if is_plain else None
