"""Packages that only some files need, and that an extra of this package installs."""

from __future__ import annotations

import importlib
from typing import Any

from suite.errors import SuiteError

DISTRIBUTION = "suite"


def load_optional(module: str, extra: str, source: str) -> Any:
    """The module of an optional package. Raises SuiteError that says how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise SuiteError(f"{source}: reading it needs {package}: {install(extra)}") from None


def install(extra: str) -> str:
    """How to install what an extra of this package names, for messages."""
    return f"install {DISTRIBUTION}[{extra}]"
