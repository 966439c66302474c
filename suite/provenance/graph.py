"""The graph of code: what a reference leads to, and from there. Nothing is imported.

Of this package a node is a definition at the top of a module, "module:name", with an edge for every
reference in its canonical tree, in the tree's order. Of the user's modules a node is a file,
"module", with an edge for everything it imports. An installed package is a node without edges.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from suite.errors import SuiteError
from suite.provenance.definitions import AT_IMPORT, FOR_TYPES, Module, read_module
from suite.provenance.installed import UNKNOWN, lies_installed, package_digest, package_version
from suite.provenance.lookup import digest_of, find_code
from suite.provenance.references import module_path
from suite.provenance.user_code import imported_module, read_file, surrounding_packages

OURS = "suite"
# An arm reaches what it names in a table, "module:TABLE[name]", not the whole table.
TABLES = {"suite.training.losses:LOSSES": "losses", "suite.training.metrics:METRICS": "metrics"}
# Where a run reaches code that decides no result. What that does at import counts all the same.
BORDERS = (
    "suite.errors",  # the texts of errors
    "suite.execution.files_read",  # what is noted of a run beside its numbers
    "suite.execution.isolation",  # the folder and the limits of a process, and what is left of it
    "suite.execution.child_program:_end_with_parent",
    "suite.execution.in_process:peak_memory_bytes",
    "suite.execution.outcomes:without_folders",  # the text of a reason
    "suite.execution.outcomes:with_output",
    "suite.training.epochs",  # what a run says of its epochs while it goes on
    "suite.execution.tracebacks",
    "suite.provenance.environment:made_by",  # what a record says beside its numbers
)


@dataclass(frozen=True)
class Edge:
    """Leads to a node, or to none that counts; `label`: what else decides which code is meant."""

    node: str | None
    label: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """A piece of code in the graph: the digest of its own code, and where its references lead.

    `text`: the digest; `edges`: for each reference the edges it leads to, several where that
    depends on the machine.
    """

    text: str
    edges: tuple[tuple[Edge, ...], ...] = ()


class Graph:
    """The code that `references` and what they refer to consist of, as the files are now."""

    def __init__(self, references: Iterable[str]) -> None:
        named = (reference.partition(":") for reference in references)
        self._named_packages = {_top(module) for module, _, name in named if name}
        self._nodes: dict[str, Node] = {}
        self._modules: dict[str, Module | None] = {}
        self._imports: dict[str, set[str]] = {}

    def find_root(self, reference: str) -> Edge:
        """The edge to the code that a reference names: "module:name" or "module".

        In this package a reference may also be "module:Class.method" or "module:TABLE[entry]".
        Raises SuiteError where this package has no such code.
        """
        module, _, name = reference.partition(":")
        if _top(module) != OURS:
            edges = self._follow_import(module)
            label = name if self._is_file(module) else reference
            return Edge(edges[-1].node if edges else None, (label,))
        if name.endswith("]") or "." in name:
            return Edge(reference)
        edges = self._follow(reference, ())
        if not edges or edges[0].node is None:
            raise SuiteError(f"{reference}: there is no such code in this package")
        return edges[0]

    def read_node(self, name: str) -> Node:
        """The node of that name. Raises SuiteError where this package has no such code."""
        if name not in self._nodes:
            self._nodes[name] = self._make_node(name)
        return self._nodes[name]

    def find_effects(self, nodes: Iterable[str]) -> set[str]:
        """The nodes for what this package's modules do at import besides defining things.

        Covers the modules of `nodes` and all modules of this package that they import.
        """
        waiting = list({name.partition(":")[0] for name in nodes if _top(name) == OURS})
        seen = set(waiting)
        for module in waiting:  # grows while it is walked through
            new = self._list_imported(module) - seen
            seen |= new
            waiting += new
        return {f"{module}:{AT_IMPORT}" for module in seen if self._acts_at_import(module)}

    def _list_imported(self, module: str) -> set[str]:
        """The modules of this package that run when this one is imported."""
        if module not in self._imports:
            read = self._read_module(module)
            targets = () if read is None else read.imports
            ours = {_own_imported(target) for target in targets if _top(target) == OURS}
            self._imports[module] = ours | set(surrounding_packages(module))
        return self._imports[module]

    def _acts_at_import(self, module: str) -> bool:
        read = self._read_module(module)
        return read is not None and AT_IMPORT in read.statements

    def _read_module(self, module: str) -> Module | None:
        if module not in self._modules:
            path = _own_path(module)
            self._modules[module] = None if path is None else read_module(path, module)
        return self._modules[module]

    def _make_node(self, name: str) -> Node:
        module, _, definition = name.partition(":")
        if _top(module) == OURS:
            return (
                self._read_definition(module, definition)
                if definition
                else self._read_whole(module)
            )
        path = module_path(module) if self._is_file(module) else None
        if path is None:
            digest = package_digest(module) if module in self._named_packages else None
            return Node(digest or package_version(module))
        file = read_file(path, module)
        edges = (tuple(self._follow_import(target)) for target in file.imports)
        around = (tuple(self._list_packages(module)),)
        return Node(file.digest, tuple(filter(None, chain(around, edges))))

    def _read_whole(self, module: str) -> Node:
        """A module as a value: its names count, for code may take any of them by text."""
        read = self._read_module(module)
        names = sorted(read.statements) if read is not None else []
        return Node(digest_of(names), tuple((Edge(f"{module}:{name}"),) for name in names))

    def _read_definition(self, module: str, name: str) -> Node:
        read = self._read_module(module)
        code = None if read is None else find_code(read, name)
        if code is None:
            raise SuiteError(f"{module}:{name}: there is no such code in this package")
        edges = (
            tuple(chain.from_iterable(self._follow(t, r.attributes) for t in r.targets))
            for r in code.references
        )
        return Node(code.digest, tuple(edges))

    def _follow(self, target: str, attributes: tuple[str, ...]) -> list[Edge]:
        """Where a target leads with the attributes that are taken of it.

        What is passed on by an import is followed.
        """
        module, _, name = target.partition(":")
        if target == FOR_TYPES or module in BORDERS:
            return [Edge(None)]
        if _top(module) != OURS:
            return [Edge(None, (target, *attributes))]
        path = (*([name] if name else ()), *attributes)
        read = self._read_module(module)
        if read is None or not path:
            return [Edge(module if read is not None else None)]
        unit, rest = f"{module}:{path[0]}", path[1:]
        if unit in BORDERS or unit in TABLES:
            return [Edge(None, (TABLES.get(unit, ""), *rest))]
        edges = [Edge(unit, rest)] if path[0] in read.statements else []
        for passed_on in read.names.get(path[0], ()):
            if passed_on != unit:
                edges += self._follow(passed_on, rest)
        inner = f"{module}.{path[0]}"
        if not edges and _own_path(inner) is not None:
            return self._follow(inner, rest)
        return edges or [Edge(None, (module, *path))]

    def _follow_import(self, target: str) -> list[Edge]:
        """Where an import in a user's file leads: last of all to what is imported."""
        base, _, name = target.partition(":")
        if _top(base) == OURS:
            return self._follow(base if name == "*" else target, ())
        path, inner = module_path(base), imported_module(target)
        if path is None or not lies_installed(path):
            base = inner
        if self._is_file(base):
            return [*self._list_packages(base), Edge(base)]
        path = module_path(base)
        if path is None or _top(base) in sys.stdlib_module_names:
            return []
        return [Edge(_top(base), (_top(base),))]

    def _list_packages(self, module: str) -> Iterator[Edge]:
        """The packages around a user's module; an empty file says nothing."""
        for package in surrounding_packages(module):
            path = module_path(package)
            if path is not None and not read_file(path, package).is_empty:
                yield Edge(package)

    def _is_file(self, module: str) -> bool:
        """Whether a module counts by its file, as one that no installer noted does."""
        path, top = module_path(module), _top(module)
        if path is None:
            return False
        if not lies_installed(path):
            return True
        if top in sys.stdlib_module_names:
            return False
        note = package_digest(top) if top in self._named_packages else package_version(top)
        return note in (None, UNKNOWN)


def _top(name: str) -> str:
    return name.partition(":")[0].partition(".")[0]


@cache
def _own_path(module: str) -> Path | None:
    """The file of a module of this package. What it says may change while we run, not its place."""
    return module_path(module)


@cache
def _own_imported(target: str) -> str:
    """The module of this package that importing a target runs."""
    return imported_module(target)
