"""The verb fsck."""

from __future__ import annotations

import typer

from suite.cli.options import DEFAULT_STORE, StorePath
from suite.store.fsck import damage


def fsck(store: StorePath = DEFAULT_STORE) -> None:
    """Name every damaged record of the store. Repair nothing.

    Exit code 1 means that something is damaged.
    """
    damaged = damage(store)
    for line in damaged:
        print(f"{store}: {line}")
    if damaged:
        raise typer.Exit(1)
    print(f"{store}: sound")
