"""What happens on a node of a Ray cluster: it gets what a job needs, and runs it.

It runs a job as `suite run` would on that machine, in a child of the Ray worker, by the same
executor as everywhere: isolation, threads and time-outs are the same, and so are the bits. Code
comes through Ray's runtime environment. Data that the node lacks comes from the driver, by its
SHA-256, and stays.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import ray

from suite.atomic_files import partial_file
from suite.data.files import data_folder
from suite.errors import SuiteError
from suite.execution.executor import run_jobs
from suite.execution.processes import Processes
from suite.execution.ray_commands import CommandPlace, is_of, run_commands
from suite.plan.job import Job, References
from suite.provenance.environment import describe, describe_for_commands, environment_id
from suite.provenance.source import planned_code
from suite.result import DeviceKind

RAY_MODULES = "/runtime_resources/"  # where Ray puts the code that it brings


@dataclass(frozen=True)
class File:
    """A file below the data folder.

    `content` refers to its bytes, which a node fetches only where it lacks them.
    """

    path: str
    sha256: str
    content: Any


@dataclass(frozen=True)
class Parcel:
    """What jobs need beside themselves: source, and files of the dataset.

    `units`: the source that the driver planned with, by unit. `place`: of a command, where it runs.
    """

    units: dict[str, str]
    files: tuple[File, ...]
    place: CommandPlace | None = None


@dataclass(frozen=True)
class Refusal:
    """A node whose runs would have other bits than those that were planned."""

    node: str


def run(jobs: Sequence[Job], *parcels: Parcel) -> list[str] | Refusal:
    """A result a run, as JSON; a parcel for each job.

    Raises SuiteError in one line, which names the node, where it lacks something.
    """
    prepare()
    for job, parcel in zip(jobs, parcels, strict=True):
        if not _has_environment(job):
            return Refusal(ray.get_runtime_context().get_node_id())
        _require_source(job, parcel.units)
        for file in parcel.files:
            _keep(file)
    if is_of(jobs):
        places = [parcel.place for parcel in parcels if parcel.place is not None]
        return [result.model_dump_json() for result in run_commands(jobs, places, _here())]
    here = [  # the folders are the driver's
        replace(job, kept_in="", code=planned_code(_units(job.references))) for job in jobs
    ]
    return [result.model_dump_json() for result in run_jobs(Processes(1), here)]


def _has_environment(job: Job) -> bool:
    """Whether this node is what a job was planned for.

    A command beside models is planned for their environment, one in a task of commands for its own.
    """
    kinds = [describe] if job.settings.command is None else [describe_for_commands, describe]
    return any(
        environment_id(kind(job.device, job.settings.numerics)) == job.environment for kind in kinds
    )


def environment(device: DeviceKind, numerics: str) -> dict[str, str]:
    """What decides the bits of a run on this node, field by field."""
    prepare()
    return describe(device, numerics)


def prepare() -> None:
    """Makes a Ray worker what a process of `suite run` is."""
    os.environ.pop("OMP_NUM_THREADS", None)  # Ray's 1; the task says how many
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    own = [path for path in paths if path and RAY_MODULES not in path]  # sys.path has the others
    os.environ.pop("PYTHONPATH", None)
    os.environ |= {"PYTHONPATH": os.pathsep.join(own)} if own else {}


def _require_source(job: Job, units: dict[str, str]) -> None:
    units_here = _units(job.references)
    wrong = [
        f"lacks {unit}" if unit not in units_here else f"has another {unit}"
        for unit in units.keys() | units_here.keys()
        if units_here.get(unit) != units.get(unit)
    ]
    if wrong:
        raise SuiteError(
            f"{job.field}: {_here()} {min(wrong)}; install there what is installed"
            " where `suite run` runs"
        )


@cache
def _units(references: References) -> dict[str, str]:
    return references.units()


_kept = set[str]()


def _keep(file: File) -> None:
    """Puts a file into this node's data folder if it is not there, and checks it, once a worker."""
    if file.sha256 in _kept:
        return
    path = data_folder() / file.path
    try:
        if not path.exists():
            content = ray.get(file.content)
            with partial_file(path) as new_path:
                new_path.write_bytes(content)
                new_path.replace(path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SuiteError(
            f"{_here()}: {path}: cannot keep the data here: {error.strerror}; set SUITE_DATA where"
            " its `ray start` is run"
        ) from None
    if sha256 != file.sha256:
        raise SuiteError(
            f"{_here()}: {path}: expected SHA-256 {file.sha256}, found {sha256}; remove this file"
        )
    _kept.add(file.sha256)


def _here() -> str:
    return f"node {platform.node()}"
