"""Installed packages: which modules are part of one, and what stands for its code.

A package counts by its version, or by its version and the digests of its files as its installer
noted them. Nothing is imported.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sysconfig
from functools import cache
from pathlib import Path

from suite.provenance.lookup import DIGITS
from suite.provenance.references import module_path

INSTALLED = tuple(
    Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib", "purelib", "platlib")
)
PACKAGES = {"site-packages", "dist-packages"}
CODE = (".py", ".so", ".pyd")


def is_installed(module: str) -> bool:
    """Whether a module is of an installed package or the standard library.

    Users do not edit such code.
    """
    path = module_path(module)
    return path is not None and lies_installed(path)


def lies_installed(path: Path) -> bool:
    """Whether a file lies where packages are installed, of this environment or of another."""
    return bool(PACKAGES & set(path.parts)) or any(path.is_relative_to(f) for f in INSTALLED)


@cache
def package_version(package: str) -> str:
    """The version of the distribution that a package is from, "unknown" where there is none."""
    distribution = _distribution(package)
    return "unknown" if distribution is None else distribution.version


@cache
def package_digest(package: str) -> str | None:
    """A package's distribution version and a digest of its code.

    None where no installer noted the package's files.
    """
    distribution = _distribution(package)
    if distribution is None:
        return None
    lines = _record(distribution).splitlines()
    code = sorted(
        line
        for line in lines
        if line.startswith(f"{package}/") and line.partition(",")[0].endswith(CODE)
    )
    digest = hashlib.sha256(json.dumps(code).encode()).hexdigest()[:DIGITS]
    return f"{distribution.version} {digest}" if code else None


def _distribution(package: str) -> importlib.metadata.Distribution | None:
    """What a package was installed with: of its own name, else whichever holds it."""
    try:
        return importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        holding = (
            distribution
            for distribution in importlib.metadata.distributions()
            if f"\n{package}/__init__.py," in f"\n{_record(distribution)}"
        )
        return next(holding, None)


def _record(distribution: importlib.metadata.Distribution) -> str:
    """The files of a distribution with their digests, a line each."""
    return distribution.read_text("RECORD") or ""
