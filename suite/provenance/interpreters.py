"""What runs a command: an interpreter's version, the versions of its packages, or a program."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from suite.provenance.file_digests import digest_of_file

# Those that answer --version, and do nothing else then. Other programs may start to train.
INTERPRETERS = re.compile(
    r"(python|pypy)[\d.]*|Rscript|R|julia|node|bun|ruby|perl|php|lua|java|bash|zsh|octave(-cli)?"
)
PYTHON = re.compile(r"(python|pypy)[\d.]*")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib")  # programs of the system: env, nice, docker
TIMEOUT_S = 20.0
# The package of an import's own name, else whichever holds it: asking for that reads all packages.
VERSIONS = """
import importlib.metadata as metadata, json, sys
versions, others = {}, []
for name in set(sys.argv[1:]) - set(getattr(sys, "stdlib_module_names", ())):
    try:
        versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        others.append(name)
owners = metadata.packages_distributions() if others and sys.version_info >= (3, 10) else {}
for owner in {owner for name in others for owner in owners.get(name, ())}:
    versions[owner] = metadata.version(owner)
print(json.dumps(versions))
"""


def find_interpreter(words: Sequence[str], folder: Path) -> Path | None:
    """The first of the words that names an interpreter, as its path; None where none does."""
    for word in words:
        if INTERPRETERS.fullmatch(Path(word).name) and (path := find_program(word, folder)):
            return path
    return None


def find_program(word: str, folder: Path) -> Path | None:
    """The program that a word starts in the folder; None where there is none."""
    path = shutil.which(folder / word if "/" in word else word)
    return None if path is None else Path(path)


def describe_interpreter(path: Path) -> str:
    """The name of an interpreter's file and the version that it gives."""
    resolved = path.resolve()
    return f"{resolved.name}: {_version(path, resolved.stat().st_mtime_ns)}"


def describe_program(path: Path) -> str:
    """The name of a program with the digest of its file; the name alone of one of the system."""
    resolved = path.resolve()
    if resolved.is_relative_to("/usr/local") or not any(map(resolved.is_relative_to, SYSTEM)):
        return f"{path.name}: {digest_of_file(resolved)}"
    return path.name


def package_versions(interpreter: Path, names: Collection[str]) -> Mapping[str, str]:
    """The versions of the packages that a Python has under these import names, by their names.

    Empty for what is not Python, or does not answer.
    """
    if not names or not PYTHON.fullmatch(interpreter.name):
        return {}
    return _package_versions(interpreter, tuple(sorted(names)))


@cache
def _package_versions(interpreter: Path, names: tuple[str, ...]) -> dict[str, str]:
    try:
        versions = json.loads(_output(interpreter, "-c", VERSIONS, *names))
    except ValueError:
        return {}
    return {str(name): str(version) for name, version in sorted(versions.items())}


@cache
def _version(path: Path, _modified: int) -> str:
    lines = [line for line in _output(path, "--version").splitlines() if line.strip()]
    return lines[0].strip() if lines else "unknown"


def _output(program: Path, *words: str) -> str:
    """What a program prints; nothing where it fails. It runs where it finds no local module."""
    try:
        done = subprocess.run(
            [program, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if words == ("--version",) else subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=True,
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
