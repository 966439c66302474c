"""What a run said of every test item, as a document: kind "items", named by its SHA-256.

{"ids": base64(zlib(JSON list)), or null for 0, 1, ... n - 1, "values": base64(zlib(bytes))}. The
bytes begin with a line, "bits 2000" or "float32 2000", that says how many values follow. Bits are
items right or wrong, eight a byte, the first one highest; float32 are scores, little-endian.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from suite.errors import SuiteError

MOST_BYTES = 2**20  # of a document: of a run's record and of each copy of a store
MOST_UNPACKED = 2**28  # bytes; a document that was made to fill memory is refused
Document: TypeAlias = "dict[str, str | None]"


@dataclass(frozen=True)
class ItemValues:
    """The values of a run's test items (n,): 1 and 0 for right and wrong where `is_binary`.

    `ids`: what each item is called; None for 0, 1, ... n - 1.
    """

    ids: tuple[str, ...] | None
    values: np.ndarray
    is_binary: bool

    def by_id(self) -> dict[str, float]:
        """The value of each item by what it is called."""
        ids = self.ids if self.ids is not None else map(str, range(len(self.values)))
        return dict(zip(ids, self.values.tolist(), strict=True))


def pack(ids: Sequence[str] | None, values: np.ndarray) -> tuple[str, Document]:
    """The name of the document that holds these values, and the document.

    `values` (n,): of booleans for items right or wrong, else scores. The same values give the same
    document. Raises ValueError for another number of ids, and for a document above `MOST_BYTES`.
    """
    if ids is not None and len(ids) != len(values):
        raise ValueError(f"expected an id for each of {len(values)} items, got {len(ids)}")
    kind, content = "float32", np.asarray(values, dtype="<f4").tobytes()
    if values.dtype == np.bool_:
        kind, content = "bits", np.packbits(values).tobytes()
    document: Document = {
        "ids": None if ids is None else _squeezed(json.dumps(list(ids)).encode()),
        "values": _squeezed(f"{kind} {len(values)}\n".encode() + content),
    }
    text = json.dumps(document, sort_keys=True)
    if len(text) > MOST_BYTES:
        raise ValueError(
            f"expected at most {MOST_BYTES} bytes of items once compressed, got {len(text)} of"
            f" {len(values)} items"
        )
    return hashlib.sha256(text.encode()).hexdigest(), document


def unpack(document: Mapping[str, Any]) -> ItemValues:
    """The values in a document. Raises SuiteError for what is none."""
    try:
        ids = document["ids"]
        names = None if ids is None else tuple(map(str, json.loads(_unsqueezed(ids))))
        head, _, content = _unsqueezed(document["values"]).partition(b"\n")
        kind, count = head.decode().split()
        values = _values(kind, int(count), content)
        if names is not None and len(names) != len(values):
            raise ValueError(f"{len(names)} ids of {len(values)} items")
    except (KeyError, TypeError, ValueError, binascii.Error, zlib.error) as error:
        raise SuiteError(f"items of a run: cannot read the document: {error}") from None
    return ItemValues(names, values, kind == "bits")


def _values(kind: str, count: int, content: bytes) -> np.ndarray:
    if kind == "float32" and len(content) == 4 * count:
        return np.frombuffer(content, dtype="<f4").astype(np.float64)
    if kind == "bits" and len(content) == -(-count // 8):
        bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8), count=count)
        return bits.astype(np.float64)
    raise ValueError(f"expected {count} values as {kind}, got {len(content)} bytes")


def _squeezed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode()


def _unsqueezed(text: str) -> bytes:
    squeezed = zlib.decompressobj()
    content = squeezed.decompress(base64.b64decode(text, validate=True), MOST_UNPACKED)
    if squeezed.unconsumed_tail or not squeezed.eof:
        raise ValueError(f"expected at most {MOST_UNPACKED} bytes that end, got others")
    return content
