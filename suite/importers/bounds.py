"""How much of a file is read: what it unpacks to, and how many values are in it.

A file comes from a stranger, and a small one can stand for a large one: packed, as a table of empty
cells, or as millions of empty lists. Every reader asks here before it makes what it read.
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from typing import IO, Any

from suite.errors import SuiteError
from suite.importers.measured import MAX_FILE_BYTES

MAX_CELLS = 10_000_000  # about 1.2 GB as columns of text and numbers
MAX_COLUMNS = 10_000
MAX_VALUES = 30_000_000  # of JSON, about 2 GB as Python's objects; an empty list counts as six
MAX_DIRECTORY_BYTES = 16 * 2**20  # of an archive: its list of some 100,000 files
MAX_XZ_BYTES = 256 * 2**20  # what unpacking may take besides its result
SMALLER = "keep the columns and rows that you compare, or write several files"

UNREADABLE = (  # refusals of zipfile, of what it unpacks with, and of what is read then
    zipfile.BadZipFile,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    zlib.error,
)
_END = b"PK\5\6"  # of a zip, before its number of files and the length of their list
_LARGE_END = b"PK\6\6"  # the same with longer numbers
_PLACE = re.compile(rb"""\b(?:r|ref)\s*=\s*["'](?:[A-Z0-9]*:)?([A-Z]{0,3})([0-9]{1,9})["']""")


def check_cells(source: str, rows: int, columns: int) -> None:
    """Raises SuiteError for a table that is too large to be read."""
    if columns > MAX_COLUMNS:
        raise SuiteError(
            f"{source}: expected at most {MAX_COLUMNS:,} columns, got {columns:,}: {SMALLER}"
        )
    if rows * columns > MAX_CELLS:
        raise SuiteError(
            f"{source}: expected at most {MAX_CELLS:,} cells, got {rows * columns:,} or more:"
            f" {SMALLER}"
        )


def check_values(source: str, text: str | bytes) -> int:
    """How many values a JSON text holds at most. Raises SuiteError where they are too many."""
    signs = ("[", "{", ",") if isinstance(text, str) else (b"[", b"{", b",")
    lists, objects, commas = (text.count(sign) for sign in signs)  # type: ignore[arg-type]
    values = 6 * (lists + objects) + commas
    if values > MAX_VALUES:
        raise SuiteError(
            f"{source}: expected at most {MAX_VALUES:,} values in JSON, got {values:,}: {SMALLER}"
        )
    return values


def read_unpacked(source: str, stream: io.BufferedIOBase | IO[bytes]) -> bytes:
    """What a stream unpacks to. Raises SuiteError where that is too large."""
    content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise SuiteError(
            f"{source}: expected at most {MAX_FILE_BYTES} bytes when unpacked: {SMALLER}"
        )
    return content


def read_xz(source: str, content: bytes) -> bytes:
    """What an xz file unpacks to. Raises SuiteError where it or what that takes is too large."""
    unpacked = b""
    while content:
        decompressor = lzma.LZMADecompressor(memlimit=MAX_XZ_BYTES)
        left = MAX_FILE_BYTES + 1 - len(unpacked)
        unpacked += decompressor.decompress(content, max_length=left)
        if len(unpacked) > MAX_FILE_BYTES:
            break
        if not decompressor.eof:
            raise EOFError("it ends too early")
        content = decompressor.unused_data.lstrip(b"\0")  # padding between streams
    return read_unpacked(source, io.BytesIO(unpacked))


def open_zip(source: str, stream: IO[bytes], *, most_bytes: int | None = None) -> zipfile.ZipFile:
    """The archive, whose list of files is not too long.

    `most_bytes`: what all its files may be together when unpacked. Raises SuiteError, and
    BadZipFile for what is no archive.
    """
    stream.seek(0, io.SEEK_END)
    stream.seek(max(stream.tell() - 2**17, 0))  # a comment of 2**16 may stand behind the list
    if _directory_bytes(stream.read()) > MAX_DIRECTORY_BYTES:
        raise SuiteError(f"{source}: expected at most about 100,000 files in it, got more")
    stream.seek(0)
    archive = zipfile.ZipFile(stream)
    total = sum(member.file_size for member in archive.infolist())
    if most_bytes is not None and total > most_bytes:
        archive.close()
        raise SuiteError(
            f"{source}: expected at most {most_bytes} bytes when unpacked, got {total}: {SMALLER}"
        )
    return archive


def _directory_bytes(tail: bytes) -> int:
    """The length of an archive's list of files, as its end says; 0 where there is none."""
    lengths = [
        struct.unpack_from(form, tail, at + offset)[0]
        for sign, form, offset in ((_END, "<L", 12), (_LARGE_END, "<Q", 40))
        if (at := tail.rfind(sign)) >= 0 and at + offset + struct.calcsize(form) <= len(tail)
    ]
    return max((length for length in lengths if length != 2**32 - 1), default=0)


def check_workbook(source: str, content: bytes) -> None:
    """Raises SuiteError for an Excel workbook that unpacks to too much.

    A sheet may say that it reaches to the last cell there can be, which readers then fill with
    empty ones.
    """
    with open_zip(source, io.BytesIO(content), most_bytes=MAX_FILE_BYTES) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as opened:
                    sheet = opened.read()
                places = _PLACE.findall(sheet) if b"\0" not in sheet else [(b"XFD", b"1048576")]
                rows = max((int(row) for _, row in places), default=0)
                columns = max((_number_of(column) for column, _ in places), default=0)
                check_cells(source, rows, columns)


def _number_of(column: bytes) -> int:
    """The number of a column that Excel calls A, B, ..., Z, AA and so on; 0 for none."""
    number = 0
    for letter in column:
        number = 26 * number + letter - ord("A") + 1
    return number


def check_parquet(source: str, stream: Any) -> None:
    """Raises SuiteError for a Parquet file that holds too much, by what it says of itself."""
    from pyarrow import parquet  # optional: only Parquet needs it

    known = parquet.read_metadata(stream)
    groups = (known.row_group(index) for index in range(known.num_row_groups))
    sizes = sum(group.total_byte_size for group in groups)
    check_cells(source, known.num_rows, max(known.num_columns, 1))
    if sizes > MAX_FILE_BYTES:
        raise SuiteError(
            f"{source}: expected at most {MAX_FILE_BYTES} bytes when unpacked, got {sizes}:"
            f" {SMALLER}"
        )
