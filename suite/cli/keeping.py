"""The verbs that look after the store: fsck and backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import DEFAULT_STORE, StorePath, app


@app.command()
def fsck(store: StorePath = DEFAULT_STORE) -> None:
    """Names every damaged record of the store. Repairs nothing; exit code 1 where something is
    damaged."""
    from suite.store.fsck import damage

    found = damage(store)
    for line in found:
        print(f"{store}: {line}")
    if found:
        raise typer.Exit(1)
    print(f"{store}: sound")


@app.command()
def backup(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make.")],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Copies the store to a new file, also while it is in use. A damaged store is not copied."""
    from suite.store.fsck import back_up

    print(f"{copy}: {back_up(store, copy)} records")
