"""The four MNIST files: where they are kept, what they must contain, and whether they do.

Digests are of the uncompressed IDX files that http://yann.lecun.com/exdb/mnist published.
"""

import hashlib
import os
from pathlib import Path

from suite.errors import SuiteError

MNIST_FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MNIST_DIGEST = hashlib.sha256("\n".join(sorted(MNIST_FILES.values())).encode()).hexdigest()


def data_folder() -> Path:
    """$SUITE_DATA, else `suite` in the XDG cache folder."""
    if os.environ.get("SUITE_DATA"):
        return Path(os.environ["SUITE_DATA"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "suite"


def by_content(sha256: str, suffix: str) -> Path:
    """Where a user's file of this content is kept on a machine that got it from another one."""
    return data_folder() / "by-content" / f"{sha256}{suffix}"


def mnist_folder() -> Path:
    """Where the four files lie: the folder in which torchvision.datasets.MNIST looks for them."""
    return data_folder() / "MNIST" / "raw"


def missing() -> list[Path]:
    """Those of the four files that are not there; their content is not looked at."""
    return [path for path in (mnist_folder() / name for name in MNIST_FILES) if not path.is_file()]


def digests() -> dict[Path, str]:
    """The SHA-256 that each of the four files must have."""
    return {mnist_folder() / name: digest for name, digest in MNIST_FILES.items()}


def verify(folder: Path) -> None:
    """Raises SuiteError unless `folder` holds every MNIST file with the expected content.

    The error names the first file that is missing or whose content is not MNIST's.
    """
    for name, expected in MNIST_FILES.items():
        path = folder / name
        try:
            digest = file_digest(path.read_bytes())
        except OSError as error:
            raise SuiteError(
                f"{path}: cannot read this part of MNIST: {error.strerror}; run `suite data`"
            ) from None
        if digest != expected:
            raise SuiteError(
                f"{path}: expected SHA-256 {expected}, found {digest}; remove the file and run"
                " `suite data` again"
            )


def file_digest(content: bytes) -> str:
    """SHA-256 of `content`, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
