"""Files that appear whole or not at all, and are read whole or, where they are too large, not.

Each is written under another name in the same folder, then put in place.
"""

from __future__ import annotations

import glob
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from suite.errors import SuiteError

LEFT_OVER_S = 3600.0  # nothing takes so long to write: who began it was killed


@contextmanager
def partial_file(path: Path) -> Iterator[Path]:
    """A new path in the folder of `path`, which is made, for a file to write and then put in place.

    A file that is still there at the end is removed, and so is what killed programs left under such
    names before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f".{glob.escape(path.name)}.*.part*"):
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > LEFT_OVER_S:
                old.unlink()
    new = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        yield new
    finally:
        for left in (new, new.with_name(f"{new.name}-journal")):
            left.unlink(missing_ok=True)


def read_at_most(path: Path, most_bytes: int, what: str, *, instead: str = "") -> bytes:
    """What a file holds, or a pipe; no more is ever read than one byte above `most_bytes`.

    `what`: what messages call it. `instead`: what to do about one that is larger. Raises
    SuiteError.
    """
    try:
        with path.open("rb") as opened:
            content = opened.read(most_bytes + 1)
    except OSError as error:
        raise SuiteError(f"{path}: cannot read {what}: {error.strerror}") from None
    if len(content) > most_bytes:
        size = max(path.stat().st_size, len(content))
        more = f": {instead}" if instead else ""
        raise SuiteError(f"{path}: expected at most {most_bytes} bytes, got {size}{more}")
    return content


def sync(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
