"""Identity by content: digests of the code that a run reaches. Nothing is imported.

The digest of a reference is that of the nodes of the graph (suite.provenance.graph) in the order in
which they are first met from it. So it holds what the code says and which part refers to which, and
neither names nor places: who moves or renames code leaves it alone. Names count where they choose
code: of attributes, of installed packages, in the text of a user's file.

Of the packages that ours import, torch counts in the environment id; the others decide no bits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from suite.provenance.graph import OURS, Edge, Graph
from suite.provenance.installed import lies_installed
from suite.provenance.lookup import digest_of
from suite.provenance.references import module_path
from suite.provenance.user_code import read_file


@dataclass(frozen=True)
class Source:
    """`digests`: of the code that each reference reaches, by reference, for identity.

    `units`: of each piece of that code alone, by its name, for people: it says what changed.
    """

    digests: Mapping[str, str]
    units: Mapping[str, str]


def read_source(references: Iterable[str]) -> Source:
    """The code that references reach: "module:name", or "module" for all of it.

    A digest has 16 digits of SHA-256, enough to tell apart what nobody forged. Raises SuiteError
    for a reference to code of this package that is not there.
    """
    references = sorted(set(references))
    graph, units, digests = Graph(references), set[str](), dict[str, str]()
    for reference in references:
        root = graph.find_root(reference)
        nodes = _with_effects(graph, root)
        digests[reference] = _digest(graph, [root], nodes)
        units |= nodes.keys()
    texts = {name: graph.read_node(name) for name in sorted(units)}
    return Source(digests, {name: node.text for name, node in texts.items() if not _is_whole(name)})


def source_digest(digests: Mapping[str, str]) -> str:
    """One SHA-256 for all of them."""
    return hashlib.sha256(json.dumps(dict(digests), sort_keys=True).encode()).hexdigest()


def _is_whole(name: str) -> bool:
    """Whether a node is a whole module of this package, whose definitions are nodes themselves."""
    return name.partition(".")[0] == OURS and ":" not in name


def _with_effects(graph: Graph, root: Edge) -> dict[str, int]:
    """The nodes that a run reaches from `root`, numbered in the order in which they are reached.

    The last ones are what the nodes' modules do at import, in an order that does not depend on
    names.
    """
    nodes, effects = _reached(graph, [root]), set[str]()
    while (now := graph.find_effects(nodes)) != effects:
        effects = now
        lone = {name: _digest(graph, [Edge(name)], _reached(graph, [Edge(name)])) for name in now}
        last = [Edge(name) for name in sorted(now, key=lambda name: (lone[name], name))]
        nodes = _reached(graph, [root, *last])
    return nodes


def _reached(graph: Graph, roots: Iterable[Edge]) -> dict[str, int]:
    waiting = [root.node for root in roots if root.node is not None]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(waiting))}
    waiting = list(numbers)
    for name in waiting:  # grows while it is walked through
        for edges in graph.read_node(name).edges:
            for edge in edges:
                if edge.node is not None and edge.node not in numbers:
                    numbers[edge.node] = len(numbers)
                    waiting.append(edge.node)
    return numbers


def _digest(graph: Graph, roots: Iterable[Edge], nodes: Mapping[str, int]) -> str:
    def form(edges: Iterable[Edge]) -> list[object]:
        return [[None if edge.node is None else nodes[edge.node], *edge.label] for edge in edges]

    read = map(graph.read_node, nodes)
    rows = [[node.text, [form(edges) for edges in node.edges]] for node in read]
    return digest_of([form(roots), rows])


def planned_code(units: Mapping[str, str]) -> dict[str, str]:
    """What must be the same when a run begins: this package's units, and the user's files, by path.

    Which files those are is decided here, once: what a run adds to the path, and a module that
    appears later, is noted of the run that reads it (suite.execution.files_read).
    """
    ours = {name: digest for name, digest in units.items() if _is_ours(name)}
    paths = {name: module_path(name) for name in units if not _is_ours(name)}
    files = {
        str(path): units[name]
        for name, path in paths.items()
        if path is not None and not lies_installed(path)
    }
    return {OURS: digest_of(ours), **files}


def changed_code(planned: Mapping[str, str], units: Mapping[str, str]) -> list[str]:
    """The names of what is not as it was planned: files, and this package. `units`: of today."""
    today = {OURS: digest_of({name: text for name, text in units.items() if _is_ours(name)})}
    for path in planned.keys() - {OURS}:
        today[path] = read_file(Path(path), "").digest if Path(path).is_file() else "missing"
    return sorted(name for name, digest in planned.items() if today[name] != digest)


def is_planned(planned: Mapping[str, str], module: str) -> bool:
    """Whether a module was there at planning; what is installed, and this package, always was."""
    path = module_path(module)
    return _is_ours(module) or path is None or lies_installed(path) or str(path) in planned


def _is_ours(name: str) -> bool:
    return name.partition(":")[0].partition(".")[0] == OURS
