"""A file of the user's that the task declares: only the declared bytes are read."""

from __future__ import annotations

from pathlib import Path

from suite.data.files import by_content, file_digest
from suite.errors import SuiteError

READABLE = (".npz", ".csv", ".parquet")


def read_declared(path: Path, sha256: str) -> bytes:
    """The content of the file, or of what was sent here in its place.

    Raises SuiteError where neither is there, the file is of no known kind, or has other bytes than
    `sha256` says.
    """
    if path.suffix not in READABLE:
        raise SuiteError(f"data: {path.name}: expected a file of {', '.join(READABLE)}")
    sent = by_content(sha256, path.suffix)
    try:
        content = (sent if sent.exists() and not path.exists() else path).read_bytes()
    except OSError as error:
        raise SuiteError(f"data: {path}: cannot read the data: {error.strerror}") from None
    if (digest := file_digest(content)) != sha256:
        raise SuiteError(
            f"data: {path}: expected SHA-256 {sha256}, found {digest}; if the file is right,"
            " correct data.sha256"
        )
    return content
