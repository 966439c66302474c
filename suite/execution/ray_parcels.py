"""What jobs need beside themselves on a Ray cluster, put where every node can fetch it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray

from suite.data.files import by_content, data_folder
from suite.data.registry import source_of
from suite.execution.ray_commands import place_of
from suite.execution.ray_node import File, Parcel
from suite.plan.job import Job, References
from suite.task.datasets import Data


@dataclass
class Parcels:
    """The parcels that were sent so far: one for all jobs of the same code and data."""

    _sent: dict[tuple[References, str], Any] = field(default_factory=dict)
    _sent_files: dict[str, tuple[File, ...]] = field(default_factory=dict)

    def parcel_of(self, job: Job) -> Any:
        """A reference to what a job needs."""
        command = job.settings.command
        key = job.references, repr(job.data if command is None else command)
        if key not in self._sent:
            files = self.files_of(job.data) if command is None else ()
            place = None if command is None else place_of(command)
            parcel = Parcel(job.references.units(), files, place)
            self._sent[key] = ray.put(parcel)
        return self._sent[key]

    def files_of(self, data: Data) -> tuple[File, ...]:
        """What a node's data folder must hold; a file of the user's own by its content."""
        digests = source_of(data).digests()
        name = " ".join(sorted(digests.values()))
        if name not in self._sent_files:
            self._sent_files[name] = tuple(
                File(_path_on_node(path, digest), digest, ray.put(path.read_bytes()))
                for path, digest in digests.items()
            )
        return self._sent_files[name]


def _path_on_node(path: Path, sha256: str) -> str:
    """Where a node keeps a file, seen from its data folder."""
    kept = path if path.is_relative_to(data_folder()) else by_content(sha256, path.suffix)
    return str(kept.relative_to(data_folder()))
