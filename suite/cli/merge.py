"""The verb merge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import DEFAULT_STORE, StorePath
from suite.cli.stores import open_records
from suite.store.merge import merge as merge_records
from suite.store.store import open_store


def merge(
    other: Annotated[
        Path, typer.Argument(metavar="OTHER", help="Read this store, or this folder of records.")
    ],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Add the records of another store or folder. Safe to repeat."""
    with (
        open_records(other, other if other.is_dir() else None) as theirs,
        open_store(store, create=True) as ours,
    ):
        added = merge_records(ours, theirs)
    print(f"added {added} runs from {other}")
