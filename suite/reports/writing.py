"""Writing a report's files whole or not at all."""

from __future__ import annotations

from pathlib import Path

from suite.atomic_files import partial_file, sync
from suite.errors import SuiteError


def write_file(path: Path, text: str) -> None:
    """Replaces `path` in one step, so that a reader or a crash finds the old file or the new one.

    Raises SuiteError.
    """
    try:
        with partial_file(path) as new:
            new.write_text(text, encoding="utf-8", newline="\n")
            sync(new)
            new.replace(path)
            sync(path.parent)
    except OSError as error:
        raise SuiteError(f"{path}: cannot write here: {error.strerror}") from None
