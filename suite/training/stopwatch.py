"""A stopwatch that waits for the device."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def synchronize(device: torch.device) -> None:
    """Waits until all work queued on a CUDA device is done.

    On the CPU there is nothing to wait for.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Stopwatch:
    """Adds up the seconds spent inside `running()`, on the monotonic clock."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.total_s = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts the time of its block, all device work included."""
        synchronize(self._device)
        start = time.perf_counter()
        yield
        synchronize(self._device)
        self.total_s += time.perf_counter() - start
