"""The verb publish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.analysis.analyse import analyse_all
from suite.analysis.seen import record_seen
from suite.cli.options import DEFAULT_STORE, RecordsFolder, StorePath
from suite.cli.stores import open_records
from suite.errors import SuiteError
from suite.reports.export.published import HISTORY, published_files
from suite.reports.writing import write_within


def publish(
    public: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Write into this folder; what was published there before becomes history.",
        ),
    ],
    store: StorePath = DEFAULT_STORE,
    folder: RecordsFolder = None,
) -> None:
    """Write the page, its history and a summary into a folder for the web.

    The JSON of benchmark trackers is written too.
    """
    with open_records(store, folder) as records:
        analyses = analyse_all(records)
        files = published_files(records, analyses, _read_text(public / HISTORY))
    if folder is None:
        record_seen(store, analyses, "publish")
    write_within(public, files)
    print(f"{public}: wrote {', '.join(files)}")


def _read_text(path: Path) -> str | None:
    """The text of the file; None where there is none."""
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(
            f"{path}: cannot read it: {getattr(error, 'strerror', None) or error}"
        ) from None
