"""The program, and the arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Is A really better than B, or is it seed noise - and can anyone re-run it and get the same"
        " number?"
    ),
)

_debugging = False


@app.callback()
def settings(
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            envvar="SUITE_DEBUG",
            help="Show where an error comes from, as Python has it.",
        ),
    ] = False,
) -> None:
    """Is A really better than B, or is it seed noise - and can anyone re-run it and get the same
    number?"""
    global _debugging
    _debugging = debug


def is_debugging() -> bool:
    """Whether the program was asked for tracebacks."""
    return _debugging


Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TASK]...",
        help="Names of tasks, paths to TOML files or folders of them. All tasks, if none is named.",
        show_default=False,
    ),
]
TasksFolder = Annotated[
    Path, typer.Option("--tasks", envvar="SUITE_TASKS", help="Folder of the task files.")
]
TasksFrom = Annotated[
    str | None,
    typer.Option(
        "--tasks-from",
        envvar="SUITE_TASKS_FROM",
        metavar="NAME",
        help="The tasks of an installed package (entry point suite.tasks) instead of a folder's.",
        show_default=False,
    ),
]
StorePath = Annotated[
    Path, typer.Option("--store", envvar="SUITE_STORE", help="The file that results are kept in.")
]
Seeds = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        envvar="SUITE_SEEDS",
        help='Seeds such as "0-9" or "0,3,7", instead of the task\'s.',
        show_default=False,
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device", envvar="SUITE_DEVICE", help="cpu, cuda, or auto: cuda where there is one."
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        "-j",
        "--processes",
        envvar="SUITE_PROCESSES",
        min=1,
        help="Runs at a time, in processes of their own.",
        show_default="all cores",
    ),
]
OutputPath = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        envvar="SUITE_OUTPUT",
        help="The page to write; figures go to results/ beside it.",
    ),
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        envvar="SUITE_FROM",
        metavar="FOLDER",
        help="Read the records in this folder (results/) instead of the store.",
        show_default=False,
    ),
]
TrainerName = Annotated[
    str | None,
    typer.Option(
        "--trainer",
        envvar="SUITE_TRAINER",
        help="autograd or vectorized, for arms that leave the choice.",
        show_default="the faster, as measured",
    ),
]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        envvar="SUITE_RETRY_FAILED",
        help="Run again what failed through no fault of its arm: killed, timed out, out of memory.",
    ),
]
RetryAllFailed = Annotated[
    bool,
    typer.Option(
        "--retry-all-failed", envvar="SUITE_RETRY_ALL_FAILED", help="Run again whatever failed."
    ),
]
ExecutorName = Annotated[
    str,
    typer.Option(
        "--executor",
        envvar="SUITE_EXECUTOR",
        help="local: processes of this machine; ray: a Ray cluster (suite[ray]).",
    ),
]
Address = Annotated[
    str,
    typer.Option(
        "--address",
        envvar="SUITE_ADDRESS",
        help=(
            "With --executor ray: auto or HOST:PORT, of a cluster that this machine is in, or"
            " ray://HOST:PORT."
        ),
    ),
]

DEFAULT_TASKS = Path("tasks")
DEFAULT_STORE = Path("results/store.sqlite")
DEFAULT_OUTPUT = Path("RESULTS.md")
