"""What this machine offers to runs: a device, and cores."""

from __future__ import annotations

import os

from suite.cli.options import DeviceKind, DeviceName
from suite.errors import SuiteError


def choose_device(name: DeviceName) -> DeviceKind:
    """The device that --device asks for. Raises SuiteError where cuda is asked for and none is
    here."""
    if name == "cpu":
        return "cpu"
    import torch  # a second, which runs on the CPU do not need here

    if torch.cuda.is_available():
        return "cuda"
    if name == "cuda":
        raise SuiteError(
            "--device: expected a CUDA device, torch sees none; use --device cpu or auto"
        )
    return "cpu"


def count_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
