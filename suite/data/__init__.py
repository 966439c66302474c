"""Datasets by name: who loads one, and what its content is.

`load(data, stream_seed) -> Dataset` draws one replicate. `content` stands for the bytes behind the dataset and is
part of every run's key; a generated dataset has none of its own, its source counts.
"""

from dataclasses import dataclass
from pathlib import Path

from suite.data import files


@dataclass(frozen=True)
class Source:
    """Where a dataset comes from: its loader ("module:function"), its content's digest, the files it needs, and modules
    that take long to import."""

    load: str
    content: str = "generated"
    needs_mnist: bool = False
    imports: tuple[str, ...] = ()

    def verify(self) -> None:
        """Raises SuiteError naming the first file that is missing or has other content."""
        if self.needs_mnist:
            files.verify(files.mnist_folder())

    def missing(self) -> list[Path]:
        """The files that are needed and not there."""
        return files.missing() if self.needs_mnist else []


TORCHVISION = ("torchvision.datasets",)
DATASETS = {
    "mnist-pairs": Source(
        "suite.data.pairs:load_pairs", content=files.MNIST_DIGEST, needs_mnist=True, imports=TORCHVISION
    ),
    "mnist-digits": Source(
        "suite.data.pairs:load_digits", content=files.MNIST_DIGEST, needs_mnist=True, imports=TORCHVISION
    ),
    "disc": Source("suite.data.disc:load_disc"),
}
