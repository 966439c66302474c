"""The verb ray-head."""

from __future__ import annotations

import typer

from suite.cli.ray_program import become_ray


def ray_head(context: typer.Context) -> None:
    """Make this machine the head of a Ray cluster.

    It stays one until it is stopped. Takes the options of `ray start` too.
    """
    become_ray("--head", *context.args)
