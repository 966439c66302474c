"""The verb data."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from suite.data.archives import folder_of
from suite.data.downloads.images import obtain_images
from suite.data.downloads.mnist import obtain_mnist
from suite.data.files import mnist_folder
from suite.data.registry import IMAGES
from suite.errors import SuiteError

KNOWN = ("mnist", *IMAGES)


def data(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Name mnist, fashion-mnist, kmnist, emnist or cifar10. MNIST, if none is named.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Download datasets and check every byte."""
    wanted = names or ["mnist"]
    for name in wanted:
        if name not in KNOWN:
            raise SuiteError(f"{name}: expected one of {', '.join(KNOWN)}")
    for name in wanted:
        for step in obtain_mnist() if name == "mnist" else obtain_images(name):
            print(step, file=sys.stderr)
        title, folder = ("MNIST", mnist_folder()) if name == "mnist" else (name, folder_of(name))
        print(f"{title} is complete and verified: {folder}")
