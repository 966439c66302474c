"""Records of W&B's file run-ID.wandb, in the framing of LevelDB's log.

The file begins with ":W&B", a magic number and version 0. Blocks of 32 KiB follow, the first with
that beginning in it; a record lies in one fragment or in several, none of which crosses a block. A
fragment is a CRC-32, a length, a kind and its content (wandb/core/pkg/leveldb/record.go).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MAGIC = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
BLOCK_BYTES = 32 * 1024
HEAD = struct.Struct("<IHB")  # checksum, length, kind
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
MAX_RECORD_BYTES = 64 * 2**20


@dataclass
class RecordFile:
    """What was read of a file so far. `count`: whole records; `damage`: why it was not read on."""

    path: Path
    count: int = 0
    damage: str = ""

    def records(self) -> Iterator[bytes]:
        """The whole records, in order, up to the end or the first damage. Raises OSError."""
        with self.path.open("rb") as opened:
            if opened.read(len(MAGIC)) != MAGIC:
                self.damage = "does not begin as a file of W&B does"
                return
            try:
                for record in _records(opened):
                    self.count += 1
                    yield record
            except EOFError:
                self.damage = f"ends within a record, after {self.count} whole ones"
            except ValueError as error:
                self.damage = f"is damaged after {self.count} records ({error})"


def is_wandb_file(path: Path) -> bool:
    """Whether a file begins as W&B's does."""
    try:
        with path.open("rb") as opened:
            return opened.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _records(opened: IO[bytes]) -> Iterator[bytes]:
    """Raises EOFError where the file ends too early, and ValueError for damage."""
    parts: list[bytes] = []
    for kind, content in _fragments(opened):
        if (kind in (MIDDLE, LAST)) != bool(parts):
            raise ValueError("fragments out of order")
        parts.append(content)
        if sum(map(len, parts)) > MAX_RECORD_BYTES:
            raise ValueError(f"a record of more than {MAX_RECORD_BYTES} bytes")
        if kind in (FULL, LAST):
            yield b"".join(parts)
            parts = []
    if parts:
        raise EOFError


def _fragments(opened: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The kind and content of each fragment; the rest of a block too short for one is zeros."""
    left = BLOCK_BYTES - len(MAGIC)
    while block := opened.read(left):
        place, is_last = 0, len(block) < left
        while place + HEAD.size <= len(block):
            checksum, length, kind = HEAD.unpack_from(block, place)
            content = block[place + HEAD.size : place + HEAD.size + length]
            if len(content) < length:
                if is_last:
                    raise EOFError
                raise ValueError("a fragment that crosses a block")
            if not FULL <= kind <= LAST or zlib.crc32(bytes([kind]) + content) != checksum:
                raise ValueError("a checksum differs")
            yield kind, content
            place += HEAD.size + length
        if is_last and any(block[place:]):
            raise EOFError
        left = BLOCK_BYTES
