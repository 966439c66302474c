"""The nodes of a Ray cluster: what each has, its runs' environment, and what was lost with them."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import ray
from ray import exceptions

from suite.errors import SuiteError
from suite.execution import ray_node
from suite.execution.ray_answers import answer_of
from suite.provenance import environment
from suite.provenance.environment import environment_id
from suite.result import DeviceKind

ANSWER_S = 120.0  # how long a node may take to start a worker and import what it needs


@dataclass
class Census:
    """What is known of the cluster that this process is connected to.

    `lost`: how many times a job was lost with its worker or node. `refused`: the nodes left out, by
    id of the environment.
    """

    lost: int = 0
    refused: dict[str, set[str]] = field(default_factory=dict)
    _described: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def nodes(self) -> list[dict[str, float]]:
        """What each node has that is there and takes work: CPU, GPU, memory in bytes."""
        return [
            node["Resources"]
            for node in ray.nodes()
            if node["Alive"] and node["Resources"].get("CPU")
        ]

    def cpus(self) -> float:
        """The processor cores of all nodes."""
        return sum(node["CPU"] for node in self.nodes())

    def has_gpus(self) -> bool:
        """Whether any node has a graphics card."""
        return any(node.get("GPU") for node in self.nodes())

    def fits_somewhere(self, needs: dict[str, float]) -> bool:
        """Whether any node is large enough."""
        return any(
            all(node.get(kind, 0) >= need for kind, need in needs.items()) for node in self.nodes()
        )

    def refuse(self, environment_id: str, node: str) -> None:
        """Leaves a node out of the runs of an environment."""
        self.refused.setdefault(environment_id, set()).add(node)

    def has_nodes_for(self, environment_id: str) -> bool:
        """Whether any node is left for the runs of an environment."""
        refused = self.refused.get(environment_id, set())
        return not refused or any(
            node["Alive"] and node["Resources"].get("CPU") and node["NodeID"] not in refused
            for node in ray.nodes()
        )

    def refused_count(self) -> int:
        """How many nodes are left out because their results would have other bits."""
        return len(set[str]().union(*self.refused.values()))

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """What decides bits on the nodes: as on this machine if any is like it, else as on most.

        The others are left out.
        """
        if (device, numerics) not in self._described:
            by_node = _describe_nodes(device, numerics)
            counts = Counter(environment_id(fields) for fields in by_node.values())
            here = environment_id(environment.describe(device, numerics)) if device == "cpu" else ""
            chosen = max(counts, key=lambda name: (name == here, counts[name], name))
            self.refused[chosen] = {
                node for node, fields in by_node.items() if environment_id(fields) != chosen
            }
            self._described[device, numerics] = next(
                fields for fields in by_node.values() if environment_id(fields) == chosen
            )
        return self._described[device, numerics]


def _describe_nodes(device: DeviceKind, numerics: str) -> dict[str, dict[str, str]]:
    """The environment of runs on each node, by the node's id."""
    kind = "GPU" if device == "cuda" else "CPU"
    node_ids = [
        node["NodeID"] for node in ray.nodes() if node["Alive"] and node["Resources"].get(kind)
    ]
    if not node_ids:
        raise SuiteError(
            f"the cluster has no node with a {kind}; start one: `ray start --address HEAD:PORT`"
        )
    task = ray.remote(ray_node.environment)
    refs = {
        node_id: task.options(
            num_cpus=0,
            num_gpus=0.01 if device == "cuda" else 0,
            max_retries=3,
            label_selector={"ray.io/node-id": node_id},
            name="suite: describe",
        ).remote(device, numerics)
        for node_id in node_ids
    }
    ready, _ = ray.wait(list(refs.values()), num_returns=len(refs), timeout=ANSWER_S)
    by_node = dict[str, dict[str, str]]()
    for node_id, ref in refs.items():
        with suppress(exceptions.RayError):  # it is gone meanwhile
            by_node |= {node_id: answer_of(ref)} if ref in ready else {}
    if not by_node:
        raise SuiteError(f"no node of the cluster answered within {ANSWER_S:g} s")
    return by_node
