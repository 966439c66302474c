"""Datasets by name: who loads one, and what its content is.

`load(data, stream_seed) -> Dataset` draws one replicate. `content` stands for the bytes behind the
dataset and is part of every run's key; a generated dataset has none of its own, its source counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from suite.data import archives, files
from suite.data.declared_files import read_declared
from suite.task.datasets import Data, FunctionData, TableFile


def _nothing() -> list[Path]:
    return []


@dataclass(frozen=True)
class Source:
    """Where a dataset comes from, and how its files are checked.

    `load` is its loader ("module:function"), `content` its content's digest, `imports` modules that
    take long to import, and `users` code of the user's that it calls. `missing` gives the files
    that are needed and not there, `verify` raises SuiteError naming the first one that is missing
    or has other content, `digests` gives the SHA-256 of all of them.
    """

    load: str
    content: str = "generated"
    imports: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    missing: Callable[[], list[Path]] = _nothing
    verify: Callable[[], object] = _nothing
    digests: Callable[[], Mapping[Path, str]] = dict


TORCHVISION = ("torchvision.datasets",)


def _verify_mnist() -> None:
    files.verify(files.mnist_folder())


def _of_mnist(load: str) -> Source:
    return Source(
        load,
        files.MNIST_DIGEST,
        TORCHVISION,
        missing=files.missing,
        verify=_verify_mnist,
        digests=files.digests,
    )


def _of_images(name: str) -> Source:
    return Source(
        "suite.data.images:load_images",
        archives.content(name),
        TORCHVISION,
        missing=partial(archives.missing, name),
        verify=partial(archives.verify, name),
        digests=partial(archives.digests, name),
    )


def _of_file(data: TableFile) -> Source:
    return Source(
        "suite.data.user_files:load_table",
        data.sha256,
        ("pandas",),
        missing=lambda: [] if data.file.is_file() else [data.file],
        verify=partial(read_declared, data.file, data.sha256),
        digests=lambda: {data.file: data.sha256},
    )


def _of_function(data: FunctionData) -> Source:
    return Source("suite.data.user_functions:load_function", users=(data.load,))


# by the name in the task
DATASETS = {
    "mnist-pairs": _of_mnist("suite.data.mnist:load_pairs"),
    "mnist-digits": _of_mnist("suite.data.mnist:load_digits"),
    "disc": Source("suite.data.disc:load_disc"),
}
IMAGES = {name: _of_images(name) for name in archives.FOLDERS}
NOTHING = {"none": Source("suite.data.registry:source_of")}  # which no command loads
DIGITS = {"digits": Source("suite.data.images:load_digits", imports=("sklearn.datasets",))}


def source_of(data: Data) -> Source:
    """Where the data of a task comes from."""
    if isinstance(data, FunctionData):
        return _of_function(data)
    if isinstance(data, TableFile):
        return _of_file(data)
    return (DATASETS | IMAGES | DIGITS | NOTHING)[data.name]
