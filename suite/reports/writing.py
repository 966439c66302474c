"""Writing a report's files whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from suite.atomic_files import partial_file, sync
from suite.errors import SuiteError


def write_within(folder: Path, files: Mapping[str, Iterable[str]]) -> None:
    """Writes files by their names in a folder, each as `write_file` does.

    Raises SuiteError, before anything is written, for a name that leads out of the folder.
    """
    for name in files:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise SuiteError(f"{folder}: expected names of files in it, got {name!r:.80}")
    for name, text in files.items():
        write_file(folder / name, text)


def _parts(text: Iterable[str]) -> Iterable[str]:
    """A text is one part, and not its letters."""
    return (text,) if isinstance(text, str) else text


def write_file(path: Path, text: Iterable[str]) -> None:
    """Replaces `path` in one step, so that a reader or a crash finds the old file or the new one.

    `text`: a text, or its parts, which are never held together. A device or a pipe, such as
    /dev/stdout, is written to as it is. Raises SuiteError.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("w", encoding="utf-8", newline="\n") as opened:
                opened.writelines(_parts(text))
            return
        with partial_file(path) as new:
            with new.open("w", encoding="utf-8", newline="\n") as opened:
                opened.writelines(_parts(text))
            sync(new)
            new.replace(path)
            sync(path.parent)
    except OSError as error:
        raise SuiteError(f"{path}: cannot write here: {error.strerror}") from None
