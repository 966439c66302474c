"""The verb ray-worker."""

from __future__ import annotations

from typing import Annotated

import typer

from suite.cli.ray_program import become_ray


def ray_worker(
    context: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="HOST:PORT", help="Join the head at this address.")
    ],
) -> None:
    """Make this machine a node of a Ray cluster.

    It stays one until it is stopped. Takes the options of `ray start` too.
    """
    become_ray("--address", address, *context.args)
