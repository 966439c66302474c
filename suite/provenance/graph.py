"""The graph of code: what a reference leads to, and from there. Nothing is imported.

Of this package a node is a definition at the top of a module, "module:name", with an edge for every
reference in its canonical tree, in the tree's order. Of the user's modules a node is a file,
"module", with an edge for everything it imports. An installed package is a node without edges.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

from suite.errors import SuiteError
from suite.provenance.canonical import Canonical, Reference, canonical
from suite.provenance.definitions import AT_IMPORT, FOR_TYPES, Module, read_module
from suite.provenance.installed import lies_installed, package_digest, package_version
from suite.provenance.references import module_path
from suite.provenance.user_code import imported_module, read_file, surrounding_packages

OURS = "suite"
DIGITS = 16
# An arm reaches what it names in a table, "module:TABLE[name]", not the whole table.
TABLES = {"suite.training.losses:LOSSES": "losses", "suite.training.metrics:METRICS": "metrics"}
# The forms of errors and of records, and what a record says beside its numbers: they decide no bits.
WITHOUT_BITS = ("suite.errors", "suite.result", "suite.provenance.environment:made_by")


@dataclass(frozen=True)
class Edge:
    """Leads to a node, or to none that counts; `label`: what else decides which code is meant."""

    node: str | None
    label: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """`text`: the digest of its own code; `edges`: where each of its references leads, several
    where it depends on the machine."""

    text: str
    edges: tuple[tuple[Edge, ...], ...] = ()


class Graph:
    """The code that `references` and what they refer to consist of, as the files are now."""

    def __init__(self, references: Iterable[str]) -> None:
        self._named = {_top(reference.partition(":")[0]) for reference in references}
        self._nodes: dict[str, Node] = {}
        self._modules: dict[str, Module | None] = {}
        self._imports: dict[str, set[str]] = {}

    def root(self, reference: str) -> Edge:
        """Where "module:name" or "module" leads; of this package also "module:Class.method" and
        "module:TABLE[entry]". Raises SuiteError where this package has no such code."""
        module, _, name = reference.partition(":")
        if _top(module) != OURS:
            edges = self._of_import(module)
            return Edge(
                edges[-1].node if edges else None,
                (name,) if self._is_file(module) else (reference,),
            )
        if name.endswith("]") or "." in name:
            return Edge(reference)
        edges = self._resolved(reference, ())
        if not edges or edges[0].node is None:
            raise SuiteError(f"{reference}: there is no such code in this package")
        return edges[0]

    def node(self, name: str) -> Node:
        """The node of that name."""
        if name not in self._nodes:
            self._nodes[name] = self._read(name)
        return self._nodes[name]

    def effects(self, nodes: Iterable[str]) -> set[str]:
        """The nodes of what this package's modules do at import beside defining things, of all
        modules that those of `nodes` import."""
        waiting = list({name.partition(":")[0] for name in nodes if _top(name) == OURS})
        seen = set(waiting)
        for module in waiting:  # grows while it is walked through
            new = self._imported(module) - seen
            seen |= new
            waiting += new
        return {f"{module}:{AT_IMPORT}" for module in seen if self._acts_at_import(module)}

    def _imported(self, module: str) -> set[str]:
        """The modules of this package that run when this one is imported."""
        if module not in self._imports:
            read = self._module(module)
            targets = [] if read is None else [each for each in read.imports if _top(each) == OURS]
            self._imports[module] = {*surrounding_packages(module), *map(imported_module, targets)}
        return self._imports[module]

    def _acts_at_import(self, module: str) -> bool:
        read = None if module in WITHOUT_BITS else self._module(module)
        return read is not None and AT_IMPORT in read.statements

    def _module(self, module: str) -> Module | None:
        if module not in self._modules:
            path = module_path(module)
            self._modules[module] = None if path is None else read_module(path, module)
        return self._modules[module]

    def _read(self, name: str) -> Node:
        module, _, definition = name.partition(":")
        if _top(module) == OURS:
            return self._definition(module, definition) if definition else self._whole(module)
        if not self._is_file(module):
            digest = package_digest(module) if module in self._named else None
            return Node(digest or package_version(module))
        path = module_path(module)
        assert path is not None  # noqa: S101
        file = read_file(path, module)
        edges = (tuple(self._of_import(target)) for target in file.imports)
        around = (tuple(self._packages(module)),)
        return Node(file.digest, tuple(filter(None, chain(around, edges))))

    def _whole(self, module: str) -> Node:
        """A module as a value: its names count, for code may take any of them by text."""
        read = self._module(module)
        names = sorted(read.statements) if read is not None else []
        return Node(_digest(names), tuple((Edge(f"{module}:{name}"),) for name in names))

    def _definition(self, module: str, name: str) -> Node:
        read = self._module(module)
        found = None if read is None else _canonical(read, name)
        if found is None:
            raise SuiteError(f"{module}:{name}: there is no such code in this package")
        return Node(found[0], tuple(tuple(self._leads(reference)) for reference in found[1]))

    def _leads(self, reference: Reference) -> Iterator[Edge]:
        for target in reference.targets:
            yield from self._resolved(target, reference.attributes)

    def _resolved(self, target: str, attributes: tuple[str, ...]) -> list[Edge]:
        """Where a target leads with the attributes that are taken of it. What is passed on by an
        import is followed."""
        module, _, name = target.partition(":")
        if target == FOR_TYPES or module in WITHOUT_BITS:
            return [Edge(None)]
        if _top(module) != OURS:
            return [Edge(None, (target, *attributes))]
        path = (*([name] if name else ()), *attributes)
        read = self._module(module)
        if read is None or not path:
            return [Edge(module if read is not None else None)]
        unit, rest = f"{module}:{path[0]}", path[1:]
        if unit in WITHOUT_BITS or unit in TABLES:
            return [Edge(None, (TABLES.get(unit, ""), *rest))]
        edges = [Edge(unit, rest)] if path[0] in read.statements else []
        for passed_on in read.names.get(path[0], ()):
            if passed_on != unit:
                edges += self._resolved(passed_on, rest)
        inner = f"{module}.{path[0]}"
        if not edges and module_path(inner) is not None:
            return self._resolved(inner, rest)
        return edges or [Edge(None, (module, *path))]

    def _of_import(self, target: str) -> list[Edge]:
        """Where an import in a user's file leads: last of all to what is imported."""
        base, _, name = target.partition(":")
        if _top(base) == OURS:
            return self._resolved(base if name == "*" else target, ())
        path, inner = module_path(base), imported_module(target)
        if path is None or not lies_installed(path):
            base = inner
        if self._is_file(base):
            return [*self._packages(base), Edge(base)]
        path = module_path(base)
        if path is None or _top(base) in sys.stdlib_module_names:
            return []
        return [Edge(_top(base), (_top(base),))]

    def _packages(self, module: str) -> Iterator[Edge]:
        """The packages around a user's module; an empty file says nothing."""
        for package in surrounding_packages(module):
            path = module_path(package)
            if path is not None and not read_file(path, package).is_empty:
                yield Edge(package)

    def _is_file(self, module: str) -> bool:
        """Whether a module counts by its file: it is not installed, or its installer noted
        nothing."""
        path, top = module_path(module), _top(module)
        if path is None:
            return False
        if not lies_installed(path):
            return True
        is_unnoted = top in self._named and package_digest(top) is None
        return is_unnoted and top not in sys.stdlib_module_names


@cache
def _canonical(read: Module, name: str) -> tuple[str, tuple[Reference, ...]] | None:
    """The digest of a definition's own code, and its references; None where there is none."""
    code = _code(read, name)
    if code is None:
        return None
    said: Canonical = canonical(code, read.names, read.package)
    return _digest(said.form), said.references


def _code(read: Module, name: str) -> list[ast.AST] | None:
    """The code of "name", "Class.method" or "TABLE[entry]". A table that is not written out counts
    whole."""
    if name.endswith("]"):
        table, _, entry = name[:-1].partition("[")
        value = _entry(read, table, entry)
        whole = read.statements.get(table)
        return [value] if value is not None else None if whole is None else list(whole)
    outer, _, method = name.partition(".")
    statements: Iterable[ast.AST] = read.statements.get(outer, ())
    if method:
        inner = chain.from_iterable(s.body for s in statements if isinstance(s, ast.ClassDef))
        statements = [s for s in inner if isinstance(s, ast.FunctionDef) and s.name == method]
    return list(statements) or None


def _entry(read: Module, table: str, entry: str) -> ast.expr | None:
    """The value of an entry of a dict that one statement writes out."""
    statements = read.statements.get(table, ())
    value = getattr(statements[0], "value", None) if len(statements) == 1 else None
    if not isinstance(value, ast.Dict):
        return None
    for key, item in zip(value.keys, value.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == entry:
            return item
    return None


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:DIGITS]


def _top(name: str) -> str:
    return name.partition(":")[0].partition(".")[0]
