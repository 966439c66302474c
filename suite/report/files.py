"""Writing a report's files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from suite.errors import SuiteError


def write(path: Path, text: str) -> None:
    """Replaces `path` in one step, so that a reader or a crash finds the old file or the new one. Raises SuiteError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SuiteError(f"{path}: cannot write here: {error.strerror}") from None
