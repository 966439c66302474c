"""What this machine offers to runs: a device."""

from __future__ import annotations

import ctypes

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


def choose_device_of_commands(name: DeviceName) -> DeviceKind:
    """The device that --device asks for, of programs that need not use torch: it is not imported.

    "auto" is cuda where the driver of NVIDIA sees a GPU.
    """
    if name == "auto":
        return "cuda" if _has_gpu() else "cpu"
    return name


def _has_gpu() -> bool:
    """Whether the CUDA driver sees a GPU (CUDA driver API, cuInit and cuDeviceGetCount)."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    started = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    return started and count.value > 0
