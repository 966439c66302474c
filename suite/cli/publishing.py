"""The verb publish: results as a folder for the web."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import DEFAULT_STORE, From, StorePath, app
from suite.cli.resolve import evidence
from suite.errors import SuiteError


@app.command()
def publish(
    place: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="What was published there before becomes history."),
    ],
    store: StorePath = DEFAULT_STORE,
    folder: From = None,
) -> None:
    """Writes the page, its history, a summary and the JSON of benchmark trackers into a folder."""
    from suite.analysis.analyse import analyse_all
    from suite.reports.export.published import HISTORY, published_files
    from suite.reports.writing import write_file

    with evidence(store, folder) as opened:
        files = published_files(opened, analyse_all(opened), _text(place / HISTORY))
    for name, text in files.items():
        write_file(place / name, text)
    print(f"{place}: wrote {', '.join(files)}")


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(
            f"{path}: cannot read it: {getattr(error, 'strerror', None) or error}"
        ) from None
