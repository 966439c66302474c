"""One file as tables, whatever its format and however it is packed."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Literal

from suite.errors import SuiteError
from suite.importers.binary_tables import (
    read_excel_tables,
    read_feather_table,
    read_parquet_table,
)
from suite.importers.bounds import UNREADABLE, open_zip, read_unpacked, read_xz
from suite.importers.documents import decode
from suite.importers.json_tables import read_json_table
from suite.importers.measured import MAX_FILE_BYTES, read_bytes
from suite.importers.measured_table import Frame
from suite.importers.text_tables import read_text_table

Format = Literal["text", "json", "parquet", "feather", "excel"]
FORMATS: Mapping[str, Format] = {
    ".csv": "text",
    ".tsv": "text",
    ".tab": "text",
    ".txt": "text",
    ".dat": "text",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".xlsx": "excel",
    ".xlsm": "excel",
}
PACKED = (".gz", ".bz2", ".xz", ".zip")
_OPENERS: Mapping[bytes, Callable[[io.BytesIO], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream),
    b"BZh": bz2.BZ2File,
}
_XZ = b"\xfd7zXZ\0"
_ZIP = b"PK\x03\x04"
_BEGINNINGS: Mapping[bytes, Format] = {b"PAR1": "parquet", b"ARROW1": "feather"}


def is_table_name(name: str) -> bool:
    """Whether the name of a file says that it holds a table."""
    return _format_of_name(name) is not None


def read_file(path: Path) -> list[Frame]:
    """The tables in a file: one, or one a sheet of a workbook. Raises SuiteError."""
    return read_content(str(path), path.name, read_bytes(path))


def read_content(source: str, name: str, content: bytes) -> list[Frame]:
    """The tables in the bytes of a file.

    `source`: what messages call it. `name`: that of the file, whose ending says the format; where
    it says none, the content does. Raises SuiteError.
    """
    if not content:
        raise SuiteError(f"{source}: expected a table, got an empty file")
    if len(content) > MAX_FILE_BYTES:
        raise SuiteError(f"{source}: expected at most {MAX_FILE_BYTES} bytes, got {len(content)}")
    name, content = _unpacked(source, name, content)
    kind = _format_of_name(name) or _format_of_content(content)
    if kind == "excel":
        return read_excel_tables(source, content)
    if kind == "parquet":
        return [read_parquet_table(source, content)]
    if kind == "feather":
        return [read_feather_table(source, content)]
    text = decode(source, content) if _format_of_name(name) else _text_of_unknown(source, content)
    return [(read_json_table if kind == "json" else read_text_table)(source, text)]


def _format_of_name(name: str) -> Format | None:
    """The format that the ending says, below one that says how the file is packed."""
    path = PurePath(name.lower())
    return FORMATS.get(PurePath(path.stem).suffix if path.suffix in PACKED else path.suffix)


def _format_of_content(content: bytes) -> Format:
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if content.startswith(_ZIP):
        return "excel"
    return "json" if content.lstrip()[:1] in {b"{", b"["} else "text"


def _text_of_unknown(source: str, content: bytes) -> str:
    """The text in a file whose name does not say that it is text. Raises SuiteError."""
    try:
        return decode(source, content)
    except SuiteError:
        raise SuiteError(
            f"{source}: expected a table, got a file that is no text: known are"
            f" {', '.join(FORMATS)}"
        ) from None


def _unpacked(source: str, name: str, content: bytes) -> tuple[str, bytes]:
    """The file's name and content, of the one file in a zip. Raises SuiteError."""
    try:
        for beginning, opener in _OPENERS.items():
            if content.startswith(beginning):
                with opener(io.BytesIO(content)) as stream:
                    return name, read_unpacked(source, stream)
        if content.startswith(_XZ):
            return name, read_xz(source, content)
        if content.startswith(_ZIP) and not _is_workbook(name, content):
            with open_zip(source, io.BytesIO(content)) as archive:
                (member,) = _members(source, archive)
                with archive.open(member) as opened:
                    return member, read_unpacked(source, opened)
    except UNREADABLE as error:
        raise SuiteError(f"{source}: cannot unpack it: {error}") from None
    return name, content


def _is_workbook(name: str, content: bytes) -> bool:
    return _format_of_name(name) == "excel" or b"xl/workbook.xml" in content


def _members(source: str, archive: zipfile.ZipFile) -> list[str]:
    """The one file in the archive. Raises SuiteError for none or several."""
    members = [name for name in archive.namelist() if not name.endswith("/")]
    if len(members) != 1:
        raise SuiteError(f"{source}: expected one file in it, got {len(members)}: unpack it first")
    return members
