"""What decides the bits of a run besides its question, read without importing torch.

CUDA is the exception: the name of the card and its driver are known to torch alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from suite import __version__
from suite.errors import SuiteError
from suite.provenance.installed import changed_code
from suite.result import DeviceKind

# The variables that choose other kernels, or another order of sums, by the documentation of torch,
# oneDNN, MKL, OpenMP, cuBLAS, OpenBLAS, BLIS, NumPy, SciPy, scikit-learn, Numba, JAX, TensorFlow.
# How many threads there are is none of them: a run sets that itself.
KERNEL_VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "BLIS_ARCH_TYPE",
    "CUBLASLT_WORKSPACE_SIZE",
    "DNNL_CPU_ISA_HINTS",
    "DNNL_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",
    "JAX_DEFAULT_DTYPE_BITS",
    "JAX_DEFAULT_MATMUL_PRECISION",
    "JAX_DISABLE_JIT",
    "JAX_ENABLE_X64",
    "JAX_NUMPY_DTYPE_PROMOTION",
    "JAX_PLATFORMS",
    "KMP_DETERMINISTIC_REDUCTION",
    "MKL_CBWR",
    "MKL_DEBUG_CPU_TYPE",
    "MKL_DYNAMIC",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_THREADING_LAYER",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "NPY_PROMOTION_STATE",
    "NUMBA_CPU_FEATURES",
    "NUMBA_CPU_NAME",
    "NUMBA_DISABLE_JIT",
    "NUMBA_ENABLE_AVX",
    "NUMBA_OPT",
    "NUMBA_SLP_VECTORIZE",
    "NVIDIA_TF32_OVERRIDE",
    "OMP_DYNAMIC",
    "OMP_SCHEDULE",
    "OMP_THREAD_LIMIT",
    "ONEDNN_CPU_ISA_HINTS",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "PYTORCH_JIT",
    "SCIPY_ARRAY_API",
    "SCIPY_USE_PROPACK",
    "SKLEARN_PAIRWISE_DIST_CHUNK_SIZE",
    "SKLEARN_WORKING_MEMORY",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TORCHDYNAMO_DISABLE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "TORCH_BLAS_PREFER_CUBLASLT",
    "TORCH_COMPILE_DISABLE",
    "TORCH_CUDNN_USE_HEURISTIC_MODE_B",
    "TORCH_CUDNN_V8_API_DISABLED",
    "TORCH_LINALG_PREFER_CUSOLVER",
    "TORCH_MKLDNN_MATMUL_MIN_DIM",
    "TORCH_MKLDNN_MATMUL_MIN_SIZE",
    "XLA_FLAGS",
)
# The least that every x86-64 processor can do, in torch, oneDNN and MKL; one of the three alone
# changes nothing that counts.
PORTABLE = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
}


def kernel_variables(numerics: str) -> dict[str, str]:
    """The kernel variables that a run has, by name.

    Those set in this process; with the numerics "portable", those of the portable profile and no
    other.
    """
    return (
        PORTABLE
        if numerics == "portable"
        else {n: os.environ[n] for n in KERNEL_VARIABLES if n in os.environ}
    )


def require_numerics(numerics: str) -> None:
    """Raises SuiteError unless this process has the run's kernel variables.

    They cannot be set later: torch reads them when it is loaded.
    """
    if {
        name: os.environ[name] for name in KERNEL_VARIABLES if name in os.environ
    } != kernel_variables(numerics):
        wanted = " ".join(f"{name}={value}" for name, value in PORTABLE.items())
        raise SuiteError(
            f"numerics portable: expected {wanted} and no other of its kind, set before torch is"
            " loaded"
        )


def describe(device: DeviceKind, numerics: str = "native") -> dict[str, str]:
    """The environment of a run on this machine on `device` ("cpu" or "cuda"), field by field.

    All of it decides bits.
    """
    card = _graphics_card() if device == "cuda" else {}
    return {"device": device, **_machine(), **kernel_variables(numerics), **card}


def describe_for_commands(device: DeviceKind, numerics: str = "native") -> dict[str, str]:
    """The environment of a command's run on this machine, as far as it is the machine's.

    What programs it uses is a part of its question.
    """
    machine = {"machine": platform.machine(), "system": platform.system(), **_processor()}
    return {"device": device, **machine, **kernel_variables(numerics)}


def describe_elsewhere() -> dict[str, str]:
    """The environment of runs that a log of another program holds: nothing is known of it."""
    return {"measured": "elsewhere"}


Describe = Callable[[DeviceKind, str], dict[str, str]]  # as `describe` does, of any machine


@cache  # what this process cannot change
def _machine() -> dict[str, str]:
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        **_torch(),
        **_processor(),
        **_optimization(),
    }


def _optimization() -> dict[str, str]:
    """How much Python leaves out (-O, PYTHONOPTIMIZE): asserts may do something."""
    return {"python_optimize": str(sys.flags.optimize)} if sys.flags.optimize else {}


def environment_id(fields: Mapping[str, str]) -> str:
    """16 hexadecimal digits that stand for these fields."""
    return hashlib.sha256(json.dumps(dict(fields), sort_keys=True).encode()).hexdigest()[:16]


def made_by() -> dict[str, str]:
    """What is worth knowing about a record and does not decide its bits."""
    return {
        "suite": __version__,
        "revision": _revision(),
        "python": platform.python_version(),
        "system": _system(),
    }


def _torch() -> dict[str, str]:
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return {"torch": "missing"}
    values: dict[str, object] = {}
    # torch/version.py is a handful of assignments; importing torch itself takes seconds
    exec((Path(spec.origin).parent / "version.py").read_text(), values)  # noqa: S102
    version = f"{values['__version__']}{changed_code('torch')}"
    return {"torch": version, "torch_revision": str(values["git_version"])}


def _processor() -> dict[str, str]:
    """Model and the instruction sets that torch, oneDNN and MKL choose kernels by."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        return {"cpu": platform.processor() or "unknown"}
    table = {
        key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)
    }
    flags = table.get("flags", table.get("Features", "")).split()
    relevant = sorted(
        flag
        for flag in flags
        if flag.startswith(("avx", "amx", "fma", "sse4", "asimd", "sve", "bf16"))
    )
    model = ", ".join(
        table[key] for key in ("model name", "cpu family", "model", "stepping") if key in table
    )
    return {"cpu": model or platform.processor() or "unknown", "cpu_flags": " ".join(relevant)}


@cache
def _graphics_card() -> dict[str, str]:
    import torch  # only a torch that sees the card can name it

    return {
        "gpu": torch.cuda.get_device_name(),
        "gpu_capability": ".".join(str(part) for part in torch.cuda.get_device_capability()),
        "gpu_driver": _output(
            "nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0"
        ),
        "cuda": str(torch.version.cuda),
        "cudnn": str(torch.backends.cudnn.version()),
    }


@cache
def _revision() -> str:
    baked = os.environ.get("SUITE_REVISION")
    if baked:
        return baked
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return "unknown"
    revision = _output("git", "-C", str(root), "rev-parse", "--short=12", "HEAD")
    changed = _output(
        "git",
        "-C",
        str(root),
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        "suite",
        "tasks",
    )
    return revision + ("+changes" if changed not in ("", "unknown") else "")


def _system() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores,"
        f" {sys.implementation.name}"
    )


def _output(*command: str) -> str:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=10, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
