"""What every attempt at getting data shares: a folder to write to, and how a source may fail."""

from __future__ import annotations

import http.client
import subprocess
import tempfile
import zipfile
from pathlib import Path

from suite.errors import SuiteError

# What a network, an archive or a mirror does wrong; the next source is tried then.
FAILURES = (
    OSError,
    RuntimeError,
    EOFError,
    zipfile.BadZipFile,
    http.client.HTTPException,
    subprocess.SubprocessError,
    SuiteError,
)


def make_writable(folder: Path) -> None:
    """Makes the folder, and raises SuiteError where no file can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SuiteError(
            f"{folder}: cannot write the data here: {error.strerror}; set SUITE_DATA to a folder of"
            " yours"
        ) from None


def last_line(error: BaseException) -> str:
    """The last line of an error's message, else its type."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
