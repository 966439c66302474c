"""Fields of a protobuf message, read from its bytes without its schema.

As https://protobuf.dev/programming-guides/encoding describes them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED_64, LENGTH, FIXED_32 = 0, 1, 2, 5
MOST_VARINT_BYTES = 10
Value = int | bytes


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """The number and value of each field, in order: an int for a varint, bytes for the others.

    Raises ValueError where the bytes are no message.
    """
    place, end = 0, len(message)
    while place < end:
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if wire == LENGTH:
            length, place = _varint(message, place)
        elif wire in (FIXED_64, FIXED_32):
            length = 8 if wire == FIXED_64 else 4
        else:
            raise ValueError(f"a field of the unknown kind {wire}")
        if number == 0 or place + length > end:
            raise ValueError("a field that is longer than its message")
        yield number, message[place : place + length]
        place += length


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """The number that begins there, and where it ends."""
    if place < len(message) and message[place] < 0x80:
        return message[place], place + 1
    number = 0
    for count, byte in enumerate(message[place : place + MOST_VARINT_BYTES]):
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return number, place + count + 1
    raise ValueError("a number that does not end")


def messages(message: bytes, wanted: int) -> Iterator[bytes]:
    """The content of every field of this number that has a length."""
    for number, value in fields(message):
        if number == wanted and isinstance(value, bytes):
            yield value


def text(message: bytes, wanted: int) -> str:
    """The text of the last field of this number; "" where there is none."""
    return b"".join([b"", *messages(message, wanted)][-1:]).decode("utf-8", "replace")


def integer(message: bytes, wanted: int) -> int | None:
    """The signed integer (int32, int64) in the last field of this number; None without one."""
    found = [value for number, value in fields(message) if number == wanted]
    return signed(found[-1]) if found and isinstance(found[-1], int) else None


def signed(number: int) -> int:
    """What a varint of an int64 means: two's complement."""
    return number - 2**64 if number >= 2**63 else number


def zigzag(number: int) -> int:
    """What a varint of a sint64 means: 0, -1, 1, -2 and so on."""
    return (number >> 1) ^ -(number & 1)


def double(content: bytes) -> float:
    """The number in the eight bytes of a double. Raises ValueError for others."""
    try:
        (number,) = struct.unpack("<d", content)
    except struct.error:
        raise ValueError("a number that is not 8 bytes long") from None
    return float(number)
