"""The verb backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import DEFAULT_STORE, StorePath
from suite.store.fsck import back_up


def backup(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="Make this file.")],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Copy the store to a new file, even while it is in use.

    A damaged store is not copied.
    """
    print(f"{copy}: {back_up(store, copy)} records")
