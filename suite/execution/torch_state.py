"""What is global to torch, decides bits, and no run sets: it must be as torch begins with.

A package that changes it while it is imported would give its arm other arithmetic than the others,
and nobody would be told. What every run sets (suite.training.numerics) is not among it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

BEGINNING: tuple[tuple[str, Callable[[], object], object], ...] = (
    ("torch.get_default_dtype()", torch.get_default_dtype, torch.float32),
    ("torch.get_default_device()", torch.get_default_device, torch.device("cpu")),
    ("torch.get_float32_matmul_precision()", torch.get_float32_matmul_precision, "highest"),
    ("torch.is_grad_enabled()", torch.is_grad_enabled, True),
    ("torch.is_inference_mode_enabled()", torch.is_inference_mode_enabled, False),
    ("torch.is_autocast_enabled('cpu')", lambda: torch.is_autocast_enabled("cpu"), False),
    ("torch.is_autocast_enabled('cuda')", lambda: torch.is_autocast_enabled("cuda"), False),
    ("torch.backends.mkldnn.enabled", lambda: torch.backends.mkldnn.enabled, True),
    ("torch.backends.mkldnn.deterministic", lambda: torch.backends.mkldnn.deterministic, False),
    ("torch.backends.cudnn.enabled", lambda: torch.backends.cudnn.enabled, True),
    ("torch.backends.cudnn.deterministic", lambda: torch.backends.cudnn.deterministic, False),
    ("numbers below 1e-38 (denormal)", lambda: "kept" if _keeps_denormals() else "zero", "kept"),
)


class ChangedStateError(RuntimeError):
    """Something global to torch is not as it begins."""


def require_beginning(imported: Iterable[str]) -> None:
    """Raises ChangedStateError, with what was expected and found, unless torch is as it begins.

    `imported`: the modules that may have changed it, by name.
    """
    for name, read, expected in BEGINNING:
        if (value := read()) != expected:
            modules = ", ".join(sorted(imported))
            whose = f"importing {modules} changed it: " if modules else ""
            raise ChangedStateError(
                f"before the run, {name}: expected {expected}, got {value}; {whose}change it in the"
                " function that is called, not when its module is imported"
            )


def _keeps_denormals() -> bool:
    return bool(torch.tensor([1e-39]).mul(1.0).ne(0).item())
