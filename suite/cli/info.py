"""The verb info."""

from __future__ import annotations

from suite.cli.machine import choose_device
from suite.cli.options import DEFAULT_STORE, Device, StorePath
from suite.data.files import data_folder, missing
from suite.provenance.environment import describe, environment_id, made_by


def info(store: StorePath = DEFAULT_STORE, device: Device = "cpu") -> None:
    """Show what decides bits on this machine, and where things are."""
    environment = describe(choose_device(device))
    mnist = "MNIST is missing: run `suite data`" if missing() else "MNIST is there"
    lines = {
        "environment": environment_id(environment),
        **environment,
        **made_by(),
        "data": f"{data_folder()} ({mnist})",
        "store": f"{store}{'' if store.is_file() else ' (none yet)'}",
    }
    for name, value in lines.items():
        print(f"{name:<24} {value}")
