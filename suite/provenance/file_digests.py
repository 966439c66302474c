"""Digests of whole files, read in pieces, and once unless they change."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from suite.provenance.lookup import DIGITS

PIECE_BYTES = 2**20


def digest_of_file(path: Path) -> str:
    """16 hexadecimal digits of the SHA-256 of a file's bytes."""
    return sha256_of_file(path)[:DIGITS]


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 hexadecimal digits. Raises OSError."""
    status = path.stat()
    return _sha256(path.absolute(), status.st_ino, status.st_mtime_ns, status.st_size)


@cache
def _sha256(path: Path, _inode: int, _modified: int, _size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
