"""Writing a report's files whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from suite.atomic_files import partial_file, sync
from suite.errors import SuiteError


def write_within(folder: Path, files: Mapping[str, str]) -> None:
    """Writes files by their names in a folder, each as `write_file` does.

    Raises SuiteError, before anything is written, for a name that leads out of the folder.
    """
    for name in files:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise SuiteError(f"{folder}: expected names of files in it, got {name!r:.80}")
    for name, text in files.items():
        write_file(folder / name, text)


def write_file(path: Path, text: str) -> None:
    """Replaces `path` in one step, so that a reader or a crash finds the old file or the new one.

    A device or a pipe, such as /dev/stdout, is written to as it is. Raises SuiteError.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("w", encoding="utf-8", newline="\n") as opened:
                opened.write(text)
            return
        with partial_file(path) as new:
            new.write_text(text, encoding="utf-8", newline="\n")
            sync(new)
            new.replace(path)
            sync(path.parent)
    except OSError as error:
        raise SuiteError(f"{path}: cannot write here: {error.strerror}") from None
