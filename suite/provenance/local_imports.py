"""The Python files beside a script that it imports, found without importing anything.

Installed packages are not followed: their names are given, for their versions. Imports that are
made while a program runs (importlib, a name in a configuration) are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from suite.errors import SuiteError
from suite.provenance.file_digests import digest_of_file
from suite.provenance.user_code import File, read_file, surrounding_packages

SCRIPT = "__main__"


@dataclass(frozen=True)
class LocalCode:
    """`files`: the digest of each file that is reached, 16 hexadecimal digits, by its path.

    `outside`: the first parts of the names that are imported and lie in none of the folders.
    """

    files: Mapping[Path, str]
    outside: frozenset[str]


def follow_imports(
    scripts: Sequence[Path], folders: Sequence[Path], modules: Sequence[str] = ()
) -> LocalCode:
    """What the scripts, and the `modules` that are run as programs, reach in the folders.

    A script finds modules beside itself first, and then in the `folders`.
    """
    waiting = [(path, SCRIPT, (path.parent, *folders)) for path in scripts]
    for module in modules:
        names = [module, f"{module}.__main__"]
        waiting += [
            (path, name, tuple(folders)) for name in names for path in module_files(name, folders)
        ]
    digests, outside = dict[Path, str](), set[str]()
    for path, module, roots in waiting:  # grows while it is walked through
        if path in digests:
            continue
        file = _read(path, module)
        digests[path] = file.digest
        for target in file.imports:
            found = [
                (inner, name, roots)
                for name in _modules_of(target)
                for inner in module_files(name, roots)
            ]
            waiting += found
            if not found:
                outside.add(target.partition(":")[0].partition(".")[0])
    return LocalCode(digests, frozenset(outside - {""}))


def module_files(module: str, folders: Sequence[Path]) -> list[Path]:
    """The file of a module and those of the packages around it, in the first folder that has it."""
    for folder in folders:
        path = _module_file(module, folder)
        if path is not None and "site-packages" not in path.parts:
            around = (_module_file(name, folder) for name in surrounding_packages(module))
            return [*filter(None, around), path]
    return []


def _module_file(module: str, folder: Path) -> Path | None:
    stem = folder.joinpath(*module.split("."))
    candidates = (stem / "__init__.py", stem.with_name(f"{stem.name}.py"))
    return next((path.resolve() for path in candidates if path.is_file()), None)


def _modules_of(target: str) -> Iterator[str]:
    """The modules that importing a target may run: "a" and "a.b" for "a:b"."""
    base, _, name = target.partition(":")
    yield base
    if name and name != "*":
        yield f"{base}.{name}"


def _read(path: Path, module: str) -> File:
    """A file; without imports where it is not Python of this interpreter's version."""
    try:
        return read_file(path, module)
    except (SuiteError, ImportError, ValueError):
        return File(digest_of_file(path), (), is_empty=False)
