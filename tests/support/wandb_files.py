"""W&B's file run-ID.wandb, written by hand: protobuf messages in the framing of LevelDB's log."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

MAGIC = b":W&B\xe1\xbe\x00"
BLOCK = 32768
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def _varint(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number % 128 + 128)
        number //= 128
    return bytes([*parts, number])


def part(number: int, content: bytes | str | int) -> bytes:
    """A field of a message."""
    if isinstance(content, int):
        return _varint(number * 8) + _varint(content % 2**64)
    data = content.encode() if isinstance(content, str) else content
    return _varint(number * 8 + 2) + _varint(len(data)) + data


def items(number: int, values: Mapping[str, object], *, nested: bool = False) -> bytes:
    """Fields that hold a name and JSON each, as of a configuration, a history or a summary."""
    rows = []
    for name, value in values.items():
        names = name.split(".") if nested else [name]
        key = b"".join(part(2 if nested else 1, piece) for piece in names)
        rows.append(part(number, key + part(16, json.dumps(value))))
    return b"".join(rows)


def run_record(
    config: Mapping[str, object], name: str = "", project: str = "digits", start: int = 0
) -> bytes:
    """The record that begins a run."""
    about = part(1, "abc") + part(3, project) + part(4, items(1, {"_wandb": {}} | dict(config)))
    return part(17, about + part(8, name) + part(17, part(1, start)))


def history_record(step: int, values: Mapping[str, object]) -> bytes:
    """What one call of log() says."""
    axes = {"_step": step, "_timestamp": 1_700_000_000.5 + step, "_runtime": step}
    return part(1, 7) + part(2, items(1, dict(values) | axes, nested=True) + part(2, part(1, step)))


def summary_record(values: Mapping[str, object]) -> bytes:
    """Some of a summary."""
    return part(3, items(1, values, nested=True))


def exit_record(code: int = 0) -> bytes:
    """The end of a run."""
    return part(18, (part(1, code) if code else b"") + part(2, 1))


def write_wandb_file(folder: Path, number: int, records: Sequence[bytes]) -> Path:
    """A folder of an offline run, with its file."""
    run = folder / f"offline-run-20260101_1200{number:02d}-abc{number:05d}"
    (run / "files").mkdir(parents=True)
    content = bytearray(MAGIC)
    for record in (part(21, part(1, b"")), *records):
        rest, is_first = record, True
        while is_first or rest:
            left = BLOCK - len(content) % BLOCK
            if left < 7:
                content += bytes(left)
                left = BLOCK
            piece, rest = rest[: left - 7], rest[left - 7 :]
            kind = (FULL if is_first else LAST) if not rest else (FIRST if is_first else MIDDLE)
            checksum = zlib.crc32(piece, zlib.crc32(bytes([kind])))
            content += struct.pack("<IHB", checksum, len(piece), kind) + piece
            is_first = False
    file = run / f"run-abc{number:05d}.wandb"
    file.write_bytes(content)
    return file
