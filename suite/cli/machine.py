"""What this machine offers to runs: a device."""

from __future__ import annotations

from suite.cli.options import DeviceName
from suite.errors import SuiteError
from suite.result import DeviceKind


def choose_device(name: DeviceName) -> DeviceKind:
    """The device that --device asks for.

    Raises SuiteError where cuda is asked for and none is here.
    """
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
