"""Where compiled kernels are kept: a folder of the user's, by the content of this wing's source.

numba's own index knows a function's file, not the files of what the function calls.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable[..., Any])
Memory = Any  # an array; numba, not mypy, knows the types in a kernel
DIGITS = 16  # of SHA-256


def cache_folder() -> Path:
    """The folder for kernels of this source and this numba; it need not exist yet."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "suite" / "engine" / digest.hexdigest()[:DIGITS]


def compiled(function: Function) -> Function:
    """The function, compiled when it is first called, and kept for the next process.

    Where the folder cannot be written it is compiled in each process. numba reads the name of the
    folder when a function is decorated; for others it is left as it was.
    """
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = str(_FOLDER)
        kept: Function = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # there is no place to keep it
        kept = numba.njit(nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return kept


def kernel(function: Function) -> Function:
    """The function, compiled into whatever calls it."""
    made: Function = numba.njit(nogil=True, error_model="numpy")(function)
    return made


_FOLDER = cache_folder()
