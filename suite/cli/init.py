"""The verb init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.task import scaffold


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Make this folder; the task gets its name.")
    ],
    command: Annotated[
        str | None,
        typer.Option(
            "--command",
            envvar="SUITE_COMMAND",
            metavar="LINE",
            help=(
                "Compare a command with a changed one, in the place of models. It has {seed} where"
                " the program takes its seed."
            ),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a new comparison: a task with comments, its models and a README."""
    for path in scaffold.init(folder, command):
        print(f"wrote {path}")
    print(f"next: suite validate {folder}/ && suite run {folder}/ && suite report")
