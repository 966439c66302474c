"""What decides bits and is global to a process."""

from __future__ import annotations

import os

import torch

# cuBLAS is deterministic only with a fixed workspace (its manual, "Results reproducibility")
CUBLAS_WORKSPACE = ":4096:8"


def fix_numerics(threads: int) -> None:
    """Sets the number of threads, chooses deterministic kernels, and switches TF32 off."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = CUBLAS_WORKSPACE
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)  # noqa: FBT003
    # a safeguard that costs a write of every buffer
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    torch.backends.fp32_precision = "ieee"  # type: ignore[attr-defined]
