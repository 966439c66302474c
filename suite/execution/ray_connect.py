"""Connects to a Ray cluster, and sends it the code of the tasks."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import ray
from ray import exceptions

from suite.errors import SuiteError
from suite.execution.ray_answers import last_line
from suite.execution.ray_code import modules_of
from suite.execution.ray_executor import RayCluster
from suite.execution.ray_parcels import Parcels
from suite.provenance.environment import kernel_variables, made_by
from suite.task.schema import Task

CONNECT_S = 10.0


@contextmanager
def connect(
    address: str, tasks: Sequence[Task], *, most_jobs: int | None = None
) -> Iterator[RayCluster]:
    """The cluster at `address`, which is sent the code of `tasks` and is left at the end.

    The code is on its way to every node. `most_jobs`: how many jobs to submit at a time at most.
    Raises SuiteError where there is no cluster.
    """
    _require_a_listener(address)
    variables = kernel_variables("native") | {"SUITE_REVISION": made_by()["revision"]}
    environment = {"py_modules": [str(path) for path in modules_of(tasks)], "env_vars": variables}
    before = signal.getsignal(signal.SIGTERM)  # Ray puts its own there
    try:
        # what Ray would print to standard output, which is ours
        ray._private.worker._worker_logs_enabled = False
        ray.init(
            address=address, runtime_env=environment, log_to_driver=False, logging_level="ERROR"
        )
    except (ConnectionError, RuntimeError, ValueError, OSError, exceptions.RayError) as error:
        raise SuiteError(
            f"--address {address}: cannot reach a Ray cluster: {last_line(error)}"
        ) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    try:
        yield RayCluster(most_jobs, parcels=Parcels())
    finally:
        ray.shutdown()


def _require_a_listener(address: str) -> None:
    """Raises SuiteError where nobody listens at `address`.

    Ray itself would try for more than a minute, and say so in many lines.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address == "auto" or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_S).close()
    except OSError as error:
        raise SuiteError(
            f"--address {address}: cannot reach a Ray cluster: {error.strerror or error}"
        ) from None
