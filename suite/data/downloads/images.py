"""Downloading the image sets that torchvision knows, from its mirrors.

Fashion-MNIST also comes from its Debian package. Used by `suite data NAME` alone; nothing is
fetched while runs are under way.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

from suite.data import archives
from suite.data.downloads.attempts import FAILURES, last_line, make_writable
from suite.data.files import data_folder
from suite.errors import SuiteError

DEBIAN = Path("/usr/share/datasets/fashion-mnist")  # of the package dataset-fashion-mnist


def obtain_images(name: str) -> Iterator[str]:
    """Puts the files of an image set in place; yields what it is about to do, in words.

    Raises SuiteError where there is other content, or no source can be reached.
    """
    folder = archives.folder_of(name)
    if not archives.missing(name):
        yield f"checking {name} in {folder}"
        archives.verify(name)
        return
    make_writable(data_folder())
    if name == "fashion-mnist" and DEBIAN.is_dir():
        yield f"unpacking {name} from {DEBIAN}"
        _unpack(folder)
    else:
        yield f"getting {name} by torchvision"
        _from_mirrors(name)
    if name != "fashion-mnist":
        archives.write_sums(name)
    archives.verify(name)


def _unpack(folder: Path) -> None:
    """Fashion-MNIST of the Debian package, checked before it is put in place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="incoming-") as incoming:
        for name in archives.FASHION_FILES:
            content = gzip.decompress((DEBIAN / f"{name}.gz").read_bytes())
            Path(incoming, name).write_bytes(content)
        archives.verify("fashion-mnist", Path(incoming))
        folder.mkdir(parents=True, exist_ok=True)
        for name in archives.FASHION_FILES:
            Path(incoming, name).replace(folder / name)


def _from_mirrors(name: str) -> None:
    from torchvision import datasets  # 4 s: only when something is to be fetched

    try:
        options = {"split": "balanced"} if name == "emnist" else {}
        getattr(datasets, archives.CLASSES[name])(str(data_folder()), download=True, **options)
    except FAILURES as error:
        hint = "; or install Debian's dataset-fashion-mnist" if name == "fashion-mnist" else ""
        raise SuiteError(f"{name} could not be obtained: {last_line(error)}{hint}") from None
