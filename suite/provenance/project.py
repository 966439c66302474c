"""The user's project: which files are of it, and what they are called there.

That are the files below the folder that a runner works in, and below those on the path for modules,
but for what is installed, this package's own, the data folder's and hidden ones.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import source_from_cache
from pathlib import Path

from suite.provenance.file_digests import digest_of_file
from suite.provenance.installed import lies_installed
from suite.provenance.lookup import digest_of

MISSING = "missing"
MANY = 50  # files of one folder: more are not listed in every record
OWN_FOLDER = Path(__file__).resolve().parents[1]
CACHE = "__pycache__"


def name_in_project(path: str, folders: Iterable[Path], apart: Iterable[Path]) -> str | None:
    """A file's path seen from the first of `folders` that holds it, with slashes.

    That of its source for compiled code. None where it is not of the project, or lies in one of the
    folders that are `apart`.
    """
    if CACHE in path:
        try:
            path = source_from_cache(path)
        except ValueError:
            return None
    file = Path(path).resolve()
    is_apart = any(file.is_relative_to(folder) for folder in (OWN_FOLDER, *apart))
    if is_apart or lies_installed(Path(path)) or lies_installed(file):
        return None
    for folder in (folder for folder in folders if file.is_relative_to(folder)):
        name = file.relative_to(folder)
        if not any(part.startswith(".") for part in name.parts):
            return name.as_posix()
    return None


def project_folders(folder: str | Path) -> list[Path]:
    """The folder that a runner works in, and those on the path for modules."""
    named = [Path(folder), *(Path(folder, name) for name in sys.path)]
    found = [path.resolve() for path in named if path.is_dir()]
    return [path for path in dict.fromkeys(found) if path != Path(path.anchor)]


def by_folder(names: Iterable[str]) -> set[str]:
    """The names, with "FOLDER/" in the place of the files of a folder where they are very many.

    Files of Python always stand for themselves.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        own = name if name.endswith(".py") else f"{name.rpartition('/')[0]}/"
        groups.setdefault(own, []).append(name)
    return {
        name
        for own, group in groups.items()
        for name in ([own] if len(group) > MANY and own != "/" else group)
    }


def digest_in_project(name: str, folder: str | Path) -> str:
    """What stands for a file, or "FOLDER/", as it is now: 16 hexadecimal digits; "missing" if none.

    For a folder the names and sizes of its files do: nobody waits for millions of images.
    """
    for root in project_folders(folder):
        with suppress(OSError):
            if name.endswith("/"):
                return digest_of([[file.name, file.stat().st_size] for file in _files(root / name)])
            return digest_of_file(root / name)
    return MISSING


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file())
