"""Arrays of numbers in NumPy's .npz files, read without ever unpickling anything."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from suite.errors import SuiteError
from suite.importers.bounds import UNREADABLE, open_zip, read_unpacked
from suite.importers.measured import MAX_FILE_BYTES


def read_npz(file: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Those of the arrays that are there, as float64. Raises SuiteError for a damaged file."""
    try:
        with (
            file.open("rb") as opened,
            open_zip(str(file), opened, most_bytes=MAX_FILE_BYTES) as archive,
        ):
            known = set(archive.namelist())
            return {n: _read(file, archive, f"{n}.npy") for n in names if f"{n}.npy" in known}
    except (*UNREADABLE, NotImplementedError) as error:
        raise SuiteError(f"{file}: cannot read it: {' '.join(str(error).split())}") from None


def _read(file: Path, archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array. Raises ValueError for what is no array of numbers."""
    with archive.open(name) as member:
        stream = io.BytesIO(read_unpacked(f"{file}: {name}", member))
    if npy.read_magic(stream) == (1, 0):
        shape, is_fortran, dtype = npy.read_array_header_1_0(stream)
    else:
        shape, is_fortran, dtype = npy.read_array_header_2_0(stream)
    if dtype.kind not in "fiub":
        raise ValueError(f"{name}: expected numbers, got {dtype}")
    content = stream.read()
    if math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError(f"{name}: expected {math.prod(shape)} numbers, got {len(content)} bytes")
    flat = np.frombuffer(content, dtype).astype(np.float64)
    return flat.reshape(shape[::-1]).transpose() if is_fortran else flat.reshape(shape)
