"""Where the image sets of torchvision are kept, and whether they are what they must be.

Fashion-MNIST's digests are of the uncompressed IDX files that its authors published. Of the others
torchvision knows the MD5 of the archives, and checks it when it gets one; `suite data` then writes
the SHA-256 of what was in it into SHA256SUMS, which is checked before every use.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from suite.data.files import data_folder, file_digest
from suite.errors import SuiteError

SUMS = "SHA256SUMS"
FOLDERS = {  # below the data folder, as torchvision has them
    "fashion-mnist": Path("FashionMNIST", "raw"),
    "kmnist": Path("KMNIST", "raw"),
    "emnist": Path("EMNIST", "raw"),
    "cifar10": Path("cifar-10-batches-py"),
}
CLASSES = {  # of torchvision.datasets
    "fashion-mnist": "FashionMNIST",
    "kmnist": "KMNIST",
    "emnist": "EMNIST",
    "cifar10": "CIFAR10",
}
FASHION_FILES = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
ARCHIVES = {  # MD5 of the archives, in torchvision's order
    "kmnist": (
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ),
    "emnist": ("58c8d27c78d21e728a6bc7b3cc06412e",),
    "cifar10": ("c58f30108f718f92721af3b95e74349a",),
}


def content(name: str) -> str:
    """What stands for the bytes behind an image set."""
    digests = (
        sorted(FASHION_FILES.values())
        if name == "fashion-mnist"
        else [f"md5 {digest}" for digest in ARCHIVES[name]]
    )
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def folder_of(name: str) -> Path:
    """Where the files of an image set are."""
    return data_folder() / FOLDERS[name]


def missing(name: str) -> list[Path]:
    """The files of an image set that are needed and not there."""
    folder = folder_of(name)
    needed = list(FASHION_FILES) if name == "fashion-mnist" else [SUMS]
    return [folder / file for file in needed if not (folder / file).is_file()]


def verify(name: str, folder: Path | None = None) -> None:
    """Raises SuiteError naming the first file that is missing or has other bytes."""
    folder = folder or folder_of(name)
    for file, expected in _expected(name, folder).items():
        try:
            digest = file_digest((folder / file).read_bytes())
        except OSError as error:
            raise SuiteError(
                f"{folder / file}: cannot read this part of {name}: {error.strerror}; run `suite"
                f" data {name}`"
            ) from None
        if digest != expected:
            raise SuiteError(
                f"{folder / file}: expected SHA-256 {expected}, found {digest}; remove the file and"
                f" run `suite data {name}` again"
            )


def digests(name: str) -> dict[Path, str]:
    """The SHA-256 of every file of an image set, the list of them included."""
    folder = folder_of(name)
    expected = {folder / file: digest for file, digest in _expected(name, folder).items()}
    if name == "fashion-mnist":
        return expected
    return expected | {folder / SUMS: file_digest((folder / SUMS).read_bytes())}


def write_sums(name: str) -> None:
    """Notes the SHA-256 of every file of an image set just unpacked from a checked archive."""
    folder = folder_of(name)
    files = sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix not in (".gz", ".zip") and path.name != SUMS
    )
    lines = [f"{file_digest(path.read_bytes())}  {path.name}\n" for path in files]
    (folder / SUMS).write_text("".join(lines))


def _expected(name: str, folder: Path) -> dict[str, str]:
    if name == "fashion-mnist":
        return FASHION_FILES
    try:
        lines = (folder / SUMS).read_text().splitlines()
    except OSError:
        raise SuiteError(f"{folder / SUMS}: {name} is not there; run `suite data {name}`") from None
    return {file: digest for digest, _, file in (line.partition("  ") for line in lines)}
