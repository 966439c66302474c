"""Installed packages: which modules are part of one, and what stands for its code.

A package counts by its version, or by its version and the digests of its files as its installer
noted them; and by those of its files that were changed since. Nothing is imported.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import json
import os
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from suite.provenance.lookup import DIGITS
from suite.provenance.references import module_path

INSTALLED = tuple(
    Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib", "purelib", "platlib")
)
PACKAGES = {"site-packages", "dist-packages"}
UNKNOWN = "unknown"
HASHED = "sha256="  # before a digest in an installer's note
CODE = (".py", ".so", ".pyd")
LARGE_BYTES = 2**25  # of a library: only its size is compared, for hashing it takes seconds


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
    """The version of the distribution that a package is from, "unknown" where there is none.

    With what stands for its changed files, where there are any.
    """
    distribution = _distribution(package)
    if distribution is None:
        return UNKNOWN
    return f"{distribution.version}{changed_code(package)}"


@cache
def changed_code(package: str) -> str:
    """What stands for the code of a package that is not as its installer noted it; "" for none.

    A file is hashed only where its size is another, or it is newer than the installer's note.
    """
    distribution = _distribution(package)
    if distribution is None:
        return ""
    lines = _record(distribution).splitlines()
    note = next((line for line in lines if line.endswith(".dist-info/RECORD,,")), None)
    if note is None:
        return ""
    folder = str(distribution.locate_file(""))
    noted_at = Path(folder, note[:-2]).stat().st_mtime
    of_code = [line for line in lines if line.lstrip('"').startswith(package) and HASHED in line]
    changed = [
        [row[0], digest]
        for row in csv.reader(of_code)
        if len(row) == 3 and _is_code(row[0], package)
        for digest in _changed(f"{folder}{os.sep}{row[0]}", row[1], row[2], noted_at)
    ]
    digest = hashlib.sha256(json.dumps(sorted(changed)).encode()).hexdigest()[:DIGITS]
    return f", edited {digest}" if changed else ""


def _is_code(path: str, package: str) -> bool:
    return path.endswith(CODE) and path.partition("/")[0].partition(".")[0] == package


def _changed(path: str, noted: str, size: str, noted_at: float) -> Iterator[str]:
    """What stands for a file as it is now, where it is not as noted."""
    try:
        status = os.stat(path)  # noqa: PTH116 - of thousands of files: a Path takes longer than this
        if str(status.st_size) == size and (
            status.st_mtime <= noted_at or status.st_size > LARGE_BYTES
        ):
            return
        found = hashlib.sha256(Path(path).read_bytes()).digest()
    except OSError:
        yield "missing"
        return
    if noted != f"{HASHED}{base64.urlsafe_b64encode(found).decode().rstrip('=')}":
        yield found.hex()


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
    return f"{distribution.version} {digest}{changed_code(package)}" if code else None


@cache
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
