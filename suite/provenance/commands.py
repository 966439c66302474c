"""What decides a command's result, as far as it can be seen: its words, files and interpreter.

Not seen: what a program reads without naming it in its words (declare it as an input), what it
imports by a name that it makes while it runs, and what a shell script starts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from suite.errors import SuiteError
from suite.provenance.file_digests import digest_of_file
from suite.provenance.interpreters import (
    PYTHON,
    describe_interpreter,
    describe_program,
    find_interpreter,
    find_program,
    package_versions,
)
from suite.provenance.local_imports import follow_imports
from suite.provenance.lookup import digest_of


def command_digest(
    words: Sequence[str], folder: Path, inputs: Sequence[str] = ()
) -> dict[str, str]:
    """What decides the result of a command that runs in `folder`, by the name of each part.

    `words`: with their placeholders, so that it is the same for all seeds; `inputs`: files, or
    patterns of them. The parts are "command", "interpreter" or "program", "file PATH", "input PATH"
    and "package NAME"; paths are relative to the folder, so moving it changes nothing. Raises
    SuiteError for an input that is not there.
    """
    shown = [_without(folder, word) for word in words]
    folder = folder.resolve()
    parts = {"command": digest_of(shown)}
    interpreter = find_interpreter(words, folder)
    if interpreter is not None:
        parts["interpreter"] = describe_interpreter(interpreter)
    program = find_program(words[0], folder)
    if program is not None and program != interpreter:
        parts["program"] = describe_program(program)
    files = _named_files(words, folder)
    parts |= {f"file {_relative(path, folder)}": digest_of_file(path) for path in files}
    scripts = [path for path in files if path.suffix == ".py"]
    code = follow_imports(scripts, _import_folders(folder), _run_modules(words))
    parts |= {f"file {_relative(path, folder)}": digest for path, digest in code.files.items()}
    if interpreter is not None:
        versions = package_versions(interpreter, code.outside)
        parts |= {f"package {name}": version for name, version in versions.items()}
    for path in _input_files(inputs, folder):
        parts[f"input {_relative(path, folder)}"] = digest_of_file(path)
    return dict(sorted(parts.items()))


def _named_files(words: Sequence[str], folder: Path) -> list[Path]:
    """The files that words name, as they are or after "=" or "@", but for programs outside."""
    candidates = [
        part for word in words for part in (word.removeprefix("@"), word.partition("=")[2])
    ]
    paths = [(folder / part).resolve() for part in candidates if part and "\0" not in part]
    programs = {find_program(words[0], folder), find_interpreter(words, folder)}
    started = {path.resolve() for path in programs if path is not None}
    outside = {path for path in started if not path.is_relative_to(folder)}
    return [path for path in dict.fromkeys(paths) if _is_file(path) and path not in outside]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a word too long for a name
        return False


def _run_modules(words: Sequence[str]) -> list[str]:
    """The modules that a Python is told to run: `python -m package.module`."""
    return [
        name
        for option, name in pairwise(words)
        if option == "-m" and any(PYTHON.fullmatch(Path(word).name) for word in words)
    ]


def _import_folders(folder: Path) -> list[Path]:
    """Where modules of the user's own are looked for: the folder, its `src` and PYTHONPATH."""
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [folder, folder / "src", *(folder / name for name in named if name)]


def _input_files(inputs: Sequence[str], folder: Path) -> Iterator[Path]:
    for pattern in inputs:
        paths = [folder / pattern]
        if not paths[0].exists():
            is_relative = not Path(pattern).is_absolute()
            paths = sorted(folder.glob(pattern)) if is_relative else []
        files = [inner for path in paths for inner in _files_below(path)]
        if not files:
            raise SuiteError(f"inputs: expected files, found none for {pattern!r} in {folder}")
        yield from (path.resolve() for path in files)


def _files_below(path: Path) -> list[Path]:
    """The file, or those in the folder and the folders below it."""
    if path.is_dir():
        return sorted(inner for inner in path.rglob("*") if inner.is_file())
    return [path] if path.is_file() else []


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _without(folder: Path, word: str) -> str:
    """The word, with paths into the folder as if written from there."""
    for written in {str(folder.absolute()), str(folder.resolve())}:
        word = word.replace(f"{written}{os.sep}", "")
    return word
